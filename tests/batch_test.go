package tests

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

func TestBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	items := []request.Submission{asking("30 DAYS"), customers("1 HOURS")}
	made, err := w.SubmitBatch(ctx, eve, "key", items)
	must(t, err)
	if len(made) != 2 || made[0].Batch == "" || made[0].Batch != made[1].Batch || made[0].ID == made[1].ID {
		t.Fatalf("the batch is %+v", made)
	}
	if made[0].Status != request.Pending || made[1].Status != request.Approved {
		t.Errorf("the requests are %s and %s", made[0].Status, made[1].Status)
	}
	w.settle(t, made[1])
	again, err := w.SubmitBatch(ctx, eve, "key", items)
	if err != nil || again[0].ID != made[0].ID || again[1].ID != made[1].ID {
		t.Errorf("with the same key: %v, %v", again, err)
	}
	if _, err := w.SubmitBatch(ctx, eve, "key", items[:1]); !errors.As(err, new(*request.KeyError)) {
		t.Errorf("another batch with the same key: %v", err)
	}
	w.determine(t, owner, made[0], review.Deny)
	all, err := w.Batch(ctx, eve, made[0].Batch)
	must(t, err)
	stands := map[catalog.Ref]string{}
	for _, c := range all {
		stands[c.Request.Asset] = fmt.Sprint(c.Request.Status, " ", c.Grant.State)
	}
	want := map[catalog.Ref]string{orders: "DENIED ", customers("").Asset: "APPROVED ACTIVE"}
	if diff := cmp.Diff(want, stands); diff != "" {
		t.Errorf("the batch differs (-want +got):\n%s", diff)
	}
	if _, err := w.Batch(ctx, eve, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no batch: %v", err)
	}
}

// What is open already stands in the batch as it is; what someone else asks for
// refuses all of it.
func TestBatchOfWhatIsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	first := w.submit(t, eve, "30 DAYS")
	made, err := w.SubmitBatch(ctx, eve, "", []request.Submission{asking("30 DAYS"), customers("30 DAYS")})
	must(t, err)
	if made[0].ID != first.ID || made[0].Batch != "" || made[1].Batch == "" {
		t.Errorf("the batch is %+v", made)
	}
	other := asking("30 DAYS")
	other.Beneficiary = frank.Person()
	theirs, err := w.Submit(ctx, frank, other)
	must(t, err)
	more := customers("30 DAYS")
	more.Beneficiary = frank.Person()
	if _, err := w.SubmitBatch(ctx, eve, "", []request.Submission{more, other}); !errors.As(err, new(*request.OpenError)) {
		t.Errorf("what %s asks for: %v", theirs.Requester, err)
	}
	mine, err := w.Requests(ctx, frank, grantwright.RequestQuery{})
	if err != nil || len(mine.Requests) != 1 {
		t.Errorf("half of a batch is stored: %v, %v", mine.Requests, err)
	}
}

func TestBatchFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad := customers("SOON")
	keyed := asking("1 DAYS")
	keyed.Key = "key"
	for _, tt := range []struct {
		items []request.Submission
		want  []string
	}{
		{nil, []string{"items"}},
		{make([]request.Submission, request.MaxBatch+1), []string{"items"}},
		{[]request.Submission{keyed}, []string{"items[0].key"}},
		{[]request.Submission{asking("1 DAYS"), asking("2 DAYS")}, []string{"items[1].asset"}},
		{[]request.Submission{asking("NEVER"), bad}, []string{"items[0].answers.duration", "items[1].answers.duration"}},
	} {
		_, err := w.SubmitBatch(t.Context(), eve, "", tt.items)
		invalid := (*request.InvalidError)(nil)
		if !errors.As(err, &invalid) {
			t.Errorf("got %v, want faults of %v", err, tt.want)
			continue
		}
		var fields []string
		for _, f := range invalid.Faults {
			fields = append(fields, f.Field)
		}
		if diff := cmp.Diff(tt.want, fields); diff != "" {
			t.Errorf("the faults differ (-want +got):\n%s", diff)
		}
	}
}

// Many who hand in the same batch at once make its requests once.
func TestBatchAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := make([][2]request.ID, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			made, err := w.SubmitBatch(context.Background(), eve, "key", []request.Submission{asking("30 DAYS"), customers("30 DAYS")})
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = [2]request.ID{made[0].ID, made[1].ID}
		})
	}
	all.Wait()
	for _, got := range ids {
		if got != ids[0] {
			t.Errorf("%v and %v", ids[0], got)
		}
	}
}

// team and robot are beneficiaries who are no people.
var (
	team  = request.Identity{ID: "analysts", Kind: request.Group, Attributes: map[string][]string{"login": {"analysts"}}}
	robot = request.Identity{ID: "robot", Kind: request.Service, Owner: owner.Person(), Attributes: map[string][]string{"login": {"robot"}}}
)

func withKinds(kinds ...string) func(*testing.T) *world {
	return func(t *testing.T) *world {
		w := newWorld(t, func(c *grantwright.Config) { c.Directory = append(request.Roster{team, robot}, everybody...) })
		must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com",
			Principals: catalog.Principals{Expression: "person.attributes.login[0]", Kinds: kinds}}))
		return w
	}
}

func forWhom(i request.Identity) request.Submission {
	s := asking("30 DAYS")
	s.Beneficiary = i.Person()
	return s
}

func TestBeneficiaryKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kinds []string
		takes []request.Identity
		not   []request.Identity
	}{
		{nil, []request.Identity{frank}, []request.Identity{team, robot}},
		{[]string{"SERVICE"}, []request.Identity{robot}, []request.Identity{frank, team}},
		{[]string{"PERSON", "GROUP"}, []request.Identity{frank, team}, []request.Identity{robot}},
	} {
		w := withKinds(tt.kinds...)(t)
		for _, i := range tt.takes {
			req, err := w.Submit(t.Context(), eve, forWhom(i))
			if err != nil || req.For != i.Kind || req.Principal.Name != i.Attributes["login"][0] {
				t.Errorf("%v, for %s: %+v, %v", tt.kinds, i.ID, req, err)
			}
		}
		for _, i := range tt.not {
			if _, err := w.Submit(t.Context(), eve, forWhom(i)); !errors.As(err, new(*request.InvalidError)) {
				t.Errorf("%v, for %s: %v, want it refused", tt.kinds, i.ID, err)
			}
		}
	}
}

// Nobody decides on what is for a service that they own, or a group that they are
// a member of.
func TestNobodyDecidesForTheirOwnGroupOrService(t *testing.T) {
	t.Parallel()
	w := withKinds("PERSON", "GROUP", "SERVICE")(t)
	for _, tt := range []struct {
		of      request.Identity
		barred  request.Identity
		another request.Identity
	}{
		{robot, owner, twice},
		{team, request.Identity{ID: "member@example.com", Groups: []string{"analysts", "sales-owners"}}, owner},
	} {
		req, err := w.Submit(t.Context(), frank, forWhom(tt.of))
		must(t, err)
		if _, err := w.Determine(t.Context(), tt.barred, req.ID, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrOwnRequest) {
			t.Errorf("%s decides on what is for %s: %v", tt.barred.ID, tt.of.ID, err)
		}
		waits, err := w.Requests(t.Context(), tt.barred, grantwright.RequestQuery{Role: grantwright.Steward})
		if err != nil || len(waits.Requests) != 0 {
			t.Errorf("it waits for %s: %v, %v", tt.barred.ID, waits.Requests, err)
		}
		if c, err := w.Request(t.Context(), tt.barred, req.ID); err != nil || c.May.Approve || c.May.Deny {
			t.Errorf("%s may %+v, %v", tt.barred.ID, c.May, err)
		}
		w.determine(t, tt.another, req, review.Approve)
		_, err = w.Cancel(t.Context(), frank, req.ID)
		if err != nil && !errors.Is(err, review.ErrDecided) && !errors.Is(err, store.ErrState) {
			t.Error(err)
		}
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p, err := w.Preview(ctx, eve, asking("30 DAYS"))
	must(t, err)
	want := []grantwright.Step{{Name: "owners and privacy", Mode: review.All, Stewards: []string{"group sales-owners", "group privacy"}}}
	if diff := cmp.Diff(want, p.Steps); diff != "" || p.Status != request.Pending || len(p.Has) != 0 {
		t.Errorf("%s, has %v; the steps differ (-want +got):\n%s", p.Status, p.Has, diff)
	}
	if p.NoPlan != "" || len(p.Plan.Statements) != 1 {
		t.Errorf("planned %v, because %q", p.Plan.Statements, p.NoPlan)
	}
	short, err := w.Preview(ctx, eve, asking("1 HOURS"))
	if err != nil || short.Status != request.Approved || short.Comment != "an hour is fine" || len(short.Steps) != 0 {
		t.Errorf("an hour: %+v, %v", short, err)
	}
	if all, err := w.Requests(ctx, eve, grantwright.RequestQuery{}); err != nil || len(all.Requests) != 0 {
		t.Errorf("a preview has made requests: %v, %v", all.Requests, err)
	}
	granted := w.approved(t, eve, "10 DAYS")
	p, err = w.Preview(ctx, eve, asking("30 DAYS"))
	must(t, err)
	held := []grantwright.Held{{At: orders, Access: provision.Access{Privilege: request.Read}, Ends: w.caseOf(t, granted).Grant.Ends}}
	if diff := cmp.Diff(held, p.Has); diff != "" {
		t.Errorf("what eve has differs (-want +got):\n%s", diff)
	}
}

// A steward sees how many variants were tried. The same again is none, and what
// is wrong has shown nothing.
func TestPreviewsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, d := range []string{"30 DAYS", "20 DAYS", "30 DAYS", "SOON", "10 DAYS"} {
		_, err := w.Preview(t.Context(), eve, asking(d))
		must(t, err)
	}
	_, err := w.Preview(t.Context(), eve, customers("3 DAYS"))
	must(t, err)
	_, err = w.Preview(t.Context(), frank, asking("3 DAYS"))
	must(t, err)
	first := w.submit(t, eve, "30 DAYS")
	second, err := w.Submit(t.Context(), twice, forWhom(frank))
	must(t, err)
	if w.caseOf(t, first).Request.Tried != 3 || second.Tried != 0 {
		t.Errorf("%d and %d variants were tried, want 3 and none", first.Tried, second.Tried)
	}
}

func TestPreviewOfFaults(t *testing.T) {
	t.Parallel()
	w := withForm(t)
	for _, tt := range []struct {
		answers request.Answers
		asked   []string
		faults  []string
	}{
		{nil, []string{"region", "time"}, []string{"answers.region", "answers.time", "agreements.terms"}},
		{request.Answers{"region": {"EU"}}, []string{"region", "time"}, []string{"answers.time", "agreements.terms"}},
		{request.Answers{"region": {"US"}, "time": {"1 DAYS"}}, []string{"region", "why", "time"}, []string{"answers.why", "agreements.terms"}},
	} {
		p, err := w.Preview(t.Context(), eve, request.Submission{Asset: orders, Answers: tt.answers})
		must(t, err)
		var fields []string
		for _, f := range p.Faults {
			fields = append(fields, f.Field)
		}
		if diff := cmp.Diff(tt.asked, p.Asked) + cmp.Diff(tt.faults, fields); diff != "" || p.Entry.Form.Name != "sales" || p.Status != "" {
			t.Errorf("%v: form %s, %s (-want +got):\n%s", tt.answers, p.Entry.Form.Name, p.Status, diff)
		}
	}
}

func TestPreviewOfAContainer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveForm(t, request.Form{Name: "other"})
	for _, at := range []catalog.Ref{"warehouse:sales.public", orders, "warehouse:sales.public.customers", `warehouse:sales."p.q"`, "warehouse:sales2.public", "warehouse:sales"} {
		must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: at, Type: request.DataAccess, Form: "other"}))
	}
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: "warehouse:sales.private", Type: request.MaskingException, Form: "other"}))
	for _, tt := range []struct {
		asset catalog.Ref
		want  []catalog.Ref
	}{
		{"warehouse:sales", []catalog.Ref{`warehouse:sales."p.q"`, "warehouse:sales.public"}},
		{"warehouse:sales.public", []catalog.Ref{"warehouse:sales.public.customers", orders}},
		{orders, nil},
	} {
		p, err := w.Preview(t.Context(), eve, request.Submission{Asset: tt.asset})
		must(t, err)
		if diff := cmp.Diff(tt.want, p.Excluded); diff != "" {
			t.Errorf("%s: what is excluded differs (-want +got):\n%s", tt.asset, diff)
		}
	}
}
