package review

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/grantwright/grantwright/request"
)

// Reopen opens a pending review again under its pinned policies, with the facts as they
// are now: those of NewFacts at the time when it was Opened, so that durations mean the
// same. If nothing differs, the review is returned as it was, as it is where the flow depends
// on a fact that is not known: what was said goes on to count. Otherwise the rules may
// decide at once. If people are asked, an approval of a stage that has not changed goes
// on to count; an approval of a changed stage is void, and so is that of somebody who
// is barred by now. Whoever was barred stays so, unless the flow that holds bars
// nobody.
func (r Review) Reopen(ctx context.Context, f Facts, at time.Time, pinned ...*Policy) (Review, error) {
	if r.Status != request.Pending || unsure(ctx, f, pinned) {
		return r, ctx.Err()
	}
	return r.reopened(ctx, f, at, pinned...)
}

func (r Review) reopened(ctx context.Context, f Facts, at time.Time, pinned ...*Policy) (Review, error) {
	next, err := Open(ctx, f, pinned...)
	if len(next.Barred) > 0 {
		next.Barred = slices.Compact(slices.Sorted(slices.Values(slices.Concat(r.Barred, next.Barred))))
	}
	if err != nil || r.same(&next) {
		return r, err
	}
	next = next.clone()
	next.Request, next.Version = r.Request, r.Version+1
	next.Determinations = r.clone().Determinations
	next.keep(&r, at)
	if next.Status != request.Pending {
		next.Decided = at
		return next, nil
	}
	return next.counted(at), nil
}

// Edit opens a pending review again after its answers were changed: all approvals
// so far are void.
func (r Review) Edit(ctx context.Context, f Facts, at time.Time, pinned ...*Policy) (Review, error) {
	if r.Status != request.Pending {
		return r, ErrDecided
	}
	r = r.clone()
	r.void(Edited, at, func(Determination) bool { return true })
	r = r.counted(at)
	next, err := r.reopened(ctx, f, at, pinned...)
	if err == nil && next.Version == r.Version {
		next.Version++ // what stewards decide on is another, though the way is the same
	}
	return next, err
}

// same reports whether a review that was opened anew asks the same of the same.
func (r *Review) same(next *Review) bool {
	if next.Status != request.Pending || r.Flow != next.Flow || r.Rule != next.Rule || r.Max != next.Max || len(r.Stages) != len(next.Stages) ||
		!reflect.DeepEqual(r.Asked, next.Asked) || !reflect.DeepEqual(r.Barred, next.Barred) {
		return false
	}
	for i := range r.Stages {
		if !r.Stages[i].same(&next.Stages[i]) {
			return false
		}
	}
	return true
}

// same reports whether two stages ask for the same.
func (s *StageReview) same(o *StageReview) bool {
	return (s.Passed == "") == (o.Passed == "") && reflect.DeepEqual(s.definition(), o.definition())
}

// keep takes the stages of before that are the same, with the approvals that count
// for them; the approvals of others are void.
func (r *Review) keep(before *Review, at time.Time) {
	moved := map[int]int{}
	for i := range r.Stages {
		for j := range before.Stages {
			if _, taken := moved[j]; taken || !r.Stages[i].same(&before.Stages[j]) {
				continue
			}
			moved[j] = i
			r.Stages[i] = before.Stages[j]
			r.Stages[i].Approvals = append([]Approval{}, before.Stages[j].Approvals...)
			break
		}
	}
	r.void(Reopened, at, func(d Determination) bool {
		_, kept := moved[d.Stage]
		return !kept || r.Status != request.Pending || r.barsAny(d)
	})
	for i := range r.Determinations {
		if d := &r.Determinations[i]; d.Void == "" {
			d.move(moved)
		}
	}
}

// barsAny reports whether somebody is barred who made a determination, or in whose
// place it was made.
func (r *Review) barsAny(d Determination) bool {
	barred := func(p request.PersonID) bool { return slices.Contains(r.Barred, p) }
	return barred(d.By) || slices.ContainsFunc(d.StandsFor, barred)
}

// move renames the stages of a determination. What it matched in stages that are
// there no more is left out: only its own stage counts.
func (d *Determination) move(moved map[int]int) {
	var matches []Match
	for _, m := range d.Matches {
		if to, kept := moved[m.Stage]; kept {
			m.Stage = to
			matches = append(matches, m)
		}
	}
	d.Matches, d.Stage = matches, moved[d.Stage]
}
