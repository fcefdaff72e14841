package scim_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/web/scim"
)

// TestWhoMayWrite lets in with the token alone.
func TestWhoMayWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, header := range map[string]string{"none": "", "another": "Bearer " + token + "x", "a part": "Bearer " + token[:20], "another scheme": "Basic " + token, "no scheme": token} {
		for _, path := range []string{"/Users", "/Groups/x", "/ServiceProviderConfig", "/nowhere"} {
			a := w.call(t, "GET", path, "", "Authorization", header)
			if a.status != 401 || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") || a.body["status"] != "401" {
				t.Errorf("%s, %s: %d %s", name, path, a.status, a.text)
			}
		}
	}
	w.want(t, 200, "GET", "/Users", "")
	both, err := scim.Tokens(token, strings.Repeat("n", 40))
	must(t, err)
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "bearer "+strings.Repeat("n", 40))
	if err := both(r); err != nil {
		t.Errorf("with the second token: %v", err)
	}
	r.Header.Add("Authorization", "Bearer "+token)
	if err := both(r); err == nil {
		t.Error("with two headers somebody was let in")
	}
	for _, tokens := range [][]string{nil, {""}, {"short"}, {strings.Repeat("n", 40) + " x"}} {
		if _, err := scim.Tokens(tokens...); err == nil {
			t.Errorf("%q are tokens", tokens)
		}
	}
}

// TestErrors answers as RFC 7644, section 3.12, has it.
func TestErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve := w.user(t, "eve")
	for _, tt := range []struct {
		method, path, body string
		status             int
		kind, holds        string
	}{
		{"GET", "/Users/nobody", "", 404, "", "no user"},
		{"GET", "/Groups/nobody", "", 404, "", "no group"},
		{"GET", "/nowhere", "", 404, "", "nothing at this path"},
		{"GET", "/Me", "", 501, "", "not supported"},
		{"POST", "/Bulk", "{}", 501, "", "not supported"},
		{"DELETE", "/Users", "", 405, "", "DELETE is not possible"},
		{"PATCH", "/Users/nobody", `{"schemas":["` + patchURN + `"],"Operations":[{"op":"add","path":"title","value":"x"}]}`, 404, "", "no such user"},
		{"DELETE", "/Groups/nobody", "", 404, "", ""},
		{"POST", "/Users", `{"userName":`, 400, "invalidSyntax", "no JSON object"},
		{"POST", "/Users", `[]`, 400, "invalidSyntax", ""},
		{"POST", "/Users", `{"userName":"a","externalId":"a"} {}`, 400, "invalidSyntax", "follows"},
		{"POST", "/Users", `{"externalId":"x"}`, 400, "invalidValue", "userName"},
		{"POST", "/Users", `{"userName":"x"}`, 400, "invalidValue", "externalId is missing"},
		{"POST", "/Users", `{"userName":7,"externalId":"x"}`, 400, "invalidValue", "userName must be of type string"},
		{"POST", "/Users", `{"userName":"x","externalId":7}`, 400, "invalidValue", "externalId must be text"},
		{"POST", "/Users", `{"userName":"x","externalId":"x","emails":[7]}`, 400, "invalidValue", "emails must be an object"},
		{"POST", "/Users", `{"userName":"x","externalId":"x","emails":[{"value":[]}]}`, 400, "invalidValue", "emails.value must be of type string"},
		{"POST", "/Users", `{"userName":"EVE@example.com","externalId":"x"}`, 409, "uniqueness", "userName"},
		{"POST", "/Users", `{"userName":"x","externalId":"eve"}`, 409, "uniqueness", "id"},
		{"POST", "/Users", `{"userName":"x","externalId":"x","title":"` + strings.Repeat("x", 70_000) + `"}`, 400, "invalidValue", "at most 65536"},
		{"POST", "/Users", `{"userName":"x","externalId":"x\u0000"}`, 400, "invalidValue", ""},
		{"POST", "/Users", `{"userName":"x","externalId":"x","title":"x\u0000"}`, 400, "invalidValue", ""},
		{"POST", "/Groups", `{"displayName":"x","externalId":"x\u0000"}`, 400, "invalidValue", ""},
		{"POST", "/Groups", `{"displayName":"` + strings.Repeat("x", 1001) + `"}`, 400, "invalidValue", "bytes"},
		{"POST", "/Groups", `{}`, 400, "invalidValue", "displayName"},
		{"POST", "/Groups", `{"displayName":"x","members":[{}]}`, 400, "invalidValue", "members[0].value"},
		{"POST", "/Groups", `{"displayName":"x","members":[{"value":"nobody"}]}`, 400, "invalidValue", "nobody"},
		{"PATCH", "/Users/" + eve, `{"Operations":[]}`, 400, "invalidSyntax", patchURN},
		{"PATCH", "/Users/" + eve, `{"schemas":["` + patchURN + `"]}`, 400, "invalidSyntax", "Operations"},
		{"PUT", "/Users/" + eve, `{"userName":"eve@example.com","externalId":"other"}`, 400, "mutability", "administrator"},
		{"POST", "/Users", `{"userName":"` + strings.Repeat("x", scim.MaxBodyBytes) + `"}`, 413, "", "bytes"},
	} {
		a := w.call(t, tt.method, tt.path, tt.body)
		kind, _ := a.body["scimType"].(string)
		if a.status != tt.status || kind != tt.kind || !strings.Contains(a.text, tt.holds) || !strings.Contains(a.text, "urn:ietf:params:scim:api:messages:2.0:Error") {
			t.Errorf("%s %s %.200s: %d %.400s; want %d %s %q", tt.method, tt.path, tt.body, a.status, a.text, tt.status, tt.kind, tt.holds)
		}
	}
}

// TestDiscovery tells what there is (RFC 7644, section 4).
func TestDiscovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *scim.Options) { o.URL = "https://access.example.com/scim/v2/" })
	w.want(t, 200, "GET", "/ServiceProviderConfig", "", `"etag":{"supported":true}`, `"patch":{"supported":true}`, `"bulk":{"maxOperations":0,"maxPayloadSize":0,"supported":false}`, "oauthbearertoken")
	w.want(t, 200, "GET", "/ResourceTypes", "", `"endpoint":"/Users"`, `"endpoint":"/Groups"`, `"totalResults":2`)
	w.want(t, 200, "GET", "/ResourceTypes/Group", "", groupURN)
	w.want(t, 200, "GET", "/Schemas/"+workURN, "", "employeeNumber")
	w.want(t, 404, "GET", "/Schemas/urn:nothing", "")
	id := w.user(t, "eve")
	if a := w.want(t, 200, "GET", "/Users/"+id, ""); !strings.Contains(a.text, `"location":"https://access.example.com/scim/v2/Users/`+id+`"`) || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s", a.text)
	}
}

// TestOptionsAreChecked refuses what cannot work.
func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	inner, err := grantwrighttest.New()
	must(t, err)
	defer func() { must(t, inner.Close()) }()
	let, err := scim.Tokens(token)
	must(t, err)
	for holds, o := range map[string]scim.Options{
		"Authorize":  {},
		"Issuer":     {Authorize: let, Issuer: "a|b"},
		"ID":         {Authorize: let, ID: "email"},
		"GroupKey":   {Authorize: let, GroupKey: "userName"},
		"URL":        {Authorize: let, URL: "https://x?y"},
		"Attributes": {Authorize: let, Attributes: map[string]string{"shoe": "shoeSize"}},
	} {
		if _, err := scim.Handler(inner.Engine, o); err == nil || !strings.Contains(err.Error(), holds) {
			t.Errorf("%s: %v", holds, err)
		}
	}
	if _, err := scim.Handler(nil, scim.Options{Authorize: let}); err == nil {
		t.Errorf("without an engine: %v", err)
	}
}
