package grantwright

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Submission is what a requester hands in.
type Submission struct {
	Asset       catalog.Ref
	Type        request.Type      // zero means DATA_ACCESS
	Beneficiary request.PersonID  // zero means the requester
	Privilege   request.Privilege // zero means READ
	Columns     []string          // none means the whole asset
	Answers     request.Answers

	// Key makes a repeated submission the same one: it returns the request that
	// the first one made. Empty repeats nothing. A key holds for one requester;
	// using it for another submission is a *KeyError.
	Key string `json:"-"`
}

// MaxKeyBytes bounds an idempotency key.
const MaxKeyBytes = 255

// KeyError says that an idempotency key was used for something else before.
type KeyError struct{ Key string }

func (e *KeyError) Error() string {
	return fmt.Sprintf("grantwright: idempotency key %q was used for another submission; take a new one", e.Key)
}

// OpenError says that a request for the same thing is open. Someone else made
// it, so nothing more is said of it.
type OpenError struct{ Asset catalog.Ref }

func (e *OpenError) Error() string {
	return fmt.Sprintf("grantwright: a request for the same access to %s is open already", e.Asset)
}

// PrincipalTakenError says that a principal is somebody else's.
type PrincipalTakenError struct{ Connection, Principal string }

func (e *PrincipalTakenError) Error() string {
	return fmt.Sprintf("grantwright: principal %q of connection %s belongs to another person; an administrator has to mend the connection's mapping", e.Principal, e.Connection)
}

// Submit makes a request. A flow may decide it at once. If the requester has
// asked for the same already, and that is open, the first request is returned;
// if someone else has, the error is an *OpenError. What is wrong with the
// submission is a *request.InvalidError that names each fault. The platform is
// asked whether it knows the principal and could give the access; if it cannot
// be reached, nothing is stored and the error says so.
func (e *Engine) Submit(ctx context.Context, by request.Identity, s Submission) (request.Request, error) {
	if err := by.Check(); err != nil {
		return request.Request{}, err
	}
	replay, err := newReplay(by, s)
	if err != nil {
		return request.Request{}, err
	}
	if first, err := e.replayed(ctx, replay, s.Key); err != nil || first.ID != "" {
		return first, err
	}
	d, err := e.draft(ctx, by, s)
	if err != nil {
		return request.Request{}, err
	}
	var req request.Request
	err = e.change(ctx, func(c *store.Change) (err error) {
		if req, err = e.replayed(ctx, replay, s.Key); err != nil || req.ID != "" {
			return err
		}
		req = d.request
		if replay.Request = req.ID; s.Key != "" {
			store.Replays.Insert(c, replay)
		}
		return e.submit(ctx, c, by, d, &req)
	})
	if taken := (*store.TakenError)(nil); errors.As(err, &taken) && taken.Name == "open" {
		return e.alreadyOpen(ctx, by, request.ID(taken.ID), d.request.Asset)
	}
	if err != nil {
		return request.Request{}, err
	}
	e.provisionSoon(req)
	return req, nil
}

// draft is a submission that has been checked, with all that deciding needs.
type draft struct {
	request  request.Request
	asset    catalog.Asset
	facts    review.Facts
	policies []*review.Policy
	how      provision.Method
}

// draft checks everything about a submission and stores nothing.
func (e *Engine) draft(ctx context.Context, by request.Identity, s Submission) (draft, error) {
	s, err := s.complete(by)
	if err != nil {
		return draft{}, err
	}
	asset, err := e.asset(ctx, s.Asset)
	if err != nil {
		return draft{}, err
	}
	entry, err := e.entry(ctx, asset, s.Type)
	if err != nil {
		return draft{}, err
	}
	beneficiary, err := e.person(ctx, s.Beneficiary, by)
	if err != nil {
		return draft{}, err
	}
	d := draft{asset: asset, request: request.Request{
		ID:          request.ID(e.config.NewID()),
		Type:        s.Type,
		Asset:       asset.Ref,
		Requester:   by.Person(),
		Beneficiary: s.Beneficiary,
		Privilege:   s.Privilege,
		Columns:     s.Columns,
		Duration:    entry.Form.Duration(s.Answers),
		Form:        entry.Form.Of(),
		Answers:     s.Answers,
		Submitted:   e.now(),
	}}
	d.facts = review.NewFacts(d.request, entry.Form, asset, by, beneficiary, d.request.Submitted)
	if err := errors.Join(e.checkAnswers(ctx, entry.Form, s.Answers, d.facts), checkColumns(s.Columns, asset)); err != nil {
		return draft{}, err
	}
	if d.policies, err = e.newestPolicies(ctx, entry.From.Flows(entry.Form)); err != nil {
		return draft{}, err
	}
	return d, e.identify(ctx, &d, beneficiary)
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
	s.Columns = slices.Sorted(slices.Values(s.Columns))
	var faults []request.Fault
	if s.Type == request.MaskingException {
		faults = append(faults, request.Fault{Field: "type", Reason: "is MASKING_EXCEPTION, but no column of the asset is masked; ask for DATA_ACCESS"})
	} else if s.Type != request.DataAccess {
		faults = append(faults, request.Fault{Field: "type", Reason: "must be DATA_ACCESS or MASKING_EXCEPTION"})
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
	return form.Check(answers, func(condition string) (bool, error) {
		asked, err := review.CompileQuestion("form "+string(form.Name), condition)
		if err != nil {
			return false, err
		}
		return asked(ctx, f)
	})
}

func checkColumns(columns []string, a catalog.Asset) error {
	var faults []request.Fault
	for i, name := range columns {
		switch {
		case !slices.ContainsFunc(a.Columns, func(c catalog.Column) bool { return c.Name == name }):
			faults = append(faults, request.Fault{Field: fmt.Sprintf("columns[%d]", i), Reason: fmt.Sprintf("%q is no column of %s", name, a.Ref)})
		case i > 0 && columns[i-1] == name:
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
	name, err := e.principal(ctx, connection.Value, beneficiary)
	if err != nil {
		return err
	}
	standing := provision.Standing{
		Principal: request.Principal{Name: name},
		Asset:     d.asset,
		Want:      []provision.Access{{Privilege: d.request.Privilege, Columns: d.request.Columns}},
	}
	p, err := e.provisioner(ctx, connection.Value.Name)
	if err != nil {
		return err
	}
	if d.how = provision.Auto; p == nil {
		d.how = provision.Manual
	}
	if checker, is := p.(provision.Checker); is {
		if standing, err = checker.Check(ctx, standing); err != nil {
			return fmt.Errorf("grantwright: asking connection %s: %w", connection.Value.Name, err)
		}
	}
	d.asset = standing.Asset
	d.request.Principal, d.request.Object = standing.Principal, standing.Asset.Object()
	return nil
}

// submit adds to a change all that a new request brings.
func (e *Engine) submit(ctx context.Context, c *store.Change, by request.Identity, d draft, req *request.Request) error {
	rev, err := review.Open(ctx, d.facts, d.policies...)
	if err != nil {
		return err
	}
	rev.Request, req.Status = req.ID, request.Pending
	if err := errors.Join(e.claim(ctx, c, by.Person(), req), e.remember(ctx, c, by)); err != nil {
		return err
	}
	e.tell(c, RequestCreated, by.Person(), req, created{req.Asset, req.Beneficiary, req.Privilege, req.Duration}, store.Reviews.Subject(req.ID))
	store.Reviews.Insert(c, rev)
	if rev.Status != request.Pending {
		if err := e.decide(ctx, c, request.SystemID, req, rev, d.asset, d.how, determined{Status: rev.Status, Rule: rev.Rule, Reason: rev.Comment}); err != nil {
			return err
		}
	}
	store.Requests.Insert(c, *req)
	return nil
}

// created is what the event request.created tells.
type created struct {
	Asset       catalog.Ref       `json:"asset"`
	Beneficiary request.PersonID  `json:"beneficiary"`
	Privilege   request.Privilege `json:"privilege"`
	Duration    request.Duration  `json:"duration"`
}

// alreadyOpen answers a submission that asks for what is asked for already.
func (e *Engine) alreadyOpen(ctx context.Context, by request.Identity, id request.ID, asset catalog.Ref) (request.Request, error) {
	first, err := store.Requests.Get(ctx, e.config.Store, id)
	if err != nil {
		return request.Request{}, err
	}
	if first.Value.Requester != by.Person() {
		return request.Request{}, &OpenError{Asset: asset}
	}
	return first.Value, nil
}

// newReplay is how a submission is known again.
func newReplay(by request.Identity, s Submission) (store.Replay, error) {
	if len(s.Key) > MaxKeyBytes || !utf8.ValidString(s.Key) {
		return store.Replay{}, &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "key", Reason: fmt.Sprintf("must be UTF-8 of at most %d bytes", MaxKeyBytes)}}}
	}
	body, err := json.Marshal(s)
	if err != nil {
		return store.Replay{}, err
	}
	return store.Replay{Key: store.Digest(string(by.Person()) + "\nsubmit\n" + s.Key), Body: store.Digest(string(body))}, nil
}

// replayed returns the request that a submission has made before; zero if it has
// not.
func (e *Engine) replayed(ctx context.Context, r store.Replay, key string) (request.Request, error) {
	if key == "" {
		return request.Request{}, nil
	}
	before, err := store.Replays.Get(ctx, e.config.Store, r.Key)
	if err != nil {
		return request.Request{}, unlessMissing(err)
	}
	if before.Value.Body != r.Body {
		return request.Request{}, &KeyError{key}
	}
	first, err := store.Requests.Get(ctx, e.config.Store, before.Value.Request)
	return first.Value, err
}
