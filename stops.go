package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// StopSwitches are the switches for when something is wrong. Each is one call, holds at
// once and until it is taken back, needs a reason, and is recorded in the log. None of
// them waits for a second person.
type StopSwitches struct{ e *Engine }

// StopSwitches returns the stop switches of the engine.
func (e *Engine) StopSwitches() StopSwitches { return StopSwitches{e} }

// All lists the switches that are set, from the one after a given one, at most limit
// of them. It takes ADMIN, GOVERNANCE or AUDIT.
func (s StopSwitches) All(ctx context.Context, by request.Identity, after provision.StopID, limit int) ([]provision.Stop, error) {
	if err := permit(by, "list the stop switches", request.Admin, request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return journal.Values(records.Stops.All(ctx, s.e.journal.Store, after, limit))
}

// FreezeApprovals has people asked wherever a rule would approve by itself, until
// ThawApprovals. What was approved before stays. It takes GOVERNANCE or ADMIN.
func (s StopSwitches) FreezeApprovals(ctx context.Context, by request.Identity, reason string) error {
	if err := permit(by, "freeze automatic approvals", request.Governance, request.Admin); err != nil {
		return err
	}
	return s.e.switches.Set(ctx, by, event.ApprovalsFrozen, provision.Stop{ID: provision.AutomaticApprovals, Reason: reason})
}

// ThawApprovals lets rules approve again. It takes GOVERNANCE.
func (s StopSwitches) ThawApprovals(ctx context.Context, by request.Identity, reason string) error {
	if err := permit(by, "resume automatic approvals", request.Governance); err != nil {
		return err
	}
	return s.e.switches.Lift(ctx, by, event.ApprovalsThawed, provision.AutomaticApprovals, reason)
}

// FreezeConnection lets nothing be given on a connection any more, until
// ThawConnection: what is approved waits. What ends is taken as always, and what
// stands stays, under the masks that hold by then; on containers these wait too. What is being given at this moment may still come to stand, and
// shows as what it is. It takes ADMIN or GOVERNANCE.
func (s StopSwitches) FreezeConnection(ctx context.Context, by request.Identity, connection, reason string) error {
	if err := permit(by, "freeze a connection", request.Governance, request.Admin); err != nil {
		return err
	}
	if _, err := records.Connections.Get(ctx, s.e.journal.Store, connection); err != nil {
		return err
	}
	return s.e.switches.Set(ctx, by, event.ConnectionFrozen, provision.Stop{ID: provision.StoppedConnection(connection), Reason: reason})
}

// ThawConnection lets access be given on a connection again, also the access that
// waits. A connection that is retired is in use again; its next sync finds its assets.
// It takes ADMIN.
func (s StopSwitches) ThawConnection(ctx context.Context, by request.Identity, connection, reason string) error {
	if err := permit(by, "resume a connection", request.Admin); err != nil {
		return err
	}
	if err := s.e.switches.Lift(ctx, by, event.ConnectionThawed, provision.StoppedConnection(connection), reason); err != nil {
		return err
	}
	store.AfterCommit(ctx, func() { s.e.journal.Background(func(ctx context.Context) { s.giveThawed(ctx, connection) }) })
	return s.e.journal.Commit(ctx, func(c *store.Change) error { // what came under masks meanwhile, on containers too
		on, err := records.Connections.Get(ctx, s.e.journal.Store, connection)
		if err != nil {
			return err
		}
		return s.e.drift.ReconcileSoon(ctx, c, on.Value)
	})
}

// giveThawed gives the access that has waited for a thaw.
func (s StopSwitches) giveThawed(ctx context.Context, connection string) {
	if err := s.e.provisioning.ApplyDue(ctx); err != nil {
		s.e.journal.Logger.WarnContext(ctx, "what waited for the connection is given later", "connection", connection, "error", err)
	}
}

// RetireConnection takes a connection out of use: nothing can be asked for on it any
// more, and its assets are gone. While grants live on it, or requests are pending,
// it is refused with ErrState; with revoke these are revoked and canceled
// first, and the connection is retired when nothing of ours is left there. It takes
// ADMIN, with revoke GOVERNANCE too.
func (s StopSwitches) RetireConnection(ctx context.Context, by request.Identity, connection, reason string, revoke bool) error {
	if err := permit(by, "retire a connection", request.Admin); err != nil {
		return err
	}
	if revoke {
		if err := permit(by, "retire a connection on which access is live", request.Governance); err != nil {
			return err
		}
	} else if err := s.e.switches.CheckIdle(ctx, connection); err != nil {
		return err
	}
	if _, err := records.Connections.Get(ctx, s.e.journal.Store, connection); err != nil {
		return err
	}
	return s.e.switches.Set(ctx, by, event.ConnectionRetiring, provision.Stop{ID: provision.StoppedConnection(connection), Reason: reason, Retiring: true})
}

// RevokeAll revokes everything that a person has, once. What they ask for later is
// decided as always. What they get by being in a group stays the group's. It takes
// GOVERNANCE.
func (s StopSwitches) RevokeAll(ctx context.Context, by request.Identity, person request.PersonID, reason string) error {
	if err := permit(by, "revoke all access of a person", request.Governance); err != nil {
		return err
	}
	if err := s.e.people.CheckKnown(ctx, person); err != nil {
		return err
	}
	return s.e.switches.Set(ctx, by, event.PersonRevoked, provision.Stop{ID: provision.Revocation(person), Reason: reason})
}

// Disable has a person act no more and have nothing, until Enable: what they have is
// revoked, what they wait for is canceled, and so is who decides in their place or
// they in another's. Nothing is asked for or given for them. An id under which nobody is
// known is refused: DisableUnknown takes it. It takes GOVERNANCE or ADMIN, and nobody does
// it to themselves.
func (s StopSwitches) Disable(ctx context.Context, by request.Identity, person request.PersonID, reason string) error {
	if err := permit(by, "disable a person", request.Governance, request.Admin); err != nil {
		return err
	}
	if person != "" && person != by.Person() {
		if err := s.e.people.CheckKnown(ctx, person); err != nil {
			return err
		}
	}
	return s.DisableUnknown(ctx, by, person, reason)
}

// DisableUnknown is Disable for an id under which nobody is known yet, as before somebody's
// first sign-in.
func (s StopSwitches) DisableUnknown(ctx context.Context, by request.Identity, person request.PersonID, reason string) error {
	if by.Person() == person {
		return &request.ForbiddenError{Person: person, Act: "disable themselves", Needs: "someone else"}
	}
	if person == "" || person == request.SystemID || len(person) > request.MaxPersonBytes {
		return &request.InvalidError{What: "stop", Faults: []request.Fault{{Field: "person", Reason: "must be the id of a person"}}}
	}
	if err := permit(by, "disable a person", request.Governance, request.Admin); err != nil {
		return err
	}
	return s.e.switches.Set(ctx, by, event.PersonDisabled, provision.Stop{ID: provision.StoppedPerson(person), Reason: reason})
}

// Enable lets a person act again. What was ended stays so. It takes GOVERNANCE or
// ADMIN.
func (s StopSwitches) Enable(ctx context.Context, by request.Identity, person request.PersonID, reason string) error {
	if err := permit(by, "enable a person", request.Governance, request.Admin); err != nil {
		return err
	}
	return s.e.switches.Lift(ctx, by, event.PersonEnabled, provision.StoppedPerson(person), reason)
}

// Disabled says why a person cannot act; nil while they can.
func (s StopSwitches) Disabled(ctx context.Context, person request.PersonID) error {
	return s.e.people.CheckEnabled(ctx, person)
}
