package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web"
)

// The people of the tests.
var (
	eve, frank, owner, privacy  = enginetest.Eve, enginetest.Frank, named(enginetest.Owner, "Sales owner"), enginetest.Privacy
	gov, admin, auditor, nobody = enginetest.Gov, enginetest.Admin, enginetest.Auditor, enginetest.Nobody

	everybody = request.Roster{eve, frank, owner, privacy, gov, admin, auditor, nobody}
)

const (
	orders = enginetest.Orders

	// hostile is the name of a table, and hostileText what else platforms and
	// people may say.
	hostile     = `<script>alert("x")</script>/..`
	hostileText = `"><img src=x onerror=alert(1)>{{.}}`
)

var errPlatform = enginetest.ErrDown

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

// readSame reads the same assets on every connection.
func readSame(_ context.Context, to provision.Target) (catalog.Source, error) {
	return enginetest.NewPlatform(assetsOn(to.Connection.Name)...), nil
}

// assetsOn are the assets on a connection.
func assetsOn(connection string) (all []catalog.Asset) {
	for i, a := range assets {
		a.Ref, a.ID = catalog.Ref(connection)+":"+a.Ref, fmt.Sprint(i)
		all = append(all, a)
	}
	return all
}

// flow is the flow of the tests, with the rule for short requests alone.
var flow = review.Flow{Name: enginetest.Flow.Name, Rules: enginetest.Flow.Rules[:1], Default: enginetest.Flow.Default}

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
	platform *enginetest.Platform
	robot    *enginetest.Service // another platform
	clock    *grantwrighttest.Clock
	base     string // of the handler, such as /grants
	log      *enginetest.Log
}

// newEngine makes an engine that is furnished, and then as the changes say.
func newEngine(t *testing.T, then ...func(*grantwright.Config)) *world {
	t.Helper()
	w := &world{
		platform: enginetest.NewPlatform(assetsOn("warehouse")...),
		robot:    &enginetest.Service{Platform: enginetest.NewPlatform(assetsOn("robot")...)},
		log:      new(enginetest.Log),
	}
	w.platform.Opens = []string{"public.prices to PUBLIC"}
	fake, hand, service := w.platform.Open(), provision.Platform{}, w.robot.Open()
	for _, p := range []*provision.Platform{&fake, &hand, &service} {
		p.Source = readSame
	}
	engine, err := grantwrighttest.New(func(c *grantwright.Config) {
		c.Platforms = map[string]provision.Platform{"fake": fake, "hand": hand, "service": service}
		c.AllowedSecrets = []string{"env:KEY", "env:HOOK", "file:" + os.TempDir() + "/"}
		calling(c)
	})
	must(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	engine.Directory.Put(everybody...)
	furnish(t, engine.Engine)
	for _, change := range then {
		change(&engine.Config)
		must(t, engine.Restart())
	}
	w.engine, w.clock = engine.Engine, engine.Clock
	return w
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
	w := newEngine(t, then...)
	w.base = base
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
	sent := sentBody(t, r)
	resp, err := c.Do(r)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	note(t, r, sent, resp, body)
	return answer{resp.StatusCode, resp.Header, string(body), resp.Request.URL}
}

// noted is the file into which calls of the API are written, for e2e/contract.
var noted sync.Mutex

// sentBody is the body of a request, if calls are written down.
func sentBody(t *testing.T, r *http.Request) string {
	t.Helper()
	if os.Getenv("GRANTWRIGHT_EXCHANGES") == "" || r.GetBody == nil {
		return ""
	}
	body, err := r.GetBody()
	must(t, err)
	text, err := io.ReadAll(body)
	must(t, err)
	return string(text)
}

// note writes a call of the API and its answer into the file that the environment names.
func note(t *testing.T, r *http.Request, sent string, resp *http.Response, body []byte) {
	t.Helper()
	name, at := os.Getenv("GRANTWRIGHT_EXCHANGES"), strings.Index(r.URL.Path, "/api/v1/")
	if name == "" || at != 0 || !utf8.ValidString(sent) || resp.StatusCode == http.StatusMethodNotAllowed || strings.Contains(string(body), "nothing at this address") {
		return
	}
	line, err := json.Marshal(map[string]any{"Test": t.Name(), "Method": r.Method, "URL": r.URL.String(), "Body": sent, "Header": r.Header,
		"Status": resp.StatusCode, "AnswerHeader": resp.Header, "Answer": string(body)})
	must(t, err)
	noted.Lock()
	defer noted.Unlock()
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	must(t, err)
	defer func() { _ = file.Close() }()
	_, err = file.Write(append(line, '\n'))
	must(t, err)
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

func named(who request.Identity, name string) request.Identity {
	who.Name = name
	return who
}

func truncated(s string) string { return s[:min(len(s), 2000)] }

// attach sets what holds at a place.
func attach(ctx context.Context, g grantwright.Governance, by request.Identity, a request.Attachment) error {
	_, err := g.Attachments.Save(ctx, by, a)
	return err
}
