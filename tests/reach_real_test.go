//go:build unix

package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// reached is a platform on which statements have made something to be read through, with
// an engine that has seen it.
func reached(t *testing.T, statements string) (*realPlatform, *grantwright.Engine) {
	t.Helper()
	p := newRealPlatform(t)
	superuser(t, p.Database, statements)
	p.prepare(t)
	e := p.engine(t)
	p.furnish(t, e)
	return p, e
}

// at names a place of the platform.
func (p *realPlatform) at(path string) catalog.Ref {
	return catalog.Ref("warehouse:" + p.Database + "." + path)
}

// asks has somebody ask for a place for so short that the flow of the tests approves it.
func (p *realPlatform) asks(t testing.TB, e *grantwright.Engine, who request.Identity, path string) (grantwright.Preview, request.Request) {
	t.Helper()
	s := asking("1 HOURS")
	s.Asset = p.at(path)
	preview, err := e.Preview(t.Context(), who, s)
	must(t, err)
	req, err := e.Submit(t.Context(), who, s)
	must(t, err)
	return preview, req
}

// gets is asks for what is given.
func (p *realPlatform) gets(t testing.TB, e *grantwright.Engine, who request.Identity, path string) provision.Grant {
	t.Helper()
	_, req := p.asks(t, e, who, path)
	g := p.approve(t, e, req)
	if g.State != provision.Active {
		t.Fatalf("the grant on %s is %s: %s", path, g.State, g.Error)
	}
	return g
}

func (p *realPlatform) sync(t testing.TB, e *grantwright.Engine) {
	t.Helper()
	_, err := e.Sync(t.Context(), admin, catalog.Ref("warehouse:"+p.Database))
	must(t, err)
}

func (p *realPlatform) reconcile(t testing.TB, e *grantwright.Engine, how provision.Reconcile) (found []string) {
	t.Helper()
	r, err := e.Reconcile(t.Context(), gov, "warehouse", how)
	must(t, err)
	for _, f := range r.Findings {
		found = append(found, fmt.Sprintf("%s %s", f.Kind, f.Asset))
	}
	slices.Sort(found)
	return found
}

func (p *realPlatform) classify(t testing.TB, e *grantwright.Engine, path string, columns ...catalog.ClassifiedColumn) {
	t.Helper()
	_, err := e.Governance().Classifications.Save(t.Context(), gov, catalog.Classification{At: p.at(path), Columns: columns})
	must(t, err)
}

var pii = catalog.ClassifiedColumn{Name: "mail", Tags: []string{"pii"}}

// A tag of a table, and a mask of it, hold for its partitions at any depth and for its
// children, wherever these stand and whoever is asked for, tomorrow's too.
func TestMasksOfATableHoldForItsParts(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema shop; create schema archive;
		create table shop.events (at int, mail text) partition by list (at);
		create table shop.events_1 partition of shop.events for values in (1);
		create table archive.events_2 partition of shop.events for values in (2) partition by list (mail);
		create table archive.events_2_x partition of archive.events_2 for values in ('2@example.com');
		create table shop.parent (id int, mail text); create table archive.kid (note text) inherits (shop.parent);
		insert into shop.events values (1, '1@example.com'), (2, '2@example.com'); insert into archive.kid values (3, '3@example.com', 'x')`)
	eve := p.login(t, "eve")
	p.classify(t, e, "shop.events", pii)
	for _, m := range []catalog.Mask{
		{Name: "tagged", At: "warehouse", Tags: []string{"pii"}, How: catalog.MaskHash},
		{Name: "parents", At: p.at("shop.parent"), Columns: []string{"mail"}, How: catalog.MaskNull},
	} {
		_, err := e.Governance().Masks.Save(t.Context(), gov, m)
		must(t, err)
	}
	shown := func(path string) string {
		t.Helper()
		var m request.AssetMasks
		enginetest.Until(t, "the masks of "+path+" are in force", func() bool {
			must(t, e.Work(t.Context()))
			var err error
			m, err = e.Masks().Of(t.Context(), gov, p.at(path))
			must(t, err)
			return m.Query != ""
		})
		return m.Query
	}
	holds := func(path, view string) {
		t.Helper()
		p.mustShow(t, eve, "mail", path, "permission denied")
		if got := p.shows(t, eve, "at, mail", view); strings.Contains(got, "@example.com") || !strings.Contains(got, "|") {
			t.Errorf("%s shows %q in %s", path, got, view)
		}
	}
	views := map[string]string{}
	for _, path := range []string{"shop.events", "shop.events_1", "archive.events_2", "archive.events_2_x"} {
		views[path] = shown(path)
	}
	kid := shown("archive.kid")
	p.gets(t, e, eve, "shop")
	p.gets(t, e, eve, "archive")
	for path, view := range views {
		holds(path, view)
	}
	// The mask at the parent alone is nearer than both schemas: what it is about is left
	// out of them, and is shown masked to whoever asks for it.
	p.mustShow(t, eve, "mail", kid, "permission denied")
	p.mustShow(t, eve, "mail", "archive.kid", "permission denied")
	p.gets(t, e, eve, "archive.kid")
	p.mustShow(t, eve, "id, coalesce(mail, 'null')", kid, "3|null")
	p.mustShow(t, eve, "mail", "archive.kid", "permission denied")

	superuser(t, p.Database, "create table shop.events_3 partition of shop.events for values in (3); insert into shop.events values (3, '4@example.com')")
	p.reconcile(t, e, provision.Reconcile{})
	p.mustShow(t, eve, "mail", "shop.events_3", "permission denied")
	p.sync(t, e)
	view := shown("shop.events_3")
	p.reconcile(t, e, provision.Reconcile{})
	holds("shop.events_3", view)
}

// A rule that reads the tags of a container is asked about all that is covered, and one
// that reads those of a view about all that the view reads.
func TestRulesAreAskedAboutAllThatIsRead(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema crm; create schema plain; create schema views;
		create table crm.customers (id int, mail text); create table plain.prices (id int);
		create view views.names as select id from crm.customers; create view views.all_of_them as select * from crm.customers; create view views.over as select id, mail from views.all_of_them;
		create materialized view views.kept as select mail from crm.customers;
		create table crm.parent (id int, mail text); create table crm.kid () inherits (crm.parent)`)
	eve := p.login(t, "eve")
	eve.Groups = []string{"staff"}
	p.classify(t, e, "crm.customers", pii)
	p.classify(t, e, "crm.parent", pii)
	people := func(name string) review.Action {
		return review.Action{Act: review.Ask, Stages: []review.Stage{{Name: name, Mode: review.Any, Selectors: []review.Selector{{Group: "privacy"}}}}}
	}
	next := flow
	next.Version = 1
	next.Rules = []review.Rule{{Name: "no pii", When: `!("pii" in asset.tags) && "staff" in beneficiary.groups`, Then: review.Action{Act: review.Approve}}}
	next.Default = people("privacy")
	_, err := e.Governance().Flows.Save(t.Context(), gov, next)
	must(t, err)
	ask := func(path string) (request.Request, review.CaseExplanation) {
		t.Helper()
		s := asking("30 DAYS")
		s.Asset = p.at(path)
		preview, err := e.Preview(t.Context(), eve, s)
		must(t, err)
		req, err := e.Submit(t.Context(), eve, s)
		must(t, err)
		if preview.Status != req.Status {
			t.Errorf("%s is previewed as %s, and is %s", path, preview.Status, req.Status)
		}
		why, err := e.Explain(t.Context(), gov, req.ID)
		must(t, err)
		return req, why
	}
	for path, want := range map[string]request.Status{
		"plain": request.Approved, "plain.prices": request.Approved, "views.names": request.Approved,
		"crm": request.Pending, "crm.customers": request.Pending, "crm.kid": request.Pending, "views": request.Pending,
		"views.all_of_them": request.Pending, "views.over": request.Pending, "views.kept": request.Pending,
	} {
		req, why := ask(path)
		if req.Status != want || !why.Same {
			t.Errorf("%s is %s, want %s; the explanation says the same: %v", path, req.Status, want, why.Same)
		}
		if covered := path == "crm" || strings.HasPrefix(path, "views.") && want == request.Pending; covered && !strings.Contains(fmt.Sprint(why.Why), "crm.") {
			t.Errorf("%s: it is not said why people are asked: %q", path, why.Why)
		}
	}
	// A guardrail holds the same, and where something is read that it is set at.
	_, err = e.Governance().Guardrails.Save(t.Context(), gov, review.Guardrail{Name: "no pii", At: []catalog.Ref{"warehouse"}, Require: `!("pii" in asset.tags)`})
	must(t, err)
	_, err = e.Governance().Guardrails.Save(t.Context(), gov, review.Guardrail{Name: "not staff", At: []catalog.Ref{p.at("crm")}, Require: `!("staff" in beneficiary.groups)`})
	must(t, err)
	for path, want := range map[string]int{"plain.prices": 0, "crm": 2, "views.all_of_them": 2, "views.kept": 2, "views.names": 1, "crm.kid": 2} {
		s := asking("31 DAYS")
		s.Asset = p.at(path)
		preview, err := e.Preview(t.Context(), eve, s)
		must(t, err)
		if len(preview.Prevented) != want {
			t.Errorf("%s is prevented by %v, want %d", path, preview.Prevented, want)
		}
	}
}

// What is read through a view, a materialized view or a child, and about which others
// decide, stops automatic approvals, is named, and is left out of a container.
func TestWhatIsReadElsewhereIsDecidedThere(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema hr; create schema open; create schema own;
		create table hr.salaries (id int, name text, amount text); insert into hr.salaries values (1, 'ann', '9000');
		create table open.parent (id int, amount text); create table hr.kid () inherits (open.parent); insert into hr.kid values (1, '9000');
		create view open.pay as select * from hr.salaries; create view open.over as select * from open.pay;
		create materialized view open.kept as select amount from hr.salaries;
		create view own.own with (security_invoker) as select * from hr.salaries;
		create table open.prices (id int); create view open.cheap as select id from open.prices`)
	eve := p.login(t, "eve")
	_, err := e.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	must(t, attach(t.Context(), e.Governance(), gov, request.Attachment{At: p.at("hr"), Type: request.DataAccess, Flow: "staged"}))
	preview, req := p.asks(t, e, eve, "open")
	same(t, "left out", []catalog.Ref{p.at("open.kept"), p.at("open.over"), p.at("open.parent"), p.at("open.pay")}, preview.Excluded)
	if g := p.approve(t, e, req); g.State != provision.Active {
		t.Fatalf("the grant is %s: %s", g.State, g.Error)
	}
	c, err := e.Request(t.Context(), gov, req.ID)
	must(t, err)
	same(t, "left out, by the case", preview.Excluded, c.Excluded)
	for _, path := range []string{"open.kept", "open.over", "open.parent", "open.pay"} {
		p.mustShow(t, eve, "amount", path, "permission denied")
	}
	if got := p.shows(t, eve, "count(*)", "open.cheap"); got != "0" {
		t.Errorf("what is no concern of theirs: %s", got)
	}
	allowed, err := e.Access().To(t.Context(), auditor, p.at("open.pay"), grantwright.AccessQuery{})
	must(t, err)
	if len(allowed.Entitlements) > 0 {
		t.Errorf("the access to open.pay is said to be %+v", allowed.Entitlements)
	}
	for path, part := range map[string]string{"open.pay": "hr.salaries", "open.over": "hr.salaries", "open.kept": "hr.salaries", "open.parent": "hr.kid"} {
		preview, req := p.asks(t, e, eve, path)
		if !slices.Contains(preview.Parts, p.at(part)) || !slices.Equal(preview.Parts, req.Parts) || req.Status != request.Pending || preview.Status != request.Pending {
			t.Errorf("%s is %s, and reads %v; previewed as %s, %v", path, req.Status, req.Parts, preview.Status, preview.Parts)
		}
	}
	if _, req := p.asks(t, e, p.login(t, "frank"), "open.cheap"); req.Status != request.Approved || len(req.Parts) > 0 {
		t.Errorf("a view about which nobody else decides is %s, %v", req.Status, req.Parts)
	}
	if _, req := p.asks(t, e, eve, "own.own"); req.Status != request.Approved || len(req.Parts) > 0 {
		t.Errorf("a view that opens nothing is %s, %v", req.Status, req.Parts)
	}
	if found := p.reconcile(t, e, provision.Reconcile{}); !slices.Contains(found, "STRICTER "+string(p.at("open"))) {
		t.Errorf("found %q, must name what is left out", found)
	}
	// A view that is made later is left out when a sync has seen it, and before.
	superuser(t, p.Database, "create or replace view open.cheap as select s.id from open.prices p, hr.salaries s")
	p.reconcile(t, e, provision.Reconcile{})
	p.mustShow(t, eve, "id", "open.cheap", "permission denied")
	p.sync(t, e)
	p.reconcile(t, e, provision.Reconcile{})
	p.mustShow(t, eve, "id", "open.cheap", "permission denied")
}

// What is masked where it stands is not shown clear by a view over it, whoever decides.
func TestAViewOverWhatIsMaskedIsLeftOut(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema hr; create schema open;
		create table hr.people (id int, mail text); insert into hr.people values (1, '1@example.com');
		create view open.mails as select mail as address from hr.people; create view open.ids as select id from hr.people;
		create view open.named as select mail from hr.people; create view open.rows as select id, p as whole from hr.people p;
		create view open.twice as select mail, mail as contact from hr.people`)
	eve := p.login(t, "eve")
	p.classify(t, e, "hr.people", pii)
	p.classify(t, e, "open.named", pii)
	p.classify(t, e, "open.twice", pii)
	_, err := e.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "tagged", At: "warehouse", Tags: []string{"pii"}, How: catalog.MaskNull})
	must(t, err)
	enginetest.Until(t, "the masks are in force", func() bool {
		m, err := e.Masks().Of(t.Context(), gov, p.at("open.named"))
		must(t, err)
		return m.Query != ""
	})
	preview, req := p.asks(t, e, eve, "open")
	same(t, "left out", []catalog.Ref{p.at("open.mails"), p.at("open.rows"), p.at("open.twice")}, preview.Excluded)
	p.approve(t, e, req)
	for _, view := range []string{"open.mails", "open.rows", "open.named", "open.twice"} {
		p.mustShow(t, eve, "1", view, "permission denied")
	}
	p.mustShow(t, eve, "id", "open.ids", "1")
	for path, want := range map[string]request.Status{"open.mails": request.Pending, "open.rows": request.Pending, "open.twice": request.Pending, "open.ids": request.Approved} {
		if preview, req := p.asks(t, e, eve, path); req.Status != want || (len(preview.Parts) > 0) != (want == request.Pending) {
			t.Errorf("%s is %s, and reads %v", path, req.Status, preview.Parts)
		}
	}
}

// What a masked table does not show is shown by no view over it: a column that a mask has
// hidden, under its new name, and one that nobody has classified.
func TestAViewOverWhatIsNotShownIsLeftOut(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema hr; create schema open;
		create table hr.people (id int, mail text, fax text); insert into hr.people values (1, '1@example.com', '7');
		create view open.mails as select mail as address from hr.people; create view open.ids as select id from hr.people`)
	eve := p.login(t, "eve")
	_, err := e.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "named", At: "warehouse", Columns: []string{"mail", "fax"}, How: catalog.MaskNull})
	must(t, err)
	superuser(t, p.Database, "alter table hr.people rename column mail to post; alter table hr.people add column note text; create view open.notes as select note from hr.people")
	_, err = e.Sync(t.Context(), admin, "warehouse")
	must(t, err)
	must(t, e.Work(t.Context()))
	preview, req := p.asks(t, e, eve, "open")
	same(t, "left out", []catalog.Ref{p.at("open.mails"), p.at("open.notes")}, preview.Excluded)
	p.approve(t, e, req)
	for _, view := range []string{"open.mails", "open.notes"} {
		p.mustShow(t, eve, "1", view, "permission denied")
		if preview, req := p.asks(t, e, eve, view); req.Status != request.Pending || len(preview.Parts) == 0 {
			t.Errorf("%s is %s, and reads %v", view, req.Status, preview.Parts)
		}
	}
	p.mustShow(t, eve, "id", "open.ids", "1")
}

// A view that is replaced beneath a grant is told of, and its grants are suspended until
// somebody has looked. One that is made anew as it was is followed.
func TestAViewReplacedBeneathAGrant(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema shop; create table shop.base (id int, country text, iban text); insert into shop.base values (1, 'DE', 'secret');
		create view shop.v as select id, country from shop.base; create view shop.over as select id from shop.v`)
	eve, frank, ann := p.login(t, "eve"), p.login(t, "frank"), p.login(t, "ann")
	for _, who := range []request.Identity{eve, frank} {
		p.gets(t, e, who, "shop.v")
	}
	beneath := p.gets(t, e, ann, "shop.over")
	same(t, "found where nothing has changed", []string(nil), p.reconcile(t, e, provision.Reconcile{}))
	superuser(t, p.Database, "drop view shop.v cascade; create view shop.v as select id, country from shop.base; create view shop.over as select id from shop.v")
	same(t, "found where it was made anew", []string{"REPLACED " + string(p.at("shop.over")), "REPLACED " + string(p.at("shop.v")), "REPLACED " + string(p.at("shop.v"))}, p.reconcile(t, e, provision.Reconcile{}))
	p.mustShow(t, eve, "id, country", "shop.v", "1|DE")

	superuser(t, p.Database, "create or replace view shop.v as select id, country, iban from shop.base")
	want := []string{"SUSPENDED " + string(p.at("shop.over")), "SUSPENDED " + string(p.at("shop.v")), "SUSPENDED " + string(p.at("shop.v"))}
	same(t, "found by a dry run", want, p.reconcile(t, e, provision.Reconcile{DryRun: true}))
	p.mustShow(t, eve, "iban", "shop.v", "secret")
	same(t, "found", want, p.reconcile(t, e, provision.Reconcile{}))
	for _, who := range []request.Identity{eve, frank} {
		p.mustShow(t, who, "id", "shop.v", "permission denied")
	}
	p.mustShow(t, ann, "id", "shop.over", "permission denied")
	_, told := p.events(t, e, beneath.Request)
	if !slices.Contains(told, "grant.suspended") {
		t.Errorf("the events are %q", told)
	}
	_, err := e.Grants().Resume(t.Context(), gov, beneath.ID, "looked at")
	must(t, err)
	if g, err := e.WaitForGrant(t.Context(), gov, beneath.Request); err != nil || g.State != provision.Active {
		t.Errorf("looked at, it is %s (%s), %v", g.State, g.Withheld, err)
	}
	same(t, "found after that", []string(nil), p.reconcile(t, e, provision.Reconcile{}))
	superuser(t, p.Database, "create or replace view shop.v as select id, country, 'x' || iban as iban from shop.base")
	same(t, "found again", []string{"SUSPENDED " + string(p.at("shop.over"))}, p.reconcile(t, e, provision.Reconcile{}))
}

// events are the names of the events about a request.
func (p *realPlatform) events(t testing.TB, e *grantwright.Engine, id request.ID) (grantwright.Case, []string) {
	t.Helper()
	c, err := e.Request(t.Context(), gov, id)
	must(t, err)
	all, err := e.Log().Events(t.Context(), auditor, 0, 500)
	must(t, err)
	var names []string
	for _, ev := range all {
		if ev.Request == id {
			names = append(names, string(ev.Type))
		}
	}
	return c, names
}

// A view that is replaced between its approval and the grant is never given.
func TestAViewReplacedBeforeItIsGiven(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `create schema shop; create table shop.base (id int, iban text); insert into shop.base values (1, 'secret'); create view shop.v as select id from shop.base`)
	eve := p.login(t, "eve")
	s := asking("47 HOURS")
	s.Asset = p.at("shop.v")
	req, err := e.Submit(t.Context(), eve, s)
	must(t, err)
	superuser(t, p.Database, "create or replace view shop.v as select id, iban from shop.base")
	g := p.approve(t, e, req)
	if g.State != provision.Suspended || !strings.Contains(g.Withheld, "replaced") || len(g.Ran) > 0 {
		t.Errorf("the grant is %s (%s), and ran %q", g.State, g.Withheld, g.Ran)
	}
	p.mustShow(t, eve, "id", "shop.v", "permission denied")
}

// What cannot be known is said at preview and on the grant.
func TestWhatIsNotKnownIsRemarked(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `create schema shop; create function shop.rate() returns int language plpgsql as 'begin return 1; end'; create view shop.rates as select shop.rate() as r`)
	eve := p.login(t, "eve")
	preview, req := p.asks(t, e, eve, "shop.rates")
	g := p.approve(t, e, req)
	for what, remarks := range map[string][]string{"preview": preview.Plan.Remarks, "grant": g.Remarks} {
		if !strings.Contains(fmt.Sprint(remarks), "shop.rate()") {
			t.Errorf("the %s says %q", what, remarks)
		}
	}
}
