package mariadbprovision

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// verify returns the outcome of each of the people, from a look whose decision had no acts.
// It proves that a person who gets access has an account that can log in, the person role
// as its default role, the asset's role granted to it, and the rights of that, and that what it gets can
// be used with them.
func (s *session) verify(ctx context.Context, j *job, v *view, d decision, failed []error) ([]provision.Outcome, error) {
	paths, err := s.paths(ctx, j, v)
	if err != nil {
		return nil, fmt.Errorf("reading back who else lets the people in: %w", err)
	}
	b, err := s.readBroken(ctx, j, v)
	if err != nil {
		return nil, fmt.Errorf("reading back whether it works: %w", err)
	}
	outcomes := make([]provision.Outcome, len(j.people))
	for i, person := range j.people {
		o := &outcomes[i]
		o.Ran = ranFor(j.ran, i)
		o.Withdrawn = person.accessWithdrawn()
		o.Remaining = paths[i]
		o.Reach, o.Definition, o.Remarks = v.reach, v.definition, v.reach.Remarks(slices.Contains(person.want, request.ReadWrite))
		o.Taken = d.found == nil && failed[i] == nil
		switch {
		case d.errs[i] != nil:
			o.Err = d.errs[i]
		case failed[i] != nil:
			o.Err = failed[i]
		case d.found != nil:
			o.Err = d.found
		case len(person.want) > 0:
			o.Gaps, o.Err = j.works(v, b, i)
			o.Remarks = append(j.remarks(v, person), namesakeRemarks(v.namesakes[i])...)
		default:
			o.Remarks = append(o.Remarks, v.unknown[i]...)
		}
	}
	return outcomes, nil
}
