package api

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/conditional"
	"github.com/grantwright/grantwright/web/internal/site"
)

// GuardrailBody saves a guardrail.
type GuardrailBody struct {
	AsRead
	Based   int           `json:"based,omitempty" minimum:"0" doc:"The version that it was based on; 0 or missing for a new guardrail"`
	At      []catalog.Ref `json:"at" nullable:"false" minItems:"1" maxItems:"20" doc:"Connections, containers and assets; it is for everything below them too"`
	Require string        `json:"require" doc:"CEL over request, asset, requester and beneficiary that must hold; what it cannot read prevents" example:"!('DE' in beneficiary.attributes.country)"`
	Reason  string        `json:"reason,omitempty" doc:"For those whom it keeps out"`
}

func (s *server) routeGuardrails() {
	g := s.Engine.Governance()
	const governs, oversees = "Takes GOVERNANCE.", "Takes GOVERNANCE or AUDIT."
	serve(s, http.MethodGet, "/guardrails", "list-guardrails", "List the guardrails by name, each in its newest version", listing(g.Guardrails, manifest.Guardrails), described(oversees))
	serve(s, http.MethodGet, "/guardrails/{name}", "guardrail", "A guardrail in its newest version", newest(g.Guardrails, manifest.Guardrails), edited, described(oversees))
	serve(s, http.MethodGet, "/guardrails/{name}/versions/{version}", "guardrail-version", "A guardrail in one of its versions", atVersion(g.Guardrails), described(oversees))
	serve(s, http.MethodPut, "/guardrails/{name}", "save-guardrail", "Save the next version of a guardrail", s.saveGuardrail, described(governs+" It holds at once: live grants that it prevents end."), s.takesTwo, edited)
	serve(s, http.MethodDelete, "/guardrails/{name}", "delete-guardrail", "Take a guardrail away", deleting(g.Guardrails), described(governs+" Its versions stay readable."), s.takesTwo)
	serve(s, http.MethodGet, "/assets/{ref}/guardrails", "asset-guardrails", "The guardrails that hold for an asset, and where they come from: all of them must hold", s.assetGuardrails,
		described("Takes GOVERNANCE or AUDIT, or to be a data steward or the owner of the asset."))
}

func (s *server) saveGuardrail(ctx context.Context, by request.Identity, in *struct {
	Named
	conditional.Change
	Body GuardrailBody
}) (*shown[Saved], error) {
	b := in.Body
	v, warnings, err := save(ctx, s, by, s.Engine.Governance().Guardrails, manifest.Guardrails, change{in.Change, in.Name, b.AsRead, b.Based}, func(based int) review.Guardrail {
		return review.Guardrail{Name: review.GuardrailName(in.Name), Version: based, At: b.At, Require: b.Require, Reason: b.Reason}
	})
	return savedOf(manifest.Guardrails, v, warnings, err)
}

func (s *server) assetGuardrails(ctx context.Context, by request.Identity, in *AssetNamed) (*listed[site.Placed], error) {
	all, err := s.GuardrailsOf(ctx, by, in.Ref)
	if err != nil {
		return nil, err
	}
	return list(all, ""), nil
}
