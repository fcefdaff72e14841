package provisiontest

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// heed takes out of what is wanted what was given once and stands no longer.
func (d *door) heed(w provision.Standing) (left provision.Standing, gone []provision.Access) {
	lost := func(a provision.Access) bool {
		given := slices.ContainsFunc(w.Given, func(g provision.Access) bool { return g.Equal(a) })
		return given && (d.flaw == criesWolf || !d.granted[entry{w.Principal.Name, w.Asset.ID, d.privilegeOf(a), true}])
	}
	left = w
	left.Want = nil
	for _, a := range w.Want {
		switch {
		case lost(a):
			gone = append(gone, a)
		case d.flaw != neverAgain || !d.wasGranted(w, d.privilegeOf(a)):
			left.Want = append(left.Want, a)
		}
	}
	switch {
	case d.flaw == putsBack:
		left.Want = w.Want
	case d.flaw == givesUp && len(gone) > 0:
		left.Want = nil
	}
	return left, gone
}

// wasGranted is what only a flaw needs: that it was taken away is remembered as an
// entry that does not hold.
func (d *door) wasGranted(w provision.Standing, p request.Privilege) bool {
	e := entry{w.Principal.Name, w.Asset.ID, p, true}
	_, was := d.given[e]
	d.given[e] = true
	return was && !d.granted[e]
}

func (d *door) Plan(_ context.Context, want []provision.Standing) []provision.Plan {
	d.mu.Lock()
	defer d.mu.Unlock()
	plans := make([]provision.Plan, len(want))
	for i, w := range want {
		plans[i].Err, plans[i].Reach = d.check(w), d.reach(w.Asset.Ref)
		if d.flaw != plansOtherwise {
			_, plans[i].Withdrawn = d.heed(w)
		}
	}
	return plans
}

func (d *door) List(ctx context.Context, root catalog.Ref) iter.Seq2[provision.Standing, error] {
	return func(yield func(provision.Standing, error) bool) {
		if err := ctx.Err(); err != nil && d.flaw != listsOn {
			yield(provision.Standing{}, err)
			return
		}
		for _, s := range d.standing(root) {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func (d *door) standing(root catalog.Ref) []provision.Standing {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := make(map[string]provision.Standing)
	for e := range d.granted {
		ref := d.names[e.object]
		if d.flaw == listsNothing || !e.ours && d.flaw != listsForeign || !root.Covers(ref) && d.flaw != listsAnywhere {
			continue
		}
		key := fmt.Sprint(e.who, " ", e.object)
		if d.flaw == listsTwice {
			key += fmt.Sprint(" ", e.privilege)
		}
		s := found[key]
		s.Principal.Name, s.Asset.Ref, s.Asset.ID = e.who, d.listedName(ref), e.object
		s.Want, s.Act = append(s.Want, d.accessOf(e.privilege)), d.acted[fmt.Sprint(e.who, " ", e.object)]
		found[key] = s
	}
	var all []provision.Standing
	for _, s := range found {
		all = append(all, s)
	}
	return all
}

func (d *door) Marked(context.Context) (provision.Mark, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mark, nil
}

func (d *door) Mark(_ context.Context, was, m provision.Mark) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mark != was && d.flaw != marksBlindly {
		return provision.ErrMarked
	}
	if d.flaw != forgetsMarks {
		d.mark = m
	}
	return nil
}
