package decisions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Draft is a submission that has been checked, with all that deciding needs.
type Draft struct {
	Request  request.Request
	Entry    request.Entry
	Asset    catalog.Asset
	Facts    review.Facts
	policies []*review.Policy
	How      provision.Method
	unsure   string // why no rule approves it, if guardrails read what is not known
}

// Draft checks everything about a submission and stores nothing.
func (ds *Decisions) Draft(ctx context.Context, by request.Identity, s request.Submission) (Draft, error) {
	if err := by.CheckAsksFor(cmp.Or(s.Beneficiary, by.Person()), "submit requests"); err != nil {
		return Draft{}, err
	}
	d, beneficiary, err := ds.BeginDraft(ctx, by, s)
	if err != nil {
		return Draft{}, err
	}
	renewal, err := ds.renewalFaults(ctx, by, d.Request)
	if err != nil {
		return Draft{}, err
	}
	err = errors.Join(ds.checkAnswers(ctx, d.Entry.Form, s.Answers, d.Facts), request.CheckAccepted(d.Entry.Agreements, s.Agreements), ds.checkColumns(ctx, d.Request, d.Asset), renewal)
	if err != nil {
		return d, err // with the facts, from which a preview still tells what is asked
	}
	slices.Sort(d.Request.Columns)
	if d.policies, err = ds.Rules.NewestPolicies(ctx, d.Entry.From.Flows(d.Entry.Form)); err != nil {
		return Draft{}, err
	}
	if err := ds.Rules.AddAlone(ctx, &d.Facts, d.Asset, &d.Entry.From); err != nil {
		return Draft{}, err
	}
	return d, ds.Identify(ctx, &d, beneficiary)
}

// BeginDraft finds the asset and the beneficiary of a submission, and does not look
// at its answers.
func (ds *Decisions) BeginDraft(ctx context.Context, by request.Identity, s request.Submission) (d Draft, beneficiary request.Identity, err error) {
	if s, err = s.Complete(by); err != nil {
		return d, beneficiary, err
	}
	asset, err := ds.Rules.Asset(ctx, s.Asset)
	if err != nil {
		return d, beneficiary, err
	}
	entry, err := ds.Rules.Entry(ctx, asset, s.Type)
	if err != nil {
		return d, beneficiary, err
	}
	if beneficiary, err = ds.People.Person(ctx, s.Beneficiary, by); err != nil {
		return d, beneficiary, err
	}
	if err := errors.Join(ds.People.CheckInUse(ctx, asset.Ref), ds.People.CheckBeneficiary(ctx, s.Beneficiary)); err != nil {
		return d, beneficiary, err
	}
	d = Draft{Asset: asset, Entry: entry, Request: request.Request{
		ID:          request.ID(ds.NewID()),
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
		Agreements:  ds.Rules.Acceptances(by, entry.Agreements),
		Submitted:   ds.Now(),
	}}
	if s.Emergency != "" {
		d.Request.Emergency = &request.EmergencyAccess{Reason: s.Emergency}
	}
	d.Facts = review.NewFacts(d.Request, entry.Form, asset, by, beneficiary, d.Request.Submitted)
	return d, beneficiary, ds.Rules.AddTags(ctx, &d.Facts, asset)
}

// kindOf is what a beneficiary is, unless it is a person.
func kindOf(i request.Identity) request.IdentityKind {
	if i.Is(request.Person) {
		return ""
	}
	return i.Kind
}

func (ds *Decisions) checkAnswers(ctx context.Context, form request.Form, answers request.Answers, f review.Facts) error {
	return form.Check(answers, func(condition string) (bool, error) { return ds.Holds(ctx, form, condition, f) })
}

// Holds evaluates the condition of a question.
func (ds *Decisions) Holds(ctx context.Context, form request.Form, condition string, f review.Facts) (bool, error) {
	asked, err := ds.questions.Load(condition, func() (review.Condition, error) {
		return review.CompileQuestion("form "+string(form.Name), condition)
	})
	if err != nil {
		return false, err
	}
	return asked(ctx, f)
}

// checkColumns refuses columns that the asset does not have, exceptions from masks
// that do not hold, and writing to what is shown masked.
func (ds *Decisions) checkColumns(ctx context.Context, req request.Request, a catalog.Asset) error {
	m, err := ds.Rules.MaskingOf(ctx, a.Ref)
	if err != nil {
		return err
	}
	faults := req.CheckMasks(m.Show)
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

// Identify pins the principal of the beneficiary on the platform, and the object
// that has the name of the asset there.
func (ds *Decisions) Identify(ctx context.Context, d *Draft, beneficiary request.Identity) error {
	ctx, cancel := context.WithTimeout(ctx, ds.Timeout)
	defer cancel()
	connection, err := records.Connections.Get(ctx, ds.Store, d.Asset.Ref.Connection())
	if err != nil {
		return err
	}
	if !connection.Value.Principals.Takes(string(beneficiary.Kind)) {
		return &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "beneficiary", Reason: fmt.Sprintf(
			"is a %s, and connection %s gives no access to that; it does to %s", beneficiary.Kind, connection.Value.Name, connection.Value.Principals.Taken())}}}
	}
	name, err := ds.Platforms.Principal(ctx, connection.Value, beneficiary)
	if err != nil {
		return err
	}
	d.Request.ColumnIDs = d.Asset.IDsOf(d.Request.Columns)
	standing := provision.Standing{
		Principal: request.Principal{Name: name, Group: beneficiary.Is(request.Group)},
		Asset:     d.Asset,
		Want:      []provision.Access{provision.AccessOf(d.Request, d.Request.Privilege, d.Request.Columns)},
	}
	p, err := ds.Platforms.Provisioner(ctx, connection.Value.Name)
	if err != nil {
		return err
	}
	if d.How, err = ds.Rules.MethodOn(ctx, d.Asset.Ref); err != nil {
		return err
	}
	masked, err := ds.Rules.WithMasks(ctx, d.Asset.Ref, []provision.Standing{standing}, nil)
	if err != nil {
		return err
	}
	if checker, is := p.(provision.Checker); is {
		standing, err = checkAsItStands(ctx, checker, masked[0])
		if errors.Is(err, provision.ErrByHand) {
			d.How, err = provision.Manual, nil
		}
		if err != nil {
			return ds.Platforms.Unreachable(connection.Value.Name, err)
		}
	}
	if !d.Asset.Kind.Container() {
		reachNow(&d.Request, d.Asset.Through, standing.Asset.Through)
	}
	// What a sync has seen and what the platform says now add up.
	standing.Asset.Through, standing.Asset.Had = catalog.Join(d.Asset.Through, standing.Asset.Through), d.Asset.Had
	if d.Request.Parts, err = ds.Rules.StrictParts(ctx, standing.Asset, d.Request.Privilege == request.ReadWrite); err != nil {
		return err
	}
	d.Asset = standing.Asset
	if len(standing.Want) == 1 {
		d.Request.ColumnIDs = standing.Want[0].ColumnIDs
	}
	d.Request.Principal, d.Request.Object, d.Request.Definition = standing.Principal, standing.Asset.Object(), provision.Pinned(standing.Asset, d.Request.Privilege == request.ReadWrite)
	return nil
}

// reachNow notes what the platform says is opened with the asset, or changed, and no sync has
// seen. Too
// much of it is looked at again before anything is given.
func reachNow(req *request.Request, synced, now provision.Reach) {
	changed := slices.DeleteFunc(now.Changed(), func(t catalog.Through) bool {
		return slices.ContainsFunc(synced.Changed(), func(s catalog.Through) bool { return s.Ref == t.Ref })
	})
	req.Reached, req.Read = now.Digest(), catalog.Join(now.Beyond(synced), changed)
	if len(req.Read) > provision.MaxExcluded {
		req.Reached, req.Read = "", req.Read[:provision.MaxExcluded]
	}
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
	want.Want = slices.Clone(want.Want)
	for i := range want.Want {
		want.Want[i].ColumnIDs = nil // those of the other object
	}
	return checker.Check(ctx, want)
}
