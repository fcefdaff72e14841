package contract_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
)

var people = request.Roster{enginetest.Eve, enginetest.Owner, enginetest.Gov, enginetest.Admin, enginetest.Auditor}

// served is a server with some of everything, and the names of it.
func served(t *testing.T) (*httptest.Server, map[string][]string) {
	t.Helper()
	w, err := grantwrighttest.New(func(c *grantwright.Config) {
		c.Platforms = map[string]provision.Platform{"fake": enginetest.NewPlatform(
			catalog.Asset{Ref: "warehouse:sales", Kind: catalog.Database, ID: "1"}, catalog.Asset{Ref: "warehouse:sales.public", Kind: catalog.Schema, ID: "2"},
			catalog.Asset{Ref: enginetest.Orders, Kind: catalog.Table, ID: "3", Columns: []catalog.Column{{Name: "email", Type: "text"}}}).Open()}
		c.FourEyes = "NEVER"
	})
	must(t, err)
	t.Cleanup(func() { _ = w.Close() })
	w.Directory.Put(people...)
	ctx := t.Context()
	must(t, w.Engine.Connections().Register(ctx, enginetest.Admin, catalog.Connection{Name: "warehouse", Technology: "fake",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
	_, err = w.Sync(ctx, enginetest.Admin, "warehouse")
	must(t, err)
	_, err = w.Governance().Flows.Save(ctx, enginetest.Gov, enginetest.Flow)
	must(t, err)
	_, err = w.Governance().Attachments.Save(ctx, enginetest.Gov, request.Attachment{At: enginetest.Orders, Type: request.DataAccess, Flow: enginetest.Flow.Name})
	must(t, err)
	req, err := w.Submit(ctx, enginetest.Eve, request.Submission{Asset: enginetest.Orders, Answers: request.Answers{"purpose": {"report"}, "duration": {"30 DAYS"}}})
	must(t, err)
	h, err := web.Handler(w.Engine, web.Options{Dev: &web.Dev{People: people}, Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server, map[string][]string{"id": {string(req.ID), "none"}, "name": {"warehouse", string(enginetest.Flow.Name), "new"}, "ref": {string(enginetest.Orders), "warehouse:sales", "lake:none"},
		"person": {enginetest.Eve.ID, "me"}, "version": {"1", "2"}, "type": {string(request.DataAccess)}, "channel": {"chat"}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// api is as much of the document as calls are generated from.
type api struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

type operation struct {
	OperationID string
	Parameters  []parameter
	RequestBody struct {
		Content map[string]struct{ Schema schema }
	}
	Responses map[string]struct{ Content map[string]any }
}

type parameter struct {
	Name, In string
	Required bool
	Schema   schema
}

type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Format               string
	Enum                 []any
	Examples             []any
	Properties           map[string]schema
	Required             []string
	Items                *schema
	AdditionalProperties any
	MinItems             *int
	Minimum, Maximum     *float64
	MaxLength            *int
}

// generator makes calls at random, the same for the same seed.
type generator struct {
	*rand.Rand
	api   api
	names map[string][]string
}

// value is one that a schema allows. What is not required is left out now and then, and at
// some depth always.
func (g *generator) value(s schema, depth int) any {
	if s.Ref != "" {
		return g.value(g.api.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")], depth+1)
	}
	kind, _ := s.Type.(string)
	if list, is := s.Type.([]any); is {
		kind, _ = list[0].(string)
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[g.IntN(len(s.Enum))]
	case len(s.Examples) > 0 && g.IntN(3) > 0:
		return s.Examples[0]
	case s.Format == "date-time":
		return "2026-03-02T12:00:00Z"
	}
	switch kind {
	case "object":
		return g.object(s, depth)
	case "array":
		n := 0
		if s.MinItems != nil {
			n = *s.MinItems
		}
		all := []any{}
		for range max(n, g.IntN(2)) {
			all = append(all, g.value(*s.Items, depth+1))
		}
		return all
	case "integer", "number":
		low, high := 0.0, 20.0
		if s.Minimum != nil {
			low = *s.Minimum
		}
		if s.Maximum != nil {
			high = *s.Maximum
		}
		return int(low) + g.IntN(int(high-low)+1)
	case "boolean":
		return g.IntN(2) == 0
	}
	return []string{"x", "sales", "warehouse:sales.public.orders", "30 DAYS", "email", "true", "eve@example.com"}[g.IntN(7)]
}

func (g *generator) object(s schema, depth int) any {
	all := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, name) || depth < 4 && g.IntN(2) == 0 {
			all[name] = g.value(s.Properties[name], depth+1)
		}
	}
	if of, is := s.AdditionalProperties.(map[string]any); is {
		text, _ := json.Marshal(of)
		var inner schema
		if json.Unmarshal(text, &inner) == nil {
			all["x"] = g.value(inner, depth+1)
		}
	}
	return all
}

// call is a request of an operation.
func (g *generator) call(ctx context.Context, base, path, method string, op operation) (*http.Request, error) {
	query := url.Values{}
	header := http.Header{}
	for _, p := range op.Parameters {
		value := fmt.Sprint(g.value(p.Schema, 0))
		switch {
		case p.In == "path":
			of := g.names[p.Name]
			if len(of) == 0 {
				of = []string{"none"}
			}
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(of[g.IntN(len(of))]))
		case p.In == "query" && p.Name != "cursor" && p.Name != "wait" && (p.Required || g.IntN(4) == 0):
			if list, is := p.Schema.Type.(string); is && list == "array" {
				value = "request.*"
			}
			query.Set(p.Name, value)
		case p.In == "header" && g.IntN(4) == 0:
			header.Set(p.Name, map[string]string{"If-Match": `"1"`, "If-None-Match": "*"}[p.Name])
			if p.Name == "Idempotency-Key" {
				header.Set(p.Name, fmt.Sprint("key ", g.Uint64()))
			}
		}
	}
	var body io.Reader = http.NoBody
	if s, is := op.RequestBody.Content["application/json"]; is {
		text, err := json.Marshal(g.value(s.Schema, 0))
		if err != nil {
			return nil, err
		}
		header.Set("Content-Type", "application/json")
		body = strings.NewReader(string(text))
	}
	r, err := http.NewRequestWithContext(ctx, strings.ToUpper(method), base+path+"?"+query.Encode(), body)
	if err == nil {
		r.Header = header
	}
	return r, err
}

// TestGeneratedCalls calls every operation several times, as the document describes it and in
// the name of each role, and holds each answer to the document. No call is a fault of the
// server.
func TestGeneratedCalls(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(document)
	must(t, err)
	server, names := served(t)
	g := &generator{Rand: rand.New(rand.NewPCG(17, 6)), names: names}
	must(t, json.Unmarshal(text, &g.api))
	v := newValidator(t)
	calls, statuses := 0, map[int]int{}
	for _, path := range slices.Sorted(maps.Keys(g.api.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(g.api.Paths[path])) {
			op := g.api.Paths[path][method]
			if op.OperationID == "forget-person" || op.OperationID == "relink-person" || op.OperationID == "disable-person" || op.OperationID == "retire-connection" {
				continue // nobody would be left to call the others
			}
			for i := range people {
				x := g.exchange(t, server, path, method, op, people[i])
				calls++
				statuses[x.Status]++
				for _, fault := range x.faults(t, v) {
					t.Errorf("%s %s %s: %d %s\n\t%s", x.Method, x.URL, clipped(x.Body), x.Status, clipped(x.Answer), fault)
				}
				if x.Status >= 500 && x.Status != http.StatusBadGateway {
					t.Errorf("%s %s %s: %d %s", x.Method, x.URL, clipped(x.Body), x.Status, clipped(x.Answer))
				}
			}
		}
	}
	if calls < 450 || statuses[200] < 50 {
		t.Errorf("%d calls: %v", calls, statuses)
	}
	t.Logf("%d calls: %v", calls, statuses)
}

// exchange makes a call.
func (g *generator) exchange(t *testing.T, server *httptest.Server, path, method string, op operation, by request.Identity) exchange {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := g.call(ctx, server.URL, path, method, op)
	must(t, err)
	r.Header.Set(web.DevHeader, by.ID)
	body, err := io.ReadAll(r.Body)
	must(t, err)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	r.ContentLength = int64(len(body))
	if len(body) == 0 {
		r.Body = http.NoBody
	}
	sent := r.Header.Clone()
	resp, err := server.Client().Do(r)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	must(t, err)
	return exchange{Test: t.Name(), Method: r.Method, URL: r.URL.String(), Body: string(body), Header: sent, Status: resp.StatusCode, AnswerHeader: resp.Header, Answer: string(answer)}
}
