package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web"
)

// The people of the tests.
var (
	eve     = request.Identity{ID: "eve@example.com", Name: "Eve", Groups: []string{"analysts"}, Attributes: map[string][]string{"login": {"eve"}}}
	frank   = request.Identity{ID: "frank@example.com", Name: "Frank", Attributes: map[string][]string{"login": {"frank"}}}
	owner   = request.Identity{ID: "sales-owner@example.com", Name: "Sales owner", Groups: []string{"sales-owners"}}
	privacy = request.Identity{ID: "privacy@example.com", Groups: []string{"privacy"}}
	gov     = request.Identity{ID: "governance@example.com", Permissions: []request.Permission{request.Governance}}
	admin   = request.Identity{ID: "admin@example.com", Permissions: []request.Permission{request.Admin}}
	auditor = request.Identity{ID: "auditor@example.com", Permissions: []request.Permission{request.Audit}}
	nobody  = request.Identity{ID: "nobody@example.com"}

	everybody = request.Roster{eve, frank, owner, privacy, gov, admin, auditor, nobody}
)

const (
	orders catalog.Ref = "warehouse:sales.public.orders"

	// hostile is the name of a table, and hostileText what else platforms and
	// people may say.
	hostile     = `<script>alert("x")</script>/..`
	hostileText = `"><img src=x onerror=alert(1)>{{.}}`
)

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// fakePlatform gives and takes access in memory.
type fakePlatform struct {
	mu     sync.Mutex
	access map[string][]provision.Access
	fail   error // what it says while it is set
	taken  bool  // by others: what was given is said to be gone

	calls []provision.Callback // by which a service may answer later

	foreign []provision.Foreign
}

func (p *fakePlatform) survey(all ...provision.Foreign) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.foreign = all
}

func (p *fakePlatform) Survey(_ context.Context, root catalog.Ref) iter.Seq2[provision.Foreign, error] {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := slices.Clone(p.foreign)
	return func(yield func(provision.Foreign, error) bool) {
		for _, f := range all {
			if root.Covers(f.Asset.Ref) && !yield(f, nil) {
				return
			}
		}
	}
}

func (p *fakePlatform) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	return provision.Each(p.apply).Apply(ctx, want)
}

func (p *fakePlatform) apply(_ context.Context, want provision.Standing) provision.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return provision.Outcome{Err: p.fail}
	}
	if p.taken {
		return provision.Outcome{Withdrawn: want.Given}
	}
	p.access[want.Principal.Name+" "+string(want.Asset.Ref)] = want.Want
	o := provision.Outcome{Ran: []provision.Statement{statement(want)}}
	if _, masked := want.MaskingOf(want.Asset.Ref); masked {
		o.Query = "masked." + want.Asset.Ref.Name()
	}
	return o
}

// Mask shows each asset under a name of its own.
func (p *fakePlatform) Mask(_ context.Context, want []provision.Masking) []provision.Masked {
	masked := make([]provision.Masked, len(want))
	for i, w := range want {
		if w.Show.Masked() && !w.Off {
			masked[i].Name = "masked." + w.Asset.Ref.Name()
		}
	}
	return masked
}

func statement(want provision.Standing) provision.Statement {
	return provision.Statement(fmt.Sprintf("grant %v on %s to %s", want.Want, want.Asset.Ref, want.Principal.Name))
}

func (p *fakePlatform) Plan(_ context.Context, want []provision.Standing) []provision.Plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	plans := make([]provision.Plan, len(want))
	for i, w := range want {
		plans[i] = provision.Plan{Err: p.fail, Statements: []provision.Statement{statement(w)}, Opens: []string{"public.prices to PUBLIC"}}
	}
	return plans
}

func (p *fakePlatform) Setup(context.Context) ([]provision.Statement, error) {
	return []provision.Statement{"create role grantwright"}, nil
}

func (p *fakePlatform) break_(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = err
}

func (p *fakePlatform) takes(taken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = taken
}

func (p *fakePlatform) allows(principal string, ref catalog.Ref) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.access[principal+" "+string(ref)]) > 0
}

var errPlatform = errors.New("the platform is down")

// assets are what stands on the platform.
var assets = []catalog.Asset{
	{Ref: "sales", Kind: catalog.Database},
	{Ref: "sales.public", Kind: catalog.Schema},
	{Ref: "sales.public.orders", Kind: catalog.Table, Source: catalog.Claims{Comment: "Every order since 2019, one row each.", Owner: "sales_etl"}, Columns: []catalog.Column{
		{Name: "id", Type: "bigint"}, {Name: "customer_id", Type: "bigint", Comment: "see customers"},
		{Name: "email", Type: "text", Comment: "of whoever ordered"}, {Name: "amount", Type: "numeric(12,2)"}, {Name: "ordered_at", Type: "timestamp with time zone"}}},
	{Ref: "sales.public.customers", Kind: catalog.Table},
	{Ref: "sales.public.prices", Kind: catalog.View},
	{Ref: catalog.Ref(catalog.FormatPath([]string{"sales", "public", hostile})), Kind: catalog.Table,
		Source: catalog.Claims{Comment: hostileText, Owner: hostileText}, Columns: []catalog.Column{{Name: hostileText, Type: hostileText, Comment: hostileText}}},
}

// source reads the same assets on every connection.
type source string

func (s source) Assets(context.Context, catalog.Ref) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		for i, a := range assets {
			a.Ref, a.ID = catalog.Ref(s)+":"+a.Ref, fmt.Sprint(i)
			if !yield(a, nil) {
				return
			}
		}
	}
}

// flow is the flow of the tests.
var flow = review.Flow{
	Name: "sales",
	Rules: []review.Rule{
		{Name: "short", When: `request.duration <= duration("1h")`, Then: review.Action{Act: review.Approve, Comment: "an hour is fine"}},
	},
	Default: review.Action{Act: review.Ask, Stages: []review.Stage{
		{Name: "owners and privacy", Mode: review.All, Selectors: []review.Selector{{Group: "sales-owners"}, {Group: "privacy"}}}}},
}

// survey has questions of all types.
var survey = request.Form{Name: "survey", Title: "Sensitive data", Questions: []request.Question{
	{ID: "purpose", Type: request.ShortAnswer, Title: "What do you need it for?", Required: true, MaxRunes: 500, Help: "In your own words."},
	{ID: "ticket", Type: request.ShortAnswer, Title: "Ticket", Pattern: `[A-Z]+-[0-9]+`, MaxRunes: 40},
	{ID: "region", Type: request.Dropdown, Title: "Which region?", Required: true, Options: []string{"EU", "US", `"><b>`}},
	{ID: "why", Type: request.ShortAnswer, Title: "Why the US?", Required: true, When: `answers.region == "US"`, MaxRunes: 100},
	{ID: "agree", Type: request.Checkboxes, Title: "You agree that", Required: true, Options: []string{"I keep it to myself", "I delete it afterwards"}},
	{ID: "time", Type: request.AccessDuration, Title: "For how long?", Required: true, Max: request.For(90, request.Days)},
}}

// world is a handler over an engine and a platform of the test's own.
type world struct {
	*httptest.Server
	engine   *grantwright.Engine
	platform *fakePlatform
	clock    *clock
	base     string // of the handler, such as /grants
	log      *lockedLog
}

type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newEngine makes an engine that is furnished, and then as the changes say.
func newEngine(t *testing.T, then ...func(*grantwright.Config)) (*grantwright.Engine, *fakePlatform, *clock) {
	t.Helper()
	p := &fakePlatform{access: map[string][]provision.Access{}}
	c := &clock{t: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	open := func(_ context.Context, to provision.Target) (catalog.Source, error) {
		return source(to.Connection.Name), nil
	}
	config := grantwright.Config{
		Store: new(store.Memory), Inventory: new(catalog.Memory), Directory: everybody, Now: c.Now,
		Platforms: map[string]provision.Platform{
			"fake":    {Source: open, Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) { return p, nil }},
			"hand":    {Source: open},
			"service": {Source: open, How: provision.Webhook, Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) { return later{p}, nil }},
		}}
	calling(&config)
	engine, err := grantwright.New(config)
	must(t, err)
	furnish(t, engine)
	for _, change := range then {
		must(t, engine.Close())
		change(&config)
		engine, err = grantwright.New(config)
		must(t, err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	return engine, p, c
}

// furnish registers two platforms that hold the same, and sets flow and form.
func furnish(t *testing.T, engine *grantwright.Engine) {
	t.Helper()
	ctx := t.Context()
	for _, c := range []catalog.Connection{{Name: "warehouse", Technology: "fake", Host: "dwh.example.com"}, {Name: "lake", Technology: "hand"}} {
		c.Principals.Expression = "person.attributes.login[0]"
		must(t, engine.Connections().Register(ctx, admin, c))
		_, err := engine.Sync(ctx, admin, catalog.Ref(c.Name))
		must(t, err)
	}
	_, err := engine.Governance().Flows.Save(ctx, gov, flow)
	must(t, err)
	_, err = engine.Governance().Forms.Save(ctx, gov, survey)
	must(t, err)
	for _, a := range []request.Attachment{
		{At: "warehouse:sales", Type: request.DataAccess, Flow: "sales"},
		{At: "lake:sales", Type: request.DataAccess, Flow: "sales"},
		{At: "warehouse:sales.public.customers", Type: request.DataAccess, Form: "survey"},
	} {
		must(t, attach(ctx, engine.Governance(), gov, a))
	}
}

// newWorld serves an engine with the dev sign-in, at the root.
func newWorld(t *testing.T) *world { return newWorldAt(t, "", web.Options{}, nil) }

// newWorldAt serves an engine at a base.
func newWorldAt(t *testing.T, base string, o web.Options, mount func(http.Handler) http.Handler, then ...func(*grantwright.Config)) *world {
	t.Helper()
	w := &world{base: base, log: new(lockedLog)}
	w.engine, w.platform, w.clock = newEngine(t, then...)
	if o.Authenticate == nil && o.Dev == nil {
		o.Dev = &web.Dev{People: everybody}
	}
	o.Logger = slog.New(slog.NewTextHandler(w.log, nil))
	h, err := web.Handler(w.engine, o)
	must(t, err)
	if mount != nil {
		h = mount(h)
	}
	w.Server = httptest.NewServer(h)
	t.Cleanup(w.Close)
	return w
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	url    *url.URL // of the page, after all redirects
}

// call asks the API on behalf of somebody.
func (w *world) call(t *testing.T, by request.Identity, method, path, body string, headers ...string) answer {
	t.Helper()
	r := w.request(t, by, method, path, body)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return do(t, w.Client(), r)
}

// request is one to the API, in somebody's name.
func (w *world) request(t *testing.T, by request.Identity, method, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.URL+w.base+"/api/v1"+path, strings.NewReader(body))
	must(t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set(web.DevHeader, by.ID)
	return r
}

func do(t *testing.T, c *http.Client, r *http.Request) answer {
	t.Helper()
	resp, err := c.Do(r)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return answer{resp.StatusCode, resp.Header, string(body), resp.Request.URL}
}

// browser is somebody with a browser of their own.
type browser struct {
	t      *testing.T
	w      *world
	client *http.Client
}

func (w *world) browser(t *testing.T) browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return browser{t, w, &http.Client{Jar: jar}}
}

// open asks for a page, by its path from the root of the host.
func (b browser) open(path string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.w.URL+path, nil)
	must(b.t, err)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return do(b.t, b.client, r)
}

// send sends a form as a browser does.
func (b browser) send(f form, headers ...string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.w.URL+f.action, strings.NewReader(f.values.Encode()))
	must(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Origin", b.w.URL)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return do(b.t, b.client, r)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func truncated(s string) string { return s[:min(len(s), 2000)] }

// attach sets what holds at a place.
func attach(ctx context.Context, g grantwright.Governance, by request.Identity, a request.Attachment) error {
	_, err := g.Attachments.Save(ctx, by, a)
	return err
}
