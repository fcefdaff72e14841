package grantwright

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Preview is the result that a submission would have now.
type Preview struct {
	Entry  request.Entry
	Asked  []string        // ids of the questions that are asked with these answers
	Faults []request.Fault // what Submit would refuse; then nothing more is said but Excluded

	Status  request.Status // APPROVED or DENIED where a rule decides at once; PENDING where people are asked
	Comment string         // of the flow

	// Prevented says which guardrails would keep the access from being given,
	// approved or not.
	Prevented []review.Prevention

	Steps []Step // who would have to approve, in order

	Excluded []catalog.Ref // what a container would not give: others decide there, or about what is read through it. At most MaxExcluded
	Parts    []catalog.Ref // what would be read through it although others decide there, so that no rule approves it by itself
	Has      []Held        // what the beneficiary has there from us already
	Plan     provision.Plan
	NoPlan   string // why there is no Plan, where there is none

	// Partial says that the submission is for somebody whose access the caller may not see,
	// see Access.Of. Prevented, Has and Plan are left out, and Status is that of the flow
	// alone: guardrails may deny what it approves.
	Partial bool
}

// Step is one stage of a review, without the conditions that led to it.
type Step struct {
	Name     string      `json:"name"`
	Mode     review.Mode `json:"mode"`
	People   int         `json:"people,omitempty"` // different people that must approve; 0 sets no number
	Stewards []string    `json:"stewards"`         // in words, such as "group sales-owners"
}

// Held is access that the beneficiary of a preview has already.
type Held struct {
	At     catalog.Ref      `json:"at"` // the asset, or a container of it
	Access provision.Access `json:"access"`
	Ends   time.Time        `json:"ends,omitzero"` // zero without an end, or before it has begun
}

// Preview says what Submit would do with a submission. It stores only that the
// submission was tried: data stewards see how many variants were. Faults of the
// submission are in the Preview; any other reason why Submit would fail is the error.
func (e *Engine) Preview(ctx context.Context, by request.Identity, s request.Submission) (Preview, error) {
	if err := by.CheckAsks("try a submission"); err != nil {
		return Preview{}, err
	}
	ctx = e.journal.Act(ctx, store.People.Key(by.Person()))
	d, err := e.decisions.Draft(ctx, by, s)
	var p Preview
	if p.Faults = request.FaultsOf(err); len(p.Faults) == 0 && err != nil {
		return p, err
	}
	if d.Entry.Asset.Ref == "" {
		return p, nil // there is no form to speak of
	}
	p.Entry = d.Entry
	p.Asked = e.asked(ctx, d)
	if p.Excluded, err = e.rules.NotCovered(ctx, d.Entry.Asset.Ref, d.Entry.Type); err != nil || len(p.Faults) > 0 {
		return p, err
	}
	p.Parts = d.Request.Parts
	rev, _, err := e.decisions.OpenReview(ctx, by, d)
	if p.Faults = request.FaultsOf(err); len(p.Faults) > 0 {
		return p, nil
	} else if err != nil {
		return p, err
	}
	if p.Partial = !seesAccess(by, d.Request.Beneficiary); p.Partial {
		p.Status, p.Comment, p.Steps = rev.Status, rev.Comment, stepsOf(rev)
		p.NoPlan = "it is for somebody whose access is not yours to see"
		return p, e.decisions.NoteVariant(ctx, by, s, d)
	}
	if p.Prevented, err = e.rules.GuardrailChecker().Prevented(ctx, by, d.Request); err != nil {
		return p, err
	}
	rev = rev.Prevent(p.Prevented)
	p.Status, p.Comment, p.Steps = rev.Status, rev.Comment, stepsOf(rev)
	p.Prevented = decisions.Reader{Explains: by.Has(request.Governance) || by.Has(request.Audit), Own: true}.Prevented(p.Prevented)
	if p.Has, err = e.held(ctx, d.Request); err != nil {
		return p, err
	}
	if p.Plan, err = e.Grants().e.provisioning.Plan(ctx, d.Request); err != nil {
		p.NoPlan = err.Error()
	}
	return p, e.decisions.NoteVariant(ctx, by, s, d)
}

// Asked lists the ids of the questions that a form asks with some answers, for
// whoever shows it: those that Submit wants answered.
func (a Assets) Asked(ctx context.Context, by request.Identity, s request.Submission) ([]string, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	d, _, err := a.e.decisions.BeginDraft(ctx, by, s)
	if err != nil {
		return nil, err
	}
	return a.e.asked(ctx, d), nil
}

// asked lists the questions that are asked with the answers of a draft.
func (e *Engine) asked(ctx context.Context, d decisions.Draft) []string {
	var ids []string
	for _, q := range d.Entry.Form.Questions {
		if q.Asked(func(condition string) (bool, error) { return e.decisions.Holds(ctx, d.Entry.Form, condition, d.Facts) }) {
			ids = append(ids, q.ID)
		}
	}
	return ids
}

func stepsOf(rev review.Review) []Step {
	var steps []Step
	for _, stage := range rev.Stages {
		if stage.Passed != "" {
			continue
		}
		s := Step{Name: stage.Name, Mode: stage.Mode, People: stage.People}
		for _, a := range stage.Approvals {
			a.Selector.When = ""
			s.Stewards = append(s.Stewards, a.Selector.String())
		}
		steps = append(steps, s)
	}
	return steps
}

// held lists what the principal of a request has from us on the asset, or on a
// container of it.
func (e *Engine) held(ctx context.Context, req request.Request) ([]Held, error) {
	var all []Held
	for _, ref := range req.Asset.Lineage() {
		live, err := journal.Values(records.LiveGrants.Find(ctx, e.journal.Store, ref, store.Position{}, store.MaxPage))
		if err != nil {
			return nil, err
		}
		for _, g := range live {
			if g.Principal.Name == req.Principal.Name && g.State == provision.Active {
				all = append(all, Held{At: ref, Access: g.Access, Ends: g.Ends})
			}
		}
	}
	return all, nil
}
