// Package document completes the OpenAPI document of the API: what holds for every
// operation is said here once, and follows from the operation itself.
//
// The API describes its operations one by one. Finish then adds the problems that each can
// answer with, its tag, the header fields of its answer, the ways of signing in, and the
// webhooks. Every operation has a description and a tag, or Finish panics: tests see that.
package document

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/web/internal/exchange"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Scheme is a way of signing in.
type Scheme struct {
	Name   string // of the scheme in the document
	Scheme huma.SecurityScheme
}

// Bearer are tokens in the header Authorization (RFC 6750).
var Bearer = Scheme{Name: "bearer", Scheme: huma.SecurityScheme{Type: "http", Scheme: "bearer", Description: "A token in the header Authorization, for services and scripts"}}

// Session is a cookie of the sign-in of the pages, which leads to the providers.
func Session(cookie string, providers ...site.OpenID) Scheme {
	words := "The session of a browser. What changes something is refused from other origins"
	for i, one := range providers {
		words += map[bool]string{true: ". People sign in by OpenID Connect, at ", false: ", or at "}[i == 0] + one.Issuer
	}
	return Scheme{Name: "session", Scheme: huma.SecurityScheme{Type: "apiKey", In: "cookie", Name: cookie, Description: words}}
}

// Header is a way of signing in by a header field.
func Header(name, field, description string) Scheme {
	return Scheme{Name: name, Scheme: huma.SecurityScheme{Type: "apiKey", In: "header", Name: field, Description: description}}
}

// OpenID is a provider whose tokens services bring. Its metadata are found as OpenID Connect
// Discovery 1.0, section 4, says.
func OpenID(o site.OpenID) Scheme {
	name := "openId"
	if o.Name != "" {
		name += "-" + o.Name
	}
	return Scheme{Name: name, Scheme: huma.SecurityScheme{Type: "openIdConnect",
		Description:      "A JWT that this provider has issued to a service itself, for this API as its audience, in the header Authorization, after Bearer. The operator lists the services. It is no way in for a person, who signs in with a browser",
		OpenIDConnectURL: strings.TrimSuffix(o.Issuer, "/") + "/.well-known/openid-configuration"}}
}

// tags are the tags by the first part of a path below the root of the API.
var tags = []struct{ name, description, paths string }{
	{"Requests", "Asking for access, and deciding on it.", "requests requests.csv batches previews determinations substitute substitutes"},
	{"Assets", "What can be asked for, and how: assets, their forms, and what people have looked for in vain.", "assets resolve wanted"},
	{"Grants", "What stands on the platforms, and what people do there by hand.", "grants claims"},
	{"Definitions", "What governance defines: forms, agreements, flows, guardrails, masks, classifications and attachments.", "forms agreements flows guardrails masks classifications attachments definitions"},
	{"Proposals", "Changes that a second person has to see.", "proposals"},
	{"Connections", "The data platforms.", "connections"},
	{"Stop switches", "What stops access at once.", "stops"},
	{"People", "Who somebody is, what they have, and how they are told.", "people me inbox preferences accounts tokens device sessions"},
	{"Webhooks", "Services that are told of events.", "webhooks"},
	{"Review assist", "How data stewards are advised, and how that does.", "advice"},
	{"Log", "Everything that was done, figures of it, and proofs.", "events figures log"},
}

func tagOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, site.APIRoot+"/"), "/")
	for _, t := range tags {
		if slices.Contains(strings.Fields(t.paths), first) {
			return t.name
		}
	}
	return ""
}

// Finish completes a document whose operations are registered.
func Finish(o *huma.OpenAPI, schemes ...Scheme) {
	o.Info.Description = "Access to data: find an asset, ask for it, decide, and see what stands.\n\n" +
		"Every answer bears X-Request-Id: that of the request, or a new one. What is refused is answered with a problem document (RFC 9457), whose code is for programs and whose errors name each fault. " +
		"Lists are read page by page: Link with rel=next (RFC 8288) leads to the next page, and a page may be short although others follow. " +
		"What can be edited has an ETag: sent back in If-Match, a change is made only if nobody was faster, and the answer is 412 otherwise. What GET returns can be sent back by PUT as it is. " +
		"Idempotency-Key makes a repeated POST the same one for at least a day."
	o.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	o.Servers = []*huma.Server{{URL: "/"}}
	for _, t := range tags {
		o.Tags = append(o.Tags, &huma.Tag{Name: t.name, Description: t.description})
	}
	o.Components.SecuritySchemes = map[string]*huma.SecurityScheme{}
	for _, s := range schemes {
		scheme := s.Scheme
		o.Components.SecuritySchemes[s.Name] = &scheme
		o.Security = append(o.Security, map[string][]string{s.Name: {}})
	}
	problems := addProblems(o)
	for path, item := range o.Paths {
		for _, op := range operationsOf(item) {
			finish(op, path, problems)
		}
	}
	addWebhooks(o)
	mend(o.Components.Schemas.Map())
}

func operationsOf(item *huma.PathItem) []*huma.Operation {
	return slices.DeleteFunc([]*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch}, func(op *huma.Operation) bool { return op == nil })
}

// finish adds what follows from an operation.
func finish(op *huma.Operation, path string, problems map[int]*huma.Response) {
	tag := tagOf(path)
	if tag == "" || op.Description == "" {
		panic(fmt.Sprintf("web: operation %s wants a tag and a description", op.OperationID))
	}
	op.Tags = []string{tag}
	op.Metadata[offered] = offersOf(op)
	for status, applies := range applies(op, path) {
		if applies {
			op.Responses[strconv.Itoa(status)] = problems[status]
		}
	}
	op.Responses["default"] = problems[0]
	for status, r := range op.Responses {
		if strings.HasPrefix(status, "2") {
			answerHeaders(op, status, r)
		}
	}
}

// applies says which problems an operation can answer with.
func applies(op *huma.Operation, path string) map[int]bool {
	body, changes := op.RequestBody != nil, op.Method != http.MethodGet
	return map[int]bool{
		http.StatusBadRequest:            body || has(op, "cursor") || op.OperationID == "resolve",
		http.StatusUnauthorized:          true,
		http.StatusForbidden:             true,
		http.StatusNotFound:              strings.Contains(path, "{") || body || op.OperationID == "resolve",
		http.StatusNotAcceptable:         len(Offers(op)) > 0,
		http.StatusConflict:              changes || slices.Contains([]string{"resolve", "plan", "grant-job", "connection-setup"}, op.OperationID),
		http.StatusPreconditionFailed:    has(op, "If-Match"),
		http.StatusRequestEntityTooLarge: body || has(op, "Idempotency-Key"),
		http.StatusUnsupportedMediaType:  changes,
		http.StatusUnprocessableEntity:   body || len(op.Parameters) > 0,
		http.StatusPreconditionRequired:  has(op, "If-Match") && op.Method == http.MethodDelete && has(op, "version"),
		http.StatusTooManyRequests:       true,
	}
}

func has(op *huma.Operation, parameter string) bool {
	return slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == parameter })
}

// Marks in the metadata of an operation.
const (
	Edited = "edited" // its answer has an ETag
	Makes  = "makes"  // its answer has a Location
	Paged  = "paged"  // its answer may have a Link
)

// answerHeaders documents the header fields of an answer that went well.
func answerHeaders(op *huma.Operation, status string, r *huma.Response) {
	if r.Headers == nil {
		r.Headers = map[string]*huma.Param{}
	}
	header := func(name, description string) {
		r.Headers[name] = &huma.Header{Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	header(exchange.IDHeader, "The id of the request")
	if op.Metadata[Edited] != nil && (status == "200" || status == "204") {
		header("ETag", "The version, for If-Match")
	}
	if op.Metadata[Makes] != nil || status == "202" {
		header("Location", "Where that is which was made")
	}
	if has(op, "cursor") || has(op, "after") {
		header("Link", `The next page, with rel="next" (RFC 8288); missing on the last`)
	}
	if has(op, "Idempotency-Key") {
		header("Idempotent-Replayed", "true where the answer was given before under the same key")
	}
}

// offered is where Finish notes the offers of an operation.
const offered = "offers"

// Offers are the media types of the answers of an operation that go well, JSON first.
func Offers(op *huma.Operation) []string {
	all, _ := op.Metadata[offered].([]string)
	return all
}

func offersOf(op *huma.Operation) []string {
	var all []string
	for status, r := range op.Responses {
		if !strings.HasPrefix(status, "2") {
			continue
		}
		for kind := range r.Content {
			if !slices.Contains(all, kind) {
				all = append(all, kind)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		if (a == "application/json") != (b == "application/json") {
			return map[bool]int{true: -1, false: 1}[a == "application/json"]
		}
		return strings.Compare(b, a) // text/csv before application/jsonl
	})
	return all
}

// addWebhooks describes what webhooks are sent.
func addWebhooks(o *huma.OpenAPI) {
	payload := o.Components.Schemas.Schema(reflect.TypeFor[notify.Payload](), true, "")
	header := func(name, description string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Required: true, Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	o.Webhooks = map[string]*huma.PathItem{"event": {Post: &huma.Operation{
		OperationID: "told-of-event", Tags: []string{"Webhooks"}, Summary: "An event that a webhook asked for",
		Description: "Sent at least once, and in order for each request. It is signed as Standard Webhooks says. Any 2xx means that it has arrived; anything else is tried again for days. The types of events are those of the log, and webhook.test.",
		Security:    []map[string][]string{{}},
		Parameters: []*huma.Param{header("webhook-id", "The id of the event, the same each time it is sent"), header("webhook-timestamp", "When it is sent, in seconds since 1970"),
			header("webhook-signature", "v1, and the base64 of the HMAC-SHA256 over id, timestamp and body, with dots between; several while secrets change, with spaces between")},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: payload}}},
		Responses: map[string]*huma.Response{"2XX": {Description: "It has arrived"}, "410": {Description: "It is not wanted any more: the webhook is suspended"},
			"4XX": {Description: "It is tried again"}},
	}}}
}

// mend corrects the schemas that huma derives from our types. Its own error type is
// never sent. Answers may get more fields one day; bodies sent to us may not.
func mend(schemas map[string]*huma.Schema) {
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	for name, schema := range schemas {
		if !strings.HasSuffix(name, "Body") && name != "Principals" && schema.AdditionalProperties == false {
			schema.AdditionalProperties = nil
		}
	}
}
