package pgprovision

import (
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/reach"
	"github.com/grantwright/grantwright/request"
)

// works reports whether a person's login can use the wanted access. The error lists the
// rights and conditions that are missing. A container works where one of its parts does:
// the others are gaps.
func (r round) works(i int) (provision.Gaps, error) {
	j, id := r.job, r.view.people[i].id
	var missing []string
	if c := r.proof.crowds[id]; c.Nobody() {
		missing = append(missing, "nobody in the group inherits from it: "+c.Text())
	}
	lacks := r.proof.lacks[id]
	if j.container() {
		return r.parts(i, lacks, missing)
	}
	for _, l := range lacks {
		if !l.Writing || slices.Contains(j.people[i].want, request.ReadWrite) {
			missing = append(missing, l.Phrase(false))
		}
	}
	return provision.Gaps{}, j.useless(i, missing)
}

// parts is works for a container. A part on which we may not pass on rights is no gap
// where the login can use it all the same.
func (r round) parts(i int, lacks []reach.Lack, missing []string) (provision.Gaps, error) {
	j, v := r.job, r.view
	s := reach.ShortfallOf(lacks, slices.Contains(j.people[i].want, request.ReadWrite), func(schema string) bool {
		return j.schema == "" || schema == j.place.MaskSchema()
	})
	if missing = append(missing, s.Whole...); len(missing) > 0 {
		return provision.Gaps{}, j.useless(i, missing)
	}
	denied := r.decision.denied[i]
	gaps := s.Gaps(denied, v.gaps)
	if gaps.Count == 0 || s.Unreadable < len(v.covered) {
		return gaps, nil
	}
	err := j.useless(i, gaps.Lines())
	if len(denied) > 0 {
		err = fmt.Errorf("%w: %w", provision.ErrPermanent, err)
	}
	return provision.Gaps{}, err
}

// useless says what keeps a login from using what it was given; nil for nothing.
func (j *job) useless(i int, missing []string) error {
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return &provision.LackingError{Principal: j.people[i].principal.Name, Lacks: missing}
}

// gaps are the parts that will not work for anybody, as far as that is known before: we
// may not pass on rights on them, or they are not given.
func (d decision) gaps(v *view, i int) provision.Gaps {
	return provision.GapsOf(append(d.denied[i].Gaps(), v.gaps...), 0)
}
