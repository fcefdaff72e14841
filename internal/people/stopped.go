package people

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// IsFrozen reports whether nothing may be given on a connection now.
func (pp *People) IsFrozen(ctx context.Context, connection string) (bool, error) {
	err := pp.CheckFrozen(ctx, connection)
	if errors.As(err, new(*FrozenError)) {
		return true, nil
	}
	return false, err
}

// CheckEnabled refuses a person who is disabled.
func (pp *People) CheckEnabled(ctx context.Context, person request.PersonID) error {
	stop, err := pp.Stop(ctx, provision.StoppedPerson(person))
	if err == nil && stop != nil {
		err = &request.ForbiddenError{Person: person, Act: "do anything here", Needs: "being enabled again; this person is disabled"}
	}
	return err
}

// Stop reads a stop switch; nil if it is not set.
func (pp *People) Stop(ctx context.Context, id provision.StopID) (*provision.Stop, error) {
	read, err := records.Stops.Some(ctx, pp.Store, id)
	if err != nil || len(read) == 0 {
		return nil, err
	}
	return &read[0].Value, nil
}

// FrozenError says which stop switch keeps access from being given.
type FrozenError struct{ why string }

func (e *FrozenError) Error() string { return "grantwright: nothing may be given: " + e.why }

func (e *FrozenError) Unwrap() error { return provision.ErrPermanent }

// CheckFrozen returns a *FrozenError while nothing may be given on a connection.
func (pp *People) CheckFrozen(ctx context.Context, connection string) error {
	stop, err := pp.Stop(ctx, provision.StoppedConnection(connection))
	if err == nil && stop != nil {
		err = &FrozenError{fmt.Sprintf("connection %s is frozen: %s", connection, stop.Reason)}
	}
	return err
}

// CheckInUse refuses new requests on a connection that is retired, or is being
// retired.
func (pp *People) CheckInUse(ctx context.Context, ref catalog.Ref) error {
	stop, err := pp.Stop(ctx, provision.StoppedConnection(ref.Connection()))
	if err == nil && stop != nil && stop.Retiring {
		err = &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "asset", Reason: fmt.Sprintf("is on connection %s, which is taken out of use: %s", ref.Connection(), stop.Reason)}}}
	}
	return err
}

// CheckBeneficiary refuses a request for a person who is disabled.
func (pp *People) CheckBeneficiary(ctx context.Context, beneficiary request.PersonID) error {
	stop, err := pp.Stop(ctx, provision.StoppedPerson(beneficiary))
	if err == nil && stop != nil {
		err = &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "beneficiary", Reason: "is disabled"}}}
	}
	return err
}

// CheckActors refuses a change that disabled people make.
func (pp *People) CheckActors(ctx context.Context, by []request.PersonID) error {
	var ids []provision.StopID
	for _, p := range by {
		if p != request.SystemID {
			ids = append(ids, provision.StoppedPerson(p))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	set, err := records.Stops.Some(ctx, pp.Store, ids...)
	if err == nil && len(set) > 0 {
		return pp.CheckEnabled(ctx, request.PersonID(strings.TrimPrefix(string(set[0].Value.ID), "person/")))
	}
	return err
}

// withoutDisabled leaves out people who are disabled.
func (pp *People) withoutDisabled(ctx context.Context, people []request.Identity) ([]request.Identity, error) {
	if len(people) == 0 {
		return people, nil
	}
	ids := make([]provision.StopID, len(people))
	for i, p := range people {
		ids[i] = provision.StoppedPerson(p.Person())
	}
	set, err := records.Stops.Some(ctx, pp.Store, ids...)
	if err != nil || len(set) == 0 {
		return people, err
	}
	out := map[provision.StopID]bool{}
	for _, s := range set {
		out[s.Value.ID] = true
	}
	var left []request.Identity
	for _, p := range people {
		if !out[provision.StoppedPerson(p.Person())] {
			left = append(left, p)
		}
	}
	return left, nil
}
