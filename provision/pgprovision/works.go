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
	var reading, writing []string // what each lacks
	if c := r.proof.crowds[id]; c.Nobody() {
		reading = append(reading, "nobody in the group inherits from it: "+c.Text())
	}
	lacks := r.proof.lacks[id]
	if j.container() {
		return r.parts(i, lacks, reading)
	}
	for _, l := range lacks {
		if !l.Writing {
			reading = append(reading, l.Phrase(false))
		} else if slices.Contains(j.people[i].want, request.ReadWrite) {
			writing = append(writing, l.Phrase(false))
		}
	}
	return provision.Gaps{}, j.useless(i, reading, writing)
}

// parts is works for a container. A part on which we may not pass on rights is no gap
// where the login can use it all the same.
func (r round) parts(i int, lacks []reach.Lack, reading []string) (provision.Gaps, error) {
	j, v := r.job, r.view
	s := reach.ShortfallOf(lacks, slices.Contains(j.people[i].want, request.ReadWrite), func(schema string) bool {
		return j.schema == "" || schema == j.place.MaskSchema()
	})
	if reading = append(reading, s.Whole...); len(reading) > 0 {
		return provision.Gaps{}, j.useless(i, reading, s.Written)
	}
	denied := r.decision.denied[i]
	gaps := s.Gaps(denied, v.gaps)
	if gaps.Count == 0 || s.Unreadable < len(v.covered) {
		return gaps, j.useless(i, nil, s.Written)
	}
	err := j.useless(i, gaps.Lines(), nil)
	if len(denied) > 0 {
		err = fmt.Errorf("%w: %w", provision.ErrPermanent, err)
	}
	return provision.Gaps{}, err
}

// useless says what keeps a login from using what it was given; nil for nothing. What only
// writing lacks keeps nobody from reading.
func (j *job) useless(i int, reading, writing []string) error {
	if len(reading)+len(writing) == 0 {
		return nil
	}
	e := &provision.LackingError{Principal: j.people[i].principal.Name, Lacks: slices.Sorted(slices.Values(slices.Concat(reading, writing)))}
	if len(reading) == 0 {
		e.Of = provision.Access.Writes
	}
	return e
}

// gaps are the parts that will not work for anybody, as far as that is known before: we
// may not pass on rights on them, or they are not given.
func (d decision) gaps(v *view, i int) provision.Gaps {
	return provision.GapsOf(append(d.denied[i].Gaps(), v.gaps...), 0)
}
