package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/once"
	"github.com/grantwright/grantwright/web/internal/site"
)

// BatchBody submits several requests together.
type BatchBody struct {
	Items []SubmissionBody `json:"items" minItems:"1" maxItems:"20" nullable:"false" doc:"One for each asset"`
}

// Batch lists the requests that were submitted together, each with its state.
type Batch struct {
	Items []Standing `json:"items" nullable:"false"`
}

// Standing is a request and its grant.
type Standing struct {
	Request request.Request  `json:"request"`
	Grant   *provision.Grant `json:"grant,omitempty" doc:"Missing unless the request was approved"`
}

// Preview is the result that a submission would have.
type Preview struct {
	Asked     []string            `json:"asked" nullable:"false" doc:"The ids of the questions that are asked with these answers"`
	Errors    []site.Fault        `json:"errors" nullable:"false" doc:"What a submission would be refused for; then nothing is said of who would have to approve"`
	Status    request.Status      `json:"status,omitempty" doc:"PENDING where people are asked, APPROVED or DENIED where a rule decides at once"`
	Comment   string              `json:"comment,omitempty" doc:"Of the flow"`
	Steps     []grantwright.Step  `json:"steps" nullable:"false" doc:"Who would have to approve, in order"`
	Prevented []review.Prevention `json:"prevented" nullable:"false" doc:"The guardrails that would keep the access from being given, approved or not"`
	Parts     []catalog.Ref       `json:"parts" nullable:"false" doc:"What would be read through it, or changed by whoever writes to it, although others decide there, so that no rule approves it by itself"`
	Excluded  []catalog.Ref       `json:"excluded" nullable:"false" doc:"What a container would not give: other forms or flows hold there"`
	Has       []grantwright.Held  `json:"has" nullable:"false" doc:"What the beneficiary has there from us already"`
	Plan      *site.Plan          `json:"plan,omitempty" doc:"The statements that would run; missing where the platform cannot say"`
	Partial   bool                `json:"partial,omitempty" doc:"It is for somebody whose access you may not see: without prevented, has and plan, and with the status of the flow alone, which guardrails may deny"`
}

func (s *server) routeBatches() {
	serve(s, http.MethodPost, "/batches", "submit-batch", "Submit requests for several assets at once, all of them or none", s.submitBatch, answering(http.StatusCreated), makes,
		described("Each is reviewed and provisioned on its own. Where you have the same request open already, that one stands in the answer."))
	serve(s, http.MethodGet, "/batches/{id}", "batch", "The requests that were submitted together, each with what stands of it", s.batch, described("Those that you may see."))
	serve(s, http.MethodPost, "/previews", "preview", "Say what a submission would lead to, without submitting it", s.preview, once.Reads,
		described("Data stewards see how many variants were previewed before a request was submitted."))
}

func (b SubmissionBody) submission() request.Submission {
	return request.Submission{Asset: b.Asset, Type: b.Type, Beneficiary: b.Beneficiary, Privilege: b.Privilege, Columns: b.Columns,
		Answers: b.Answers, Agreements: b.Agreements, Renews: b.Renews, Emergency: b.Emergency}
}

func (s *server) submitBatch(ctx context.Context, by request.Identity, in *struct {
	Key  string `header:"Idempotency-Key" doc:"At most 255 bytes; makes a repeated batch the same one, for at least a day"`
	Body BatchBody
}) (*listed[Submitted], error) {
	var items []request.Submission
	for _, b := range in.Body.Items {
		items = append(items, b.submission())
	}
	replayed, existing := false, []request.ID(nil)
	made, err := s.Engine.SubmitBatch(request.NoteExisting(request.NoteReplays(ctx, &replayed), &existing), by, in.Key, items)
	if err != nil {
		return nil, err
	}
	noteReplay(ctx, replayed)
	all := make([]Submitted, len(made))
	for i, req := range made {
		all[i] = Submitted{req, slices.Contains(existing, req.ID)}
		if req.Batch != "" && !all[i].Existing {
			s.Made(ctx, "/batches/"+url.PathEscape(string(req.Batch)))
		}
	}
	return list(all, ""), nil
}

func (s *server) batch(ctx context.Context, by request.Identity, in *struct {
	ID request.BatchID `path:"id" maxLength:"255"`
}) (*shown[Batch], error) {
	all, err := s.Engine.Batch(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	var out Batch
	for _, c := range all {
		one := Standing{Request: c.Request}
		if c.Grant.ID != "" {
			one.Grant = &c.Grant
		}
		out.Items = append(out.Items, one)
	}
	return &shown[Batch]{out}, nil
}

func (s *server) preview(ctx context.Context, by request.Identity, in *struct{ Body SubmissionBody }) (*shown[Preview], error) {
	p, err := s.Engine.Preview(ctx, by, in.Body.submission())
	if err != nil {
		return nil, err
	}
	return &shown[Preview]{previewOf(p)}, nil
}

func previewOf(p grantwright.Preview) Preview {
	out := Preview{Asked: append([]string{}, p.Asked...), Errors: []site.Fault{}, Status: p.Status, Comment: p.Comment, Partial: p.Partial,
		Steps: append([]grantwright.Step{}, p.Steps...), Prevented: append([]review.Prevention{}, p.Prevented...), Parts: append([]catalog.Ref{}, p.Parts...), Excluded: append([]catalog.Ref{}, p.Excluded...), Has: append([]grantwright.Held{}, p.Has...)}
	for _, f := range p.Faults {
		out.Errors = append(out.Errors, site.FaultAt(f.Field, f.Reason))
	}
	if p.Status != "" && p.NoPlan == "" {
		plan := site.PlanOf(p.Plan)
		out.Plan = &plan
	}
	return out
}
