package oversight

import (
	"context"
	"net/http"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/route"
	"github.com/grantwright/grantwright/web/internal/site"
)

// SeveralGrants name the grants of an act on several. A grant has the id of its request.
type SeveralGrants struct {
	Grants []provision.GrantID `json:"grants" minItems:"1" maxItems:"100" nullable:"false" doc:"Each by id, each once"`
	Try    bool                `json:"try,omitempty" doc:"Do nothing, and say what would become of each"`
}

// Places are those that the token of a caller has to hold for.
func (b SeveralGrants) Places() (_ []catalog.Ref, ids []request.ID) {
	for _, id := range b.Grants {
		ids = append(ids, request.ID(id))
	}
	return nil, ids
}

// RevokeManyBody revokes several grants.
type RevokeManyBody struct {
	SeveralGrants
	Reason string `json:"reason,omitempty" doc:"Everyone who sees one of the requests sees it"`
}

// ShortenBody brings the end of access forward.
type ShortenBody struct {
	Ends   time.Time `json:"ends" doc:"Later than now, and before the access ends anyway"`
	Reason string    `json:"reason,omitempty"`
}

// ShortenManyBody brings the ends of several grants forward.
type ShortenManyBody struct {
	SeveralGrants
	ShortenBody
}

// RenewManyBody asks for the access of several grants to go on.
type RenewManyBody struct {
	SeveralGrants
	Duration string `json:"duration" doc:"From when a new request is approved; the access ends at the later of the two ends" example:"30 DAYS"`
	Reason   string `json:"reason,omitempty" doc:"A comment on each of the new requests"`

	Agreements []request.AgreementVersion `json:"agreements,omitempty" nullable:"false" maxItems:"100" doc:"The agreements that you accept, for each of the new requests whose form has them"`
}

// RetryManyBody makes the next attempt of several grants at once.
type RetryManyBody struct{ SeveralGrants }

// Acted is the result of an act on one of several grants.
type Acted struct {
	ID      provision.GrantID `json:"id"`
	Request *request.Request  `json:"request,omitempty" doc:"As it is after the act, or would be found by it; missing if the act did not count"`
	Grant   *provision.Grant  `json:"grant,omitempty"`
	Made    *request.Request  `json:"made,omitempty" doc:"The new request by which access goes on"`
	Problem *site.Problem     `json:"problem,omitempty" doc:"Why the act did not count, or would not"`
}

func (s *server) routeGrants() {
	const each = " Each has a result of its own, in the order in which they are named; a refusal keeps no other from being done. With try nothing is done."
	serve(s, http.MethodGet, "/grants/failed", "failed-grants", "Grants that have failed or are suspended, and those whose access could not be taken so far, the first approved first", "Takes ADMIN, GOVERNANCE or AUDIT.", s.failedGrants)
	serve(s, http.MethodPost, "/grants/{id}/shorten", "shorten-grant", "Bring the end of access forward", "For the beneficiary, data stewards of the request, and GOVERNANCE: whoever may revoke it.", s.shorten)
	serve(s, http.MethodPost, "/grants/revoke", "revoke-many", "End the access of several grants", "For each, as revoke has it."+each,
		func(ctx context.Context, by request.Identity, in *struct{ Body RevokeManyBody }) (*listed[Acted], error) {
			return s.acted(ctx, by, site.GrantActs{Act: site.RevokeAct, Grants: in.Body.Grants, Reason: in.Body.Reason}, in.Body.Try)
		})
	serve(s, http.MethodPost, "/grants/shorten", "shorten-many", "Bring the end of several grants forward", "For each, as shorten-grant has it."+each,
		func(ctx context.Context, by request.Identity, in *struct{ Body ShortenManyBody }) (*listed[Acted], error) {
			return s.acted(ctx, by, site.GrantActs{Act: site.ShortenAct, Grants: in.Body.Grants, Ends: in.Body.Ends, Reason: in.Body.Reason}, in.Body.Try)
		})
	serve(s, http.MethodPost, "/grants/renew", "renew-many", "Ask for the access of several grants to go on", "For the requester and the beneficiary of each, as submit has it with renews. The answers are those of before, with the new duration; agreements that a form has must be among those that you accept."+each,
		func(ctx context.Context, by request.Identity, in *struct{ Body RenewManyBody }) (*listed[Acted], error) {
			d, err := request.ParseDuration(in.Body.Duration)
			if err != nil {
				return nil, site.Invalid("act", "duration", "must read like 30 DAYS or ENDLESS")
			}
			return s.acted(ctx, by, site.GrantActs{Act: site.RenewAct, Grants: in.Body.Grants, Duration: d, Reason: in.Body.Reason, Accepted: in.Body.Agreements}, in.Body.Try)
		})
	serve(s, http.MethodPost, "/grants/retry", "retry-many", "Make the next attempt of several grants at once", "For each, as retry-grant has it."+each,
		func(ctx context.Context, by request.Identity, in *struct{ Body RetryManyBody }) (*listed[Acted], error) {
			return s.acted(ctx, by, site.GrantActs{Act: site.RetryAct, Grants: in.Body.Grants}, in.Body.Try)
		})
}

func (s *server) failedGrants(ctx context.Context, by request.Identity, in *Paged) (*listed[provision.Grant], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	found, next, err := s.Engine.Grants().Amiss(ctx, by, after, limit)
	if err != nil {
		return nil, err
	}
	return list(found, route.NextIfFull(len(found), limit, next)), nil
}

func (s *server) shorten(ctx context.Context, by request.Identity, in *struct {
	ID   provision.GrantID `path:"id" maxLength:"255"`
	Body ShortenBody
}) (*shown[provision.Grant], error) {
	grant, err := s.Engine.Grants().Shorten(ctx, by, in.ID, in.Body.Ends, in.Body.Reason)
	return &shown[provision.Grant]{grant}, err
}

// acted does an act on several grants.
func (s *server) acted(ctx context.Context, by request.Identity, a site.GrantActs, try bool) (*listed[Acted], error) {
	done, err := s.ActOnGrants(ctx, by, a, try)
	if err != nil {
		return nil, err
	}
	results := make([]Acted, len(done))
	for i, d := range done {
		if results[i].ID = d.ID; d.Err != nil {
			results[i].Problem = s.Problem(route.Asked(ctx), d.Err)
			continue
		}
		if d.Request.ID != "" {
			results[i].Request = &d.Request
		}
		if d.Grant.ID != "" {
			results[i].Grant = &d.Grant
		}
		if d.Made.ID != "" {
			results[i].Made = &d.Made
		}
	}
	return list(results, ""), nil
}
