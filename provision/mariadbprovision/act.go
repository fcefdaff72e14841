package mariadbprovision

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/provision"
)

// maxRounds is how often one call looks and acts before it gives up until the next one.
const maxRounds = 4

// maxShown is how many bytes of a text an error shows.
const maxShown = 200

// once makes one attempt: it looks and acts until no act is left, and reads back.
func (p *Provisioner) once(ctx context.Context, asked *job) ([]provision.Outcome, error) {
	s, err := p.session(ctx, asked.keys()...)
	if err != nil {
		return nil, err
	}
	defer s.end()
	if err := asked.elsewhere(s.server); err != nil {
		return nil, err
	}
	failed := make([]error, len(asked.people))
	for range maxRounds {
		v, err := s.look(ctx, asked)
		if err != nil {
			return nil, err
		}
		j := asked.withoutWithdrawn(v)
		d := j.decide(v)
		d.acts = without(d.acts, failed)
		if len(d.acts) == 0 {
			return s.verify(ctx, j, v, d, failed)
		}
		if err := s.actAll(ctx, asked, d.acts, failed); err != nil {
			return nil, err
		}
	}
	return nil, errUnsettled
}

// actAll runs acts, those on many people as sets. An act on one person that fails is the
// error of that person alone, unless the connection or the time is over too. Where a set
// fails, the next round finds out for whom: it acts on each person alone.
func (s *session) actAll(ctx context.Context, j *job, acts []act, failed []error) error {
	most := peopleAtOnce
	if j.apart {
		most = 1
	}
	for _, set := range sets(acts, most) {
		if set = without(set, failed); len(set) == 0 {
			continue
		}
		j.ran = append(j.ran, set...)
		a, err := together(set)
		if err == nil {
			err = s.act(ctx, a)
		}
		switch {
		case err == nil:
		case mariadbwire.Number(err) == noSuchTable:
			return fmt.Errorf("%w: %w", errUnsettled, err) // dropped since we looked
		case set[0].person == everybody || accidental(err) || ctx.Err() != nil || mariadbwire.Number(err) == 0 || mariadbwire.State(err) == tooLate:
			return fmt.Errorf("%s: %w", a.summary(), err)
		case len(set) > 1:
			j.apart, s.Broken = true, false // the server answered; the connection is as good as before
			return nil
		default:
			failed[set[0].person] = fmt.Errorf("%s: %w", a.summary(), err)
			s.Broken = false
		}
	}
	return nil
}

func (a act) summary() string {
	if len(a.runs) == 0 {
		return a.procedure
	}
	return excerpt.Of(a.runs[0], maxShown)
}

// without leaves out the acts on people for whom one failed already.
func without(acts []act, failed []error) []act {
	var rest []act
	for _, a := range acts {
		if a.person == everybody || failed[a.person] == nil {
			rest = append(rest, a)
		}
	}
	return rest
}
