package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/request"
)

// Task is what a person has to do on the platform for a grant that is done by
// hand: to give the access, or to take it away. It is zero while nothing waits for
// a person, and until the task was told of.
type Task struct {
	Since    time.Time `json:"since,omitzero"`    // when it came up
	Due      time.Time `json:"due,omitzero"`      // by when it should be done
	Reminded time.Time `json:"reminded,omitzero"` // when people were last told that its time is over
}

// Attestation is what a person said last of a grant that is done by hand.
type Attestation struct {
	By   request.PersonID `json:"by,omitempty"`
	At   time.Time        `json:"at,omitzero"`
	Done bool             `json:"done"` // it stood then, or was gone; false if it could not be done
	Note string           `json:"note,omitempty"`
}

// RemindEvery is the time between two reminders of a task whose time is over.
const RemindEvery = 24 * time.Hour

// ByHand reports whether a person has something to do on the platform.
func (g Grant) ByHand() bool {
	return g.How == Manual && (g.State == Pending || g.State == Failed || g.State == Revoking)
}

// Assign makes a task of what a person has to do, if there is none yet: it should
// be done within the one time where access is to be given, within the other where
// it is to be taken.
func (g Grant) Assign(now time.Time, give, take time.Duration) Grant {
	if !g.ByHand() || !g.Task.Since.IsZero() {
		return g
	}
	within := give
	if g.Ending != "" {
		within = take
	}
	g.Task = Task{Since: now.UTC(), Due: now.UTC().Add(within)}
	return g
}

// Remind says that people were told that the time of the task is over, if it was
// time to.
func (g Grant) Remind(now time.Time) Grant {
	if at := g.Task.reminder(); g.ByHand() && !at.IsZero() && !now.Before(at) {
		g.Task.Reminded = now.UTC()
	}
	return g
}

// reminder is when people are to be reminded next, zero if never.
func (t Task) reminder() time.Time {
	if t.Reminded.IsZero() {
		return t.Due
	}
	return t.Reminded.Add(RemindEvery)
}

// Overdue reports whether the task should have been done by now.
func (t Task) Overdue(now time.Time) bool { return !t.Due.IsZero() && !now.Before(t.Due) }

// handed is when people are to be told next of what they have to do.
func (g Grant) handed() time.Time {
	if g.Task.Since.IsZero() {
		return g.Approved
	}
	return g.Task.reminder()
}

// Attested records what a person said of the task. Backoff is that of Applied.
func (g Grant) Attested(a Attestation, backoff func(attempts int) time.Duration) Grant {
	var o Outcome
	if !a.Done {
		o.Err = errors.New(a.Note)
	}
	g.Attestation = a
	return g.Applied(o, a.At, backoff)
}

// Covered reports whether there is nothing to take away by hand when the grant
// ends, because another one gives the same.
func (g Grant) Covered(others []Grant) bool {
	return g.How == Manual && g.State == Revoking && slices.ContainsFunc(others, func(o Grant) bool {
		return o.ID != g.ID && o.How == Manual && o.State == Active && o.Access.Equal(g.Access) && (Standing{Principal: o.Principal, Asset: o.Asset}).Includes(g)
	})
}

// Handed is what should stand once the task of a grant is done: what stands of the
// other grants on the same object for the same principal, and what this one gives.
func (g Grant) Handed(others []Grant) Standing {
	s := Standing{Principal: g.Principal, Asset: g.Asset}
	for _, o := range others {
		stands := o.State == Active || o.State == Revoking && !o.Started.IsZero()
		if o.ID != g.ID && stands && s.Includes(o) && !slices.ContainsFunc(s.Want, o.Access.Equal) {
			s.Want = append(s.Want, o.Access)
		}
	}
	if g.Wanted() && !slices.ContainsFunc(s.Want, g.Access.Equal) {
		s.Want = append(s.Want, g.Access)
	}
	slices.SortFunc(s.Want, Access.compare)
	return s
}

// ByHand is a Provisioner for platforms on which people act: it says by which
// statements, and runs none. It goes into a Platform whose How is MANUAL.
type ByHand func(ctx context.Context, want Standing) Plan

// Apply says that a person has to act.
func (f ByHand) Apply(_ context.Context, want []Standing) []Outcome {
	return slices.Repeat([]Outcome{{Err: fmt.Errorf("%w for a person to do it by hand", ErrWaiting)}}, len(want))
}

// Plan calls f for each Standing in turn.
func (f ByHand) Plan(ctx context.Context, want []Standing) []Plan {
	plans := make([]Plan, len(want))
	for i, w := range want {
		if plans[i].Err = ctx.Err(); plans[i].Err == nil {
			plans[i] = f(ctx, w)
		}
	}
	return plans
}
