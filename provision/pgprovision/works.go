package pgprovision

import (
	"fmt"
	"slices"
	"strings"

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
	gaps := s.Gaps(denied.why, v.gaps)
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

// denial is a part of a container on which we may not pass on rights.
type denial struct {
	part   string // as the platform writes it
	rights []string
	why    string
}

// denials are by the names of parts, without quotes.
type denials map[string]denial

func bare(name string) string { return strings.ReplaceAll(name, `"`, "") }

// deny notes that rights on a thing are not given.
func (d denials) deny(on need, rights []string, why string) {
	part := strings.TrimPrefix(on.class+" ", "table ") + on.plain
	d[bare(part)] = denial{part, rights, why}
}

// why says of what a part lacks why we have not given it; empty where we have.
func (d denials) why(part, lack string) string {
	right, on, of := strings.Cut(strings.TrimPrefix(lack, "no "), " on ")
	if !of {
		on = part
	}
	if denied := d[bare(on)]; slices.Contains(denied.rights, right) {
		return ", " + denied.why
	}
	return ""
}

// gaps are the parts that will not work for anybody, as far as that is known before: we
// may not pass on rights on them, or they are not given.
func (d decision) gaps(v *view, i int) provision.Gaps {
	all := slices.Clone(v.gaps)
	for _, one := range d.denied[i] {
		all = append(all, provision.Gap{Part: one.part, Reason: "no " + strings.Join(one.rights, ", ") + ", " + one.why})
	}
	return provision.GapsOf(all, 0)
}
