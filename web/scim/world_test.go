package scim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/scim"
)

const (
	issuer = "https://id.example.com"
	token  = "a-token-of-the-tests-that-is-long-enough"

	userURN  = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupURN = "urn:ietf:params:scim:schemas:core:2.0:Group"
	workURN  = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	patchURN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// counted is a store that counts its calls, and fails when a test says so.
type counted struct {
	store.Store
	reads, writes atomic.Int64
	fail          atomic.Pointer[func(writes int64) error]
}

func (c *counted) failing(wrote int64) error {
	if f := c.fail.Load(); f != nil {
		return (*f)(wrote)
	}
	return nil
}

func (c *counted) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	c.reads.Add(1)
	if err := c.failing(0); err != nil {
		return nil, err
	}
	return c.Store.Get(ctx, keys...)
}

func (c *counted) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	c.reads.Add(1)
	if err := c.failing(0); err != nil {
		return nil, err
	}
	return c.Store.Find(ctx, queries...)
}

func (c *counted) Write(ctx context.Context, w store.Commit) error {
	if err := c.failing(c.writes.Add(1)); err != nil {
		return err
	}
	return c.Store.Write(ctx, w)
}

// calls counts the calls of the store during f.
func (c *counted) calls(f func()) (reads, writes int64) {
	r, w := c.reads.Load(), c.writes.Load()
	f()
	return c.reads.Load() - r, c.writes.Load() - w
}

// world is an engine with a provider of identities.
type world struct {
	*grantwrighttest.World
	server    *httptest.Server
	store     *counted
	directory scim.Directory
}

func newWorld(t *testing.T, change ...func(*scim.Options)) *world {
	t.Helper()
	w := &world{store: &counted{Store: new(store.Memory)}}
	w.directory = scim.Directory{Store: w.store, Issuer: issuer, Permissions: map[string][]request.Permission{"data-governance": {request.Governance}}}
	inner, err := grantwrighttest.New(func(c *grantwright.Config) {
		c.Store, c.Directory, c.FourEyes = w.store, w.directory, manifest.FourEyesNever
	})
	must(t, err)
	t.Cleanup(func() { must(t, inner.Close()) })
	w.World = inner
	authorize, err := scim.Tokens(token)
	must(t, err)
	o := scim.Options{Issuer: issuer, Authorize: authorize}
	for _, f := range change {
		f(&o)
	}
	h, err := scim.Handler(inner.Engine, o)
	must(t, err)
	w.server = httptest.NewServer(h)
	t.Cleanup(w.server.Close)
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

// call sends a request of the provider.
func (w *world) call(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.server.URL+scim.Base+path, strings.NewReader(body))
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/scim+json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := w.server.Client().Do(r)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	must(t, err)
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(text)}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &a.body); err != nil {
			t.Fatalf("%s %s: %q is no JSON", method, path, text)
		}
		if got := resp.Header.Get("Content-Type"); got != "application/scim+json" {
			t.Errorf("%s %s: the type is %q", method, path, got)
		}
	}
	return a
}

// want calls, and fails unless the status is as expected and the answer holds some texts.
func (w *world) want(t *testing.T, status int, method, path, body string, holds ...string) answer {
	t.Helper()
	a := w.call(t, method, path, body)
	if a.status != status {
		t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, a.status, a.text, status)
	}
	for _, text := range holds {
		if !strings.Contains(a.text, text) {
			t.Errorf("%s %s: %s, want it to hold %q", method, path, a.text, text)
		}
	}
	return a
}

func (a answer) id() string { id, _ := a.body["id"].(string); return id }

// user enrolls somebody, whose external id and login are the name.
func (w *world) user(t *testing.T, name string) string {
	t.Helper()
	body := fmt.Sprintf(`{"schemas":[%q],"externalId":%q,"userName":"%[2]s@example.com","displayName":"%[2]s","active":true,"emails":[{"value":"%[2]s@example.com","type":"work","primary":true}],"nickName":%[2]q}`, userURN, name)
	return w.want(t, 201, "POST", "/Users", body).id()
}

// group enrolls a group of some users.
func (w *world) group(t *testing.T, name string, members ...string) string {
	t.Helper()
	return w.want(t, 201, "POST", "/Groups", fmt.Sprintf(`{"schemas":[%q],"displayName":%q,"members":[%s]}`, groupURN, name, values(members))).id()
}

func values(ids []string) string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = fmt.Sprintf(`{"value":%q}`, id)
	}
	return strings.Join(all, ",")
}

// patch sends operations.
func (w *world) patch(t *testing.T, status int, path string, operations ...string) answer {
	t.Helper()
	return w.want(t, status, "PATCH", path, fmt.Sprintf(`{"schemas":[%q],"Operations":[%s]}`, patchURN, strings.Join(operations, ",")))
}

// identity is somebody as the directory knows them.
func (w *world) identity(t *testing.T, id string) request.Identity {
	t.Helper()
	who, err := w.directory.Lookup(t.Context(), request.PersonID(issuer+"|"+id))
	must(t, err)
	return who
}

// members are those who meet a criterion, by their ids of the provider.
func (w *world) members(t *testing.T, c request.Criterion) (ids []string, complete bool) {
	t.Helper()
	for after := request.PersonID(""); ; {
		page, all, err := w.directory.People(t.Context(), c, after, 500)
		must(t, err)
		for _, i := range page {
			after, ids = i.Person(), append(ids, i.ID)
		}
		if complete = all; len(page) < 500 {
			return ids, complete
		}
	}
}
