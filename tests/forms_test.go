package tests

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// terms and sales are an agreement, and a form that wants it accepted.
var (
	terms = request.Agreement{Name: "terms", Title: "Terms of use", Text: "Be *kind*."}
	sales = request.Form{Name: "sales", Title: "Sales data", Agreements: []request.AgreementName{"terms"}, Questions: []request.Question{
		{ID: "region", Type: request.Dropdown, Title: "Region?", Required: true, Options: []string{"EU", "US"}},
		{ID: "why", Type: request.ShortAnswer, Title: "Why the US?", Required: true, When: `answers.region == "US"`},
		{ID: "time", Type: request.AccessDuration, Title: "How long?", Max: request.For(90, request.Days)},
	}}
)

// withForm attaches the form of the tests to the orders.
func withForm(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.saveAgreement(t, terms)
	w.saveForm(t, sales)
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "sales"}))
	return w
}

func (w *world) saveForm(t *testing.T, f request.Form) request.FormVersion {
	t.Helper()
	v, err := w.Governance().Forms.Save(t.Context(), gov, f)
	must(t, err)
	return v.Of()
}

func (w *world) saveAgreement(t *testing.T, a request.Agreement) request.AgreementVersion {
	t.Helper()
	v, err := w.Governance().Agreements.Save(t.Context(), gov, a)
	must(t, err)
	return v.Of()
}

// filled answers the form of the tests, with the terms in a version.
func filled(region string, version int) request.Submission {
	return request.Submission{Asset: orders, Answers: request.Answers{"region": {region}, "time": {"30 DAYS"}},
		Agreements: []request.AgreementVersion{{Name: "terms", Version: version}}}
}

// customers asks for another table than asking does, by the built-in form.
func customers(duration string) request.Submission {
	s := asking(duration)
	s.Asset = "warehouse:sales.public.customers"
	return s
}

func TestFormVersions(t *testing.T) {
	t.Parallel()
	w := withForm(t)
	ctx, g := t.Context(), w.Governance()
	req, err := w.Submit(ctx, eve, filled("EU", 1))
	must(t, err)

	changed := sales
	changed.Version, changed.Title = 1, "Sales data, again"
	if v := w.saveForm(t, changed); v.Version != 2 {
		t.Errorf("the second version is %d", v.Version)
	}
	for _, base := range []int{0, 1, 3} {
		changed.Version = base
		_, err := g.Forms.Save(ctx, gov, changed)
		stale := (*manifest.StaleError)(nil)
		if !errors.As(err, &stale) || !errors.Is(err, store.ErrConflict) || stale.Newest != 2 || stale.Based != base {
			t.Errorf("saving on version %d: %v", base, err)
		}
	}
	first, err := g.Forms.At(ctx, gov, "sales", 1)
	if err != nil || first.Title != "Sales data" || first.SavedBy != gov.Person() {
		t.Errorf("version 1 is %+v, %v", first, err)
	}
	if form := w.caseOf(t, req).Form; form.Version != 1 || form.Title != "Sales data" {
		t.Errorf("the request has become one of version %d", form.Version)
	}
	all, err := g.Forms.List(ctx, gov, "", 10)
	if err != nil || len(all) != 1 || all[0].Version != 2 {
		t.Errorf("the forms are %v, %v", all, err)
	}
}

func TestTheBuiltInFormCannotBeEdited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.Governance().Forms.Save(t.Context(), gov, request.DefaultForm); !errors.As(err, new(*request.InvalidError)) {
		t.Errorf("saving it: %v", err)
	}
	if err := w.Governance().Forms.Delete(t.Context(), gov, request.DefaultForm.Name, request.DefaultForm.Version); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleting it: %v", err)
	}
}

// A form is deleted only when it is attached nowhere and nobody waits for an
// answer to it; and then its versions are still there.
func TestDeletingWhatIsInUse(t *testing.T) {
	t.Parallel()
	w := withForm(t)
	ctx, g := t.Context(), w.Governance()
	sub := filled("EU", 1)
	req, err := w.Submit(ctx, eve, sub)
	must(t, err)
	v := request.FormVersion{Name: "sales", Version: 1}
	inUse := func(by ...string) {
		t.Helper()
		got := (*manifest.InUseError)(nil)
		if err := g.Forms.Delete(ctx, gov, v.Name, v.Version); !errors.As(err, &got) || cmp.Diff(by, got.By) != "" {
			t.Errorf("deleting it: %v, want it to be used by %v", err, by)
		}
	}
	inUse("attached at warehouse:sales.public.orders for DATA_ACCESS", "pending request "+string(req.ID))
	must(t, attach(ctx, g, gov, request.Attachment{At: orders, Type: request.DataAccess}))
	inUse("pending request " + string(req.ID))
	if err := g.Agreements.Delete(ctx, gov, "terms", 1); err == nil || !strings.Contains(err.Error(), `form "sales"`) {
		t.Errorf("deleting the agreement: %v", err)
	}
	if err := g.Flows.Delete(ctx, gov, "sales", 1); err == nil || !strings.Contains(err.Error(), "attached at warehouse:sales ") {
		t.Errorf("deleting the flow: %v", err)
	}
	_, err = w.Cancel(ctx, eve, req.ID)
	must(t, err)
	if err := g.Forms.Delete(ctx, gov, "sales", 2); !errors.As(err, new(*manifest.StaleError)) {
		t.Errorf("deleting another version: %v", err)
	}
	must(t, g.Forms.Delete(ctx, gov, v.Name, v.Version))
	must(t, g.Agreements.Delete(ctx, gov, "terms", 1))
	if _, err := g.Forms.Newest(ctx, gov, "sales"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
	if all, err := g.Forms.List(ctx, gov, "", 10); err != nil || len(all) != 0 {
		t.Errorf("the forms are %v, %v", all, err)
	}
	if form := w.caseOf(t, req).Form; form.Title != sales.Title {
		t.Errorf("the form of the request is %+v", form)
	}
	if got := w.caseOf(t, req).Agreements; len(got) != 1 || got[0].Text != terms.Text {
		t.Errorf("the agreements of the request are %+v", got)
	}
	// Under its name another form begins, with the next version.
	w.saveAgreement(t, terms)
	if again := w.saveForm(t, sales); again.Version != 2 {
		t.Errorf("a new form of that name has version %d", again.Version)
	}
}

func TestFormsThatNameNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, f := range []request.Form{
		{Name: "f", Flow: "none"},
		{Name: "f", Agreements: []request.AgreementName{"none"}},
	} {
		if _, err := w.Governance().Forms.Save(t.Context(), gov, f); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%+v: %v", f, err)
		}
	}
	late := request.Form{Name: "f", Questions: []request.Question{{ID: "a", Type: request.ShortAnswer, Title: "A", When: `answers.b == ""`}, {ID: "b", Type: request.ShortAnswer, Title: "B"}}}
	if _, err := w.Governance().Forms.Save(t.Context(), gov, late); !errors.As(err, new(*review.QuestionError)) {
		t.Errorf("a condition over a later answer: %v", err)
	}
}

func TestAgreements(t *testing.T) {
	t.Parallel()
	w := withForm(t)
	ctx := t.Context()
	fault := func(field string, accepted ...request.AgreementVersion) {
		t.Helper()
		s := filled("EU", 1)
		s.Agreements = accepted
		_, err := w.Submit(ctx, eve, s)
		invalid := (*request.InvalidError)(nil)
		if !errors.As(err, &invalid) || invalid.Faults[0].Field != field {
			t.Errorf("accepting %v: %v, want a fault of %s", accepted, err, field)
		}
	}
	fault("agreements.terms")
	fault("agreements.terms", request.AgreementVersion{Name: "terms", Version: 2})
	fault("agreements[1]", request.AgreementVersion{Name: "terms", Version: 1}, request.AgreementVersion{Name: "terms", Version: 1})
	fault("agreements[1]", request.AgreementVersion{Name: "terms", Version: 1}, request.AgreementVersion{Name: "others", Version: 1})

	changed := terms
	changed.Version, changed.Text = 1, "Be very kind."
	w.saveAgreement(t, changed)
	fault("agreements.terms", request.AgreementVersion{Name: "terms", Version: 1})
	req, err := w.Submit(ctx, eve, filled("EU", 2))
	must(t, err)
	want := []request.Acceptance{{Name: "terms", Version: 2, By: eve.Person(), At: w.clock.Now()}}
	if diff := cmp.Diff(want, w.caseOf(t, req).Request.Agreements); diff != "" {
		t.Errorf("what was accepted differs (-want +got):\n%s", diff)
	}
}

// Every fault of a submission is told at once: of the answers, by question, of
// the agreements and of the columns.
func TestEveryFaultOfASubmission(t *testing.T) {
	t.Parallel()
	w := withForm(t)
	s := filled("MARS", 1)
	s.Agreements, s.Columns, s.Answers["why"], s.Answers["time"] = nil, []string{"salary"}, []string{"x"}, []string{"1 YEARS"}
	_, err := w.Submit(t.Context(), eve, s)
	for _, want := range []string{`answers.region "MARS" is not one of the options`, "answers.time is 1 YEARS, at most 90 DAYS is allowed",
		"answers.why is not asked", "agreements.terms must be accepted, in version 1", `columns[0] "salary" is no column`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A question behind one that is hidden is hidden with it, also where nothing says
// what was answered to that; and an answer to it is refused.
func TestQuestionsBehindHiddenOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveForm(t, request.Form{Name: "chain", Questions: []request.Question{
		{ID: "region", Type: request.Dropdown, Title: "Region?", Required: true, Options: []string{"EU", "US"}},
		{ID: "why", Type: request.Dropdown, Title: "Why?", Required: true, When: `answers.region == "US"`, Options: []string{"audit", "other"}},
		{ID: "other", Type: request.ShortAnswer, Title: "Which?", Required: true, When: `answers.why == "other"`},
		{ID: "more", Type: request.ShortAnswer, Title: "More?", Required: true, When: `answers.other != "" && answers.region != "XX"`},
	}})
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "chain"}))
	for _, tt := range []struct {
		answers request.Answers
		asked   []string
		faults  []string
	}{
		{request.Answers{"region": {"EU"}}, []string{"region"}, nil},
		{request.Answers{"region": {"EU"}, "other": {"x"}, "more": {"x"}}, []string{"region", "more"}, []string{"answers.other"}},
		{request.Answers{"region": {"US"}}, []string{"region", "why"}, []string{"answers.why"}},
		{request.Answers{"region": {"US"}, "why": {"audit"}}, []string{"region", "why"}, nil},
		{request.Answers{"region": {"US"}, "why": {"other"}}, []string{"region", "why", "other"}, []string{"answers.other"}},
		{request.Answers{"region": {"US"}, "why": {"other"}, "other": {"x"}}, []string{"region", "why", "other", "more"}, []string{"answers.more"}},
		{request.Answers{"region": {"US"}, "why": {"other"}, "other": {"x"}, "more": {"y"}}, []string{"region", "why", "other", "more"}, nil},
	} {
		p, err := w.Preview(t.Context(), eve, request.Submission{Asset: orders, Answers: tt.answers})
		must(t, err)
		var fields []string
		for _, f := range p.Faults {
			fields = append(fields, f.Field)
		}
		if diff := cmp.Diff(tt.asked, p.Asked) + cmp.Diff(tt.faults, fields); diff != "" {
			t.Errorf("%v: (-want +got):\n%s", tt.answers, diff)
		}
	}
}

func TestAttachmentsWithoutEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, g := t.Context(), w.Governance()
	passing := flow
	passing.Name, passing.Default = "passing", review.Action{Act: review.Delegate}
	for _, f := range []review.Flow{passing} {
		_, err := g.Flows.Save(ctx, gov, f)
		must(t, err)
	}
	w.saveForm(t, request.Form{Name: "deciding", Flow: "sales"})
	w.saveForm(t, request.Form{Name: "passing", Flow: "passing"})
	w.saveForm(t, request.Form{Name: "plain"})
	for form, refused := range map[request.FormName]bool{"deciding": true, "passing": false, "plain": false, "default": false} {
		err := attach(ctx, g, gov, request.Attachment{At: orders, Type: request.DataAccess, Form: form, Flow: "sales"})
		if invalid := (*request.InvalidError)(nil); errors.As(err, &invalid) != refused || refused && !strings.Contains(err.Error(), `form "deciding", attached at the same place, has the flow "sales"`) {
			t.Errorf("form %s with a flow: %v, want it refused: %v", form, err, refused)
		}
	}
	must(t, attach(ctx, g, gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "plain", Flow: "sales"}))
	noEffect := func(err error) {
		t.Helper()
		if !errors.As(err, new(*request.InvalidError)) || !strings.Contains(err.Error(), `"sales" at warehouse:sales.public.orders would have no effect`) {
			t.Errorf("after it, an attachment would have no effect: %v", err)
		}
	}
	_, err := g.Forms.Save(ctx, gov, request.Form{Name: "plain", Version: 1, Flow: "sales"})
	noEffect(err)
	must(t, attach(ctx, g, gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "passing", Flow: "sales"}))
	passing.Version, passing.Default = 1, flow.Default
	_, err = g.Flows.Save(ctx, gov, passing)
	noEffect(err)
	w.saveForm(t, request.Form{Name: "plain", Version: 1, Flow: "sales"}) // it is attached nowhere now
	if err := attach(ctx, g, gov, request.Attachment{At: `warehouse:"sales"`, Type: request.DataAccess, Form: "plain"}); err == nil {
		t.Error("another spelling is attached")
	}
	if err := attach(ctx, g, gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "none"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a form that is not there: %v", err)
	}
}

// A form and a flow can be set on a connection, a database, a schema and an asset,
// for each type of request by itself, and cleared again: the nearest holds, and it
// is told where it comes from.
func TestAttachingAtEveryLevel(t *testing.T) {
	t.Parallel()
	for _, kind := range []request.Type{request.DataAccess, request.MaskingException} {
		w := newWorld(t)
		ctx, g := t.Context(), w.Governance()
		other := map[request.Type]request.Type{request.DataAccess: request.MaskingException, request.MaskingException: request.DataAccess}[kind]
		must(t, attach(ctx, g, gov, request.Attachment{At: "warehouse:sales", Type: request.DataAccess})) // clears what the world has
		holds := func(form request.FormName, flow request.FlowName, from catalog.Ref) {
			t.Helper()
			got, err := w.Assets().Entry(ctx, eve, orders, kind)
			must(t, err)
			want := request.Resolved{Form: form, FormFrom: from, Flow: flow, FlowFrom: from}
			if diff := cmp.Diff(want, got.From); diff != "" || got.Form.Name != form {
				t.Errorf("%s: form %s (-want +got):\n%s", kind, got.Form.Name, diff)
			}
			if got, err := w.Assets().Entry(ctx, eve, orders, other); err != nil || got.From.FormFrom != "" || got.From.FlowFrom != "" {
				t.Errorf("%s is set too: %+v, %v", other, got.From, err)
			}
		}
		levels := []catalog.Ref{"warehouse", "warehouse:sales", "warehouse:sales.public", orders}
		for _, at := range levels {
			f := flow
			f.Name = request.FlowName("at " + at)
			_, err := g.Flows.Save(ctx, gov, f)
			must(t, err)
			w.saveForm(t, request.Form{Name: request.FormName(f.Name)})
			must(t, attach(ctx, g, gov, request.Attachment{At: at, Type: kind, Form: request.FormName(f.Name), Flow: f.Name}))
			holds(request.FormName(f.Name), f.Name, at)
		}
		for i := len(levels) - 1; i > 0; i-- {
			must(t, attach(ctx, g, gov, request.Attachment{At: levels[i], Type: kind}))
			holds(request.FormName("at "+levels[i-1]), request.FlowName("at "+levels[i-1]), levels[i-1])
		}
		must(t, attach(ctx, g, gov, request.Attachment{At: "warehouse", Type: kind}))
		holds("default", "", "")
	}
}

// What is attached, changed or cleared leaves open requests as they are: they are
// decided by the flow, and read with the form, that they were made with.
func TestAttachmentsTouchNoOpenRequest(t *testing.T) {
	t.Parallel()
	w := withForm(t)
	ctx, g := t.Context(), w.Governance()
	req, err := w.Submit(ctx, eve, filled("EU", 1))
	must(t, err)
	before := w.caseOf(t, req)
	denying := review.Flow{Name: "nobody", Default: review.Action{Act: review.Deny}}
	_, err = g.Flows.Save(ctx, gov, denying)
	must(t, err)
	for _, a := range []request.Attachment{
		{At: orders, Type: request.DataAccess, Form: "default", Flow: "nobody"},
		{At: "warehouse:sales.public", Type: request.DataAccess, Flow: "nobody"},
		{At: orders, Type: request.DataAccess},
		{At: "warehouse:sales", Type: request.DataAccess},
	} {
		must(t, attach(ctx, g, gov, a))
		after := w.caseOf(t, req)
		if diff := cmp.Diff(before.Request, after.Request) + cmp.Diff(before.Review, after.Review) + cmp.Diff(before.Form, after.Form); diff != "" {
			t.Errorf("attaching %+v has touched it (-before +after):\n%s", a, diff)
		}
	}
	if req = w.determine(t, twice, req, review.Approve); req.Status != request.Approved {
		t.Errorf("its own stewards approve, and it is %s", req.Status)
	}
}
