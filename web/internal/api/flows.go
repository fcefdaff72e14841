package api

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/conditional"
	"github.com/grantwright/grantwright/web/internal/once"
	"github.com/grantwright/grantwright/web/internal/site"
)

// FlowBody saves a review flow, or tries one out.
type FlowBody struct {
	AsRead
	Based       int              `json:"based,omitempty" minimum:"0" doc:"The version that it was based on; 0 or missing for a new flow"`
	Rules       []review.Rule    `json:"rules,omitempty" nullable:"false" doc:"The first that holds wins"`
	Default     review.Action    `json:"default" doc:"Where no rule holds"`
	Max         request.Duration `json:"max,omitzero" doc:"Nothing is approved for longer; without, nothing is limited" example:"365 DAYS"`
	Pending     request.Duration `json:"pending,omitzero" doc:"A request lapses after this time; 30 days if it is missing" example:"14 DAYS"`
	OwnRequests bool             `json:"ownRequests,omitempty" doc:"People may decide on what they have asked for themselves"`
	Reasons     []review.Act     `json:"reasons,omitempty" nullable:"false" enum:"APPROVE,DENY" doc:"What takes a reason of the steward"`
}

func (b FlowBody) flow(name string, based int) review.Flow {
	return review.Flow{Name: request.FlowName(name), Version: based, Rules: b.Rules, Default: b.Default, Max: b.Max, Pending: b.Pending, OwnRequests: b.OwnRequests, Reasons: b.Reasons}
}

// FlowWarnings are the dangers of a flow.
type FlowWarnings struct {
	Warnings []review.Warning `json:"warnings" nullable:"false"`
}

// RequestExplained explains the way of a request.
type RequestExplained struct {
	Rule  string               `json:"rule" doc:"That decided when the review was opened last, or default"`
	Why   []string             `json:"why" nullable:"false" doc:"What was out of the ordinary then"`
	Flows []review.Explanation `json:"flows" nullable:"false" doc:"The flows that it was submitted under, by the facts as they are now"`
	Same  bool                 `json:"same" doc:"These come to the same rule now; if not, facts have changed since"`

	Then     []review.Explanation `json:"then" nullable:"false" doc:"The same flows by the facts that were kept with the request; none for one of before facts were kept"`
	Lacking  []string             `json:"lacking" nullable:"false" doc:"The facts that they read and that were not kept, or are erased: those of now stand in their place"`
	Evidence []request.Evidence   `json:"evidence" nullable:"false" doc:"The facts that the decision stood on, as they were read"`

	Selectors []review.ExplainedSelector `json:"selectors" nullable:"false" doc:"By which of them whoever asks is a data steward now, in their own right"`
}

// ReplayedBy says by which facts a flow is run over past requests.
type ReplayedBy struct {
	Facts manifest.ReplayFacts `query:"facts" enum:"NOW,THEN" default:"NOW" doc:"By the facts as they are now, or as they were kept with each request"`
}

func (s *server) routeFlows() {
	g := s.Engine.Governance()
	const governs, oversees = "Takes GOVERNANCE.", "Takes GOVERNANCE or AUDIT."
	serve(s, http.MethodGet, "/flows", "list-flows", "List the review flows by name, each in its newest version", listing(g.Flows, manifest.Flows), described(oversees))
	serve(s, http.MethodGet, "/flows/{name}", "flow", "A review flow in its newest version", newest(g.Flows, manifest.Flows), edited, described(oversees))
	serve(s, http.MethodGet, "/flows/{name}/versions/{version}", "flow-version", "A review flow in one of its versions", atVersion(g.Flows), described(oversees))
	serve(s, http.MethodPut, "/flows/{name}", "save-flow", "Save the next version of a review flow", s.saveFlow, described(governs+" Requests that are pending keep the version that they were submitted under."), s.takesTwo, edited)
	serve(s, http.MethodDelete, "/flows/{name}", "delete-flow", "Delete a review flow that nothing names", deleting(g.Flows), described(governs+" Its versions stay readable."), s.takesTwo)
	serve(s, http.MethodPost, "/flows/{name}/lint", "lint-flow", "Say what is dangerous in a flow, without saving it", s.lintFlow, once.Reads, described(oversees))
	serve(s, http.MethodPost, "/flows/{name}/replay", "replay-flow", "Run a flow over requests of the past, and say what it would have done otherwise", s.replayFlow, once.Reads, described(oversees+" Nothing is saved."))
	serve(s, http.MethodGet, "/requests/{id}/explanation", "explain-request", "Why a request went the way that it went", s.explanation, described("For its data stewards, GOVERNANCE and AUDIT."))
	serve(s, http.MethodPost, "/requests/{id}/explanation/erase", "erase-evidence", "Erase facts that a decision stood on", s.eraseEvidence, described(governs+" Their names stay, and the log says who has erased them."))
}

func (s *server) saveFlow(ctx context.Context, by request.Identity, in *struct {
	Named
	conditional.Change
	Body FlowBody
}) (*shown[Saved], error) {
	b := in.Body
	v, warnings, err := save(ctx, s, by, s.Engine.Governance().Flows, manifest.Flows, change{in.Change, in.Name, b.AsRead, b.Based}, func(based int) review.Flow {
		return b.flow(in.Name, based)
	})
	return savedOf(manifest.Flows, v, warnings, err)
}

func (s *server) lintFlow(ctx context.Context, by request.Identity, in *struct {
	Named
	Body FlowBody
}) (*shown[FlowWarnings], error) {
	found, err := s.Engine.Governance().Flows.Lint(ctx, by, in.Body.flow(in.Name, in.Body.Based))
	return &shown[FlowWarnings]{FlowWarnings{append([]review.Warning{}, found...)}}, err
}

func (s *server) replayFlow(ctx context.Context, by request.Identity, in *struct {
	Named
	Paged
	ReplayedBy
	Body FlowBody
}) (*shown[site.ReplayedFlow], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.Engine.Governance().Replay(ctx, by, in.Body.flow(in.Name, in.Body.Based), manifest.ReplayQuery{Facts: in.Facts, After: after, Limit: in.Limit})
	return &shown[site.ReplayedFlow]{site.ReplayOf(found)}, err
}

// Erasure names facts to be erased.
type Erasure struct {
	Facts  []string `json:"facts" minItems:"1" maxItems:"40" doc:"Names of facts, or their beginning up to a dot" example:"[\"beneficiary.attributes.region\"]"`
	Reason string   `json:"reason,omitempty" doc:"Why; it is recorded in the log"`
}

// ErasedFacts are the facts that were erased.
type ErasedFacts struct {
	Erased []string `json:"erased" nullable:"false" doc:"The names of those that were there"`
}

func (s *server) eraseEvidence(ctx context.Context, by request.Identity, in *struct {
	RequestNamed
	Body Erasure
}) (*shown[ErasedFacts], error) {
	erased, err := s.Engine.EraseEvidence(ctx, by, in.ID, in.Body.Facts, in.Body.Reason)
	return &shown[ErasedFacts]{ErasedFacts{append([]string{}, erased...)}}, err
}

func (s *server) explanation(ctx context.Context, by request.Identity, in *RequestNamed) (*shown[RequestExplained], error) {
	e, err := s.Engine.Explain(ctx, by, in.ID)
	return &shown[RequestExplained]{RequestExplained{Rule: e.Rule, Why: append([]string{}, e.Why...), Flows: append([]review.Explanation{}, e.Flows...), Same: e.Same,
		Then: append([]review.Explanation{}, e.Then...), Lacking: append([]string{}, e.Lacking...), Evidence: append([]request.Evidence{}, e.Evidence...),
		Selectors: append([]review.ExplainedSelector{}, e.Selectors...)}}, err
}
