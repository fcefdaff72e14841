package grantwright

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// draft is a submission that has been checked, with all that deciding needs.
type draft struct {
	request  request.Request
	entry    Entry
	asset    catalog.Asset
	facts    review.Facts
	policies []*review.Policy
	how      provision.Method
}

// draft checks everything about a submission and stores nothing.
func (e *Engine) draft(ctx context.Context, by request.Identity, s Submission) (draft, error) {
	d, beneficiary, err := e.begin(ctx, by, s)
	if err != nil {
		return draft{}, err
	}
	renewal, err := e.renewalFaults(ctx, by, d.request)
	if err != nil {
		return draft{}, err
	}
	err = errors.Join(e.checkAnswers(ctx, d.entry.Form, s.Answers, d.facts), request.CheckAccepted(d.entry.Agreements, s.Agreements), e.checkColumns(ctx, d.request, d.asset), renewal)
	if err != nil {
		return d, err // with the facts, from which a preview still tells what is asked
	}
	slices.Sort(d.request.Columns)
	if d.policies, err = e.newestPolicies(ctx, d.entry.From.Flows(d.entry.Form)); err != nil {
		return draft{}, err
	}
	return d, e.identify(ctx, &d, beneficiary)
}

// begin finds what a submission is about, and for whom, without looking at what is
// answered.
func (e *Engine) begin(ctx context.Context, by request.Identity, s Submission) (d draft, beneficiary request.Identity, err error) {
	if s, err = s.complete(by); err != nil {
		return d, beneficiary, err
	}
	asset, err := e.asset(ctx, s.Asset)
	if err != nil {
		return d, beneficiary, err
	}
	entry, err := e.entry(ctx, asset, s.Type)
	if err != nil {
		return d, beneficiary, err
	}
	if beneficiary, err = e.person(ctx, s.Beneficiary, by); err != nil {
		return d, beneficiary, err
	}
	if err := errors.Join(e.inUse(ctx, asset.Ref), e.enabled(ctx, s.Beneficiary)); err != nil {
		return d, beneficiary, err
	}
	d = draft{asset: asset, entry: entry, request: request.Request{
		ID:          request.ID(e.config.NewID()),
		Type:        s.Type,
		Asset:       asset.Ref,
		Requester:   by.Person(),
		Beneficiary: s.Beneficiary,
		For:         kindOf(beneficiary),
		Privilege:   s.Privilege,
		Columns:     slices.Clone(s.Columns), // in their order until they are checked
		Duration:    entry.Form.Duration(s.Answers),
		Form:        entry.Form.Of(),
		Answers:     s.Answers,
		Renews:      s.Renews,
		Agreements:  e.accepted(by, entry.Agreements),
		Submitted:   e.now(),
	}}
	d.facts = review.NewFacts(d.request, entry.Form, asset, by, beneficiary, d.request.Submitted)
	return d, beneficiary, e.addTags(ctx, &d.facts, asset.Ref)
}

// kindOf is what a beneficiary is, unless it is a person.
func kindOf(i request.Identity) request.IdentityKind {
	if i.Is(request.Person) {
		return ""
	}
	return i.Kind
}

// complete fills in what a submission leaves out, and refuses what no form knows.
func (s Submission) complete(by request.Identity) (Submission, error) {
	if s.Type == "" {
		s.Type = request.DataAccess
	}
	if s.Privilege == "" {
		s.Privilege = request.Read
	}
	if s.Beneficiary == "" {
		s.Beneficiary = by.Person()
	}
	var faults []request.Fault
	if s.Type != request.DataAccess && s.Type != request.MaskingException {
		faults = append(faults, request.Fault{Field: "type", Reason: "must be DATA_ACCESS or MASKING_EXCEPTION"})
	}
	if n := len(s.Beneficiary); n > request.MaxPersonBytes {
		faults = append(faults, request.Fault{Field: "beneficiary", Reason: fmt.Sprintf("has %d bytes, at most %d are allowed", n, request.MaxPersonBytes)})
	}
	if s.Privilege != request.Read && s.Privilege != request.ReadWrite {
		faults = append(faults, request.Fault{Field: "privilege", Reason: "must be READ or READ_WRITE"})
	}
	if len(faults) > 0 {
		return s, &request.InvalidError{What: "request", Faults: faults}
	}
	return s, nil
}

func (e *Engine) checkAnswers(ctx context.Context, form request.Form, answers request.Answers, f review.Facts) error {
	return form.Check(answers, func(condition string) (bool, error) { return e.holds(ctx, form, condition, f) })
}

// holds evaluates the condition of a question.
func (e *Engine) holds(ctx context.Context, form request.Form, condition string, f review.Facts) (bool, error) {
	asked, err := e.questions.get(condition, func() (review.Condition, error) {
		return review.CompileQuestion("form "+string(form.Name), condition)
	})
	if err != nil {
		return false, err
	}
	return asked(ctx, f)
}

// checkColumns refuses columns that the asset does not have, exceptions from masks
// that do not hold, and writing to what is shown masked.
func (e *Engine) checkColumns(ctx context.Context, req request.Request, a catalog.Asset) error {
	m, err := e.maskingOf(ctx, a.Ref)
	if err != nil {
		return err
	}
	faults := checkMasked(req, m.Show)
	columns := req.Columns
	if len(columns) > max(len(a.Columns), request.MaxFaults) {
		return &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "columns", Reason: fmt.Sprintf("are %d, the asset has %d", len(columns), len(a.Columns))}}}
	}
	for i, name := range columns {
		switch {
		case !slices.ContainsFunc(a.Columns, func(c catalog.Column) bool { return c.Name == name }):
			faults = append(faults, request.Fault{Field: fmt.Sprintf("columns[%d]", i), Reason: fmt.Sprintf("%.60q is no column of %s", name, a.Ref)})
		case slices.Contains(columns[:i], name):
			faults = append(faults, request.Fault{Field: fmt.Sprintf("columns[%d]", i), Reason: fmt.Sprintf("%q is named twice", name)})
		}
	}
	if len(faults) > 0 {
		return &request.InvalidError{What: "request", Faults: faults}
	}
	return nil
}

// identify pins who the beneficiary is on the platform, and what stands there
// under the asset's name.
func (e *Engine) identify(ctx context.Context, d *draft, beneficiary request.Identity) error {
	ctx, cancel := context.WithTimeout(ctx, e.config.PlatformTimeout)
	defer cancel()
	connection, err := store.Connections.Get(ctx, e.config.Store, d.asset.Ref.Connection())
	if err != nil {
		return err
	}
	if !connection.Value.Principals.Takes(string(beneficiary.Kind)) {
		return &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "beneficiary", Reason: fmt.Sprintf(
			"is a %s, and connection %s gives no access to that; it does to %s", beneficiary.Kind, connection.Value.Name, connection.Value.Principals.Taken())}}}
	}
	name, err := e.principal(ctx, connection.Value, beneficiary)
	if err != nil {
		return err
	}
	standing := provision.Standing{
		Principal: request.Principal{Name: name},
		Asset:     d.asset,
		Want:      []provision.Access{accessOf(d.request.Type, d.request.Privilege, d.request.Columns)},
	}
	p, err := e.provisioner(ctx, connection.Value.Name)
	if err != nil {
		return err
	}
	if d.how, err = e.methodOn(ctx, d.asset.Ref); err != nil {
		return err
	}
	veiled, err := e.veil(ctx, d.asset.Ref, []provision.Standing{standing}, nil)
	if err != nil {
		return err
	}
	if checker, is := p.(provision.Checker); is {
		standing, err = checkAsItStands(ctx, checker, veiled[0])
		if errors.Is(err, provision.ErrByHand) {
			d.how, err = provision.Manual, nil
		}
		if err != nil {
			return unasked(connection.Value.Name, err)
		}
	}
	if d.request.Parts, err = e.strictParts(ctx, p, standing.Asset); err != nil {
		return unasked(connection.Value.Name, err)
	}
	d.asset = standing.Asset
	d.request.Principal, d.request.Object = standing.Principal, standing.Asset.Object()
	return nil
}

// checkAsItStands checks the object that stands under the asset's name now, if
// that is of the kind and owner that the last sync saw: nobody has approved of any
// yet.
func checkAsItStands(ctx context.Context, checker provision.Checker, want provision.Standing) (provision.Standing, error) {
	checked, err := checker.Check(ctx, want)
	replaced := (*provision.ReplacedError)(nil)
	if !errors.As(err, &replaced) || replaced.Now.Kind != want.Asset.Kind || replaced.Now.Owner != want.Asset.Source.Owner || replaced.Now.ID == "" {
		return checked, err
	}
	want.Asset.ID = replaced.Now.ID
	return checker.Check(ctx, want)
}
