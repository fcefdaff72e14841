package mariadbprovision

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/provision"
)

// verify says what became of each of the people, by a look after which there was
// nothing left to do: whoever wants something has an account that can log in, a
// default role of ours, the asset's role in that, and its rights.
func (s *session) verify(ctx context.Context, j *job, v *view, d decision, failed []error) ([]provision.Outcome, error) {
	paths, err := s.paths(ctx, j, v)
	if err != nil {
		return nil, fmt.Errorf("reading back who else lets the people in: %w", err)
	}
	outcomes := make([]provision.Outcome, len(j.people))
	for i, person := range j.people {
		o := &outcomes[i]
		o.Ran = ranFor(j.ran, i)
		o.Withdrawn = person.accessWithdrawn()
		o.Remaining = paths[i]
		o.Taken = d.found == nil && failed[i] == nil
		switch {
		case d.errs[i] != nil:
			o.Err = d.errs[i]
		case failed[i] != nil:
			o.Err = failed[i]
		case d.found != nil:
			o.Err = d.found
		}
	}
	return outcomes, nil
}
