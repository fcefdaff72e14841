package oidcsignin_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/oidcsignin"
)

// TestOpenAPINamesTheProviders: the OpenAPI document says who vouches for people, and
// whose tokens services may bring. What it says is found, and counts.
func TestOpenAPINamesTheProviders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world, o *oidcsignin.Options) {
		w.other = newFake(t, w.engine.Clock.Now)
		forPeople := w.other.issuer("partner")
		forPeople.Services, forPeople.Audiences = nil, nil
		o.Issuers = []oidcsignin.Issuer{w.corp.issuer("corp"), forPeople}
	})
	var document struct {
		Security   []map[string][]string
		Components struct {
			SecuritySchemes map[string]struct{ Type, Name, Description, OpenIDConnectURL string }
		}
	}
	must(t, json.Unmarshal([]byte(w.browser(t).open("/openapi.json").body), &document))
	schemes := document.Components.SecuritySchemes
	corp := schemes["openId-corp"]
	if corp.Type != "openIdConnect" || corp.OpenIDConnectURL != w.corp.URL+"/.well-known/openid-configuration" {
		t.Errorf("the provider of services is %+v", corp)
	}
	want(t, w.browser(t).open(corp.OpenIDConnectURL), http.StatusOK, `"issuer":"`+w.corp.URL+`"`)
	if got := schemes["session"]; got.Name != w.in.SessionCookie() || !strings.Contains(got.Description, "at "+w.corp.URL+", or at "+w.other.URL) {
		t.Errorf("the session is %+v, want the cookie %q", got, w.in.SessionCookie())
	}
	// The tokens of the second are none for the API, so that it is no scheme.
	if diff := cmp.Diff([]map[string][]string{{"session": {}}, {"openId-corp": {}}, {"bearer": {}}}, document.Security); diff != "" {
		t.Errorf("security (-want +got):\n%s", diff)
	}
}

// TestOpenIDIsChecked: a provider that the document cannot name is refused at the start.
func TestOpenIDIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, all := range map[string][]web.OpenID{
		"no URL":    {{Issuer: "corp"}},
		"a query":   {{Issuer: "https://id.example.com?x=1"}},
		"two alike": {{Issuer: "https://id.example.com"}, {Issuer: "https://two.example.com"}},
		"no name":   {{Name: "a b", Issuer: "https://id.example.com"}},
	} {
		if _, err := web.Handler(w.engine.Engine, web.Options{Authenticate: w.in.Authenticate, OpenID: all}); err == nil {
			t.Errorf("%s: is taken", name)
		}
	}
}
