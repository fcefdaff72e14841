package api

import (
	"context"
	"net/http"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Stop is a stop switch that is set.
type Stop struct {
	ID       provision.StopID `json:"id" example:"connection/warehouse" doc:"approvals; or connection, person or revocation, a slash, and of which"`
	By       request.PersonID `json:"by"`
	At       time.Time        `json:"at"`
	Reason   string           `json:"reason"`
	Provider string           `json:"provider,omitempty" doc:"Of a person whom a provider of identities has disabled: which. It enables them again by itself" example:"issuer https://id.example.com"`
	Retiring bool             `json:"retiring,omitempty" doc:"Of a connection: it is taken out of use, not only frozen"`
	Retired  time.Time        `json:"retired,omitzero" doc:"When nothing of ours was left on it"`
}

// StopBody sets a switch, or takes it back.
type StopBody struct {
	Reason string `json:"reason" doc:"Recorded in the log"`
}

// RetirementBody retires a connection.
type RetirementBody struct {
	Reason string `json:"reason" doc:"Recorded in the log"`
	Revoke bool   `json:"revoke,omitempty" doc:"Revoke what is live there first, and cancel what is pending; takes GOVERNANCE too. Without it, that is refused with 409"`
}

// PersonStopBody sets a switch of a person.
type PersonStopBody struct {
	Person request.PersonID `json:"person" example:"eve@example.com"`
	Reason string           `json:"reason" doc:"Recorded in the log"`

	Unknown bool `json:"unknown,omitempty" doc:"The id is meant, although nobody is known under it; without it, that is refused with 422. Only where somebody is disabled"`
}

func (s *server) routeStops() {
	serve(s, http.MethodGet, "/stops", "stops", "The stop switches that are set", s.stops, described("Takes ADMIN, GOVERNANCE or AUDIT."))
	serve(s, http.MethodPost, "/stops/approvals/freeze", "freeze-approvals", "Have people asked wherever a rule would approve by itself", stopping(s.Engine.StopSwitches().FreezeApprovals), described("Takes GOVERNANCE or ADMIN."))
	serve(s, http.MethodPost, "/stops/approvals/thaw", "thaw-approvals", "Let rules approve again", stopping(s.Engine.StopSwitches().ThawApprovals), described("Takes GOVERNANCE."))
	serve(s, http.MethodPost, "/connections/{name}/freeze", "freeze-connection", "Give nothing on a connection any more; what ends is taken as always", stoppingAt(s.Engine.StopSwitches().FreezeConnection), described("Takes ADMIN or GOVERNANCE."))
	serve(s, http.MethodPost, "/connections/{name}/thaw", "thaw-connection", "Give again on a connection, also on one that was retired", stoppingAt(s.Engine.StopSwitches().ThawConnection), described("Takes ADMIN."))
	serve(s, http.MethodPost, "/connections/{name}/retire", "retire-connection", "Take a connection out of use", s.retire, described("Takes ADMIN. It is retired when nothing of ours is left there; GET /stops says whether it is."))
	serve(s, http.MethodPost, "/stops/people/revoke", "revoke-person", "Revoke everything that a person has, once", stoppingOf(s.Engine.StopSwitches().RevokeAll), described("Takes GOVERNANCE."))
	serve(s, http.MethodPost, "/stops/people/disable", "disable-person", "Have a person act no more and have nothing", s.disable, described("Takes GOVERNANCE or ADMIN, and is refused of oneself."))
	serve(s, http.MethodPost, "/stops/people/enable", "enable-person", "Let a person act again", stoppingOf(s.Engine.StopSwitches().Enable), described("Takes GOVERNANCE or ADMIN. What was ended stays so."))
}

func (s *server) stops(ctx context.Context, by request.Identity, in *Paged) (*listed[Stop], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	found, err := s.Engine.StopSwitches().All(ctx, by, provision.StopID(after.ID), limit)
	if err != nil {
		return nil, err
	}
	var all []Stop
	for _, stop := range found {
		all = append(all, Stop(stop))
	}
	next := ""
	if len(found) == limit {
		next = site.FormatCursor(store.Position{ID: string(found[limit-1].ID)})
	}
	return list(all, next), nil
}

// stopping is a route of a switch that is of nothing in particular.
func stopping(do func(context.Context, request.Identity, string) error) func(context.Context, request.Identity, *struct{ Body StopBody }) (*struct{}, error) {
	return func(ctx context.Context, by request.Identity, in *struct{ Body StopBody }) (*struct{}, error) {
		return nil, do(ctx, by, in.Body.Reason)
	}
}

// ConnectionStop is a route of a switch of a connection.
type ConnectionStop struct {
	ConnectionNamed
	Body StopBody
}

func stoppingAt(do func(context.Context, request.Identity, string, string) error) func(context.Context, request.Identity, *ConnectionStop) (*struct{}, error) {
	return func(ctx context.Context, by request.Identity, in *ConnectionStop) (*struct{}, error) {
		return nil, do(ctx, by, in.Name, in.Body.Reason)
	}
}

// stoppingOf is a route of a switch of a person.
func stoppingOf(do func(context.Context, request.Identity, request.PersonID, string) error) func(context.Context, request.Identity, *struct{ Body PersonStopBody }) (*struct{}, error) {
	return func(ctx context.Context, by request.Identity, in *struct{ Body PersonStopBody }) (*struct{}, error) {
		return nil, do(ctx, by, in.Body.Person, in.Body.Reason)
	}
}

// disable disables a person. An id under which nobody is known takes a word more.
func (s *server) disable(ctx context.Context, by request.Identity, in *struct{ Body PersonStopBody }) (*struct{}, error) {
	if in.Body.Unknown {
		return nil, s.Engine.StopSwitches().DisableUnknown(ctx, by, in.Body.Person, in.Body.Reason)
	}
	return nil, s.Engine.StopSwitches().Disable(ctx, by, in.Body.Person, in.Body.Reason)
}

func (s *server) retire(ctx context.Context, by request.Identity, in *struct {
	ConnectionNamed
	Body RetirementBody
}) (*struct{}, error) {
	return nil, s.Engine.StopSwitches().RetireConnection(ctx, by, in.Name, in.Body.Reason, in.Body.Revoke)
}
