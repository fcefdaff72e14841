package api

import (
	"context"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Outlook is what somebody can know of an asset before they ask for it.
type Outlook struct {
	Status    request.Status      `json:"status,omitempty" doc:"APPROVED or DENIED where a rule decides at once, whatever is answered; else PENDING. Missing where errors say why you cannot ask"`
	Steps     []grantwright.Step  `json:"steps" nullable:"false" doc:"Who would have to approve, in order, unless the answers of the form lead elsewhere"`
	Prevented []review.Prevention `json:"prevented" nullable:"false" doc:"The guardrails that would keep you from reading it, approved or not"`
	Errors    []site.Fault        `json:"errors" nullable:"false" doc:"Why you cannot ask for it now"`
	Excluded  []catalog.Ref       `json:"excluded" nullable:"false" doc:"Of a container: what access to it would not cover, because others decide there; the first 100"`

	UsualSeconds int64 `json:"usualSeconds,omitempty" doc:"The median of how long people took for the last decisions, from when a request was opened; missing where there are fewer than three"`
	Decisions    int   `json:"decisions,omitempty" doc:"How many that was worked out from"`
	OfAsset      bool  `json:"ofAsset,omitempty" doc:"All of them were about this asset; else they were about all that the same flow decides"`

	Emergency *review.Emergency `json:"emergency,omitempty" doc:"Who may have it at once, and for how long; missing where nobody may"`
	AtOnce    bool              `json:"atOnce,omitempty" doc:"You may: submit with emergency"`

	Grants    []provision.Grant `json:"grants" nullable:"false" doc:"Your grants, and those of your groups, that may stand: on the asset or on a container of it, the newest first"`
	Requested []request.Request `json:"requested" nullable:"false" doc:"The newest requests for it that concern you, at most 10"`
}

func (s *server) outlook(ctx context.Context, by request.Identity, in *struct {
	AssetNamed
	Type request.Type `query:"type" enum:"DATA_ACCESS,MASKING_EXCEPTION" default:"DATA_ACCESS"`
}) (*shown[Outlook], error) {
	o, err := s.Engine.Assets().Outlook(ctx, by, in.Ref, in.Type)
	if err != nil {
		return nil, err
	}
	out := Outlook{Status: o.Status, Steps: append([]grantwright.Step{}, o.Steps...), Prevented: append([]review.Prevention{}, o.Prevented...), Errors: []site.Fault{}, Excluded: append([]catalog.Ref{}, o.Excluded...), Emergency: o.Emergency, AtOnce: o.AtOnce,
		UsualSeconds: int64(o.Usual.Seconds()), Decisions: o.Decisions, OfAsset: o.OfAsset, Grants: append([]provision.Grant{}, o.Grants...), Requested: append([]request.Request{}, o.Requested...)}
	for _, f := range o.Stopped {
		out.Errors = append(out.Errors, site.FaultAt(f.Field, f.Reason))
	}
	return &shown[Outlook]{out}, nil
}
