package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A provider of identities keeps people here with the token of -scim: who signs in has the
// groups and the permissions that it says, and no other token is let in.
func TestAProviderKeepsPeople(t *testing.T) {
	t.Parallel()
	const token = "a-token-of-this-test-that-is-long-enough"
	s := start(t, t.TempDir(), []string{"SCIM_TOKEN=" + token}, "-listen", "127.0.0.1:0", "-scim", "env:SCIM_TOKEN?id=userName&attribute=login:nickName&permission=AUDIT:auditors")
	scim := func(token, method, path, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.url+"/scim/v2"+path, strings.NewReader(body))
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := httpClient.Do(r)
		must(t, err)
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		must(t, err)
		return answer.StatusCode, string(text)
	}
	if status, text := scim("another", "GET", "/Users", ""); status != http.StatusUnauthorized || strings.Contains(s.Log(), token) {
		t.Errorf("with another token: %d %s", status, text)
	}
	status, text := scim(token, "POST", "/Users", `{"userName":"eve@example.com","displayName":"Eve of the provider","nickName":"eve"}`)
	var user struct{ ID string }
	must(t, json.Unmarshal([]byte(text), &user))
	if status != http.StatusCreated || !strings.Contains(text, s.url+"/scim/v2/Users/"+user.ID) {
		t.Errorf("%d %s", status, text)
	}
	if status, text = scim(token, "POST", "/Groups", `{"displayName":"auditors","members":[{"value":"`+user.ID+`"}]}`); status != http.StatusCreated {
		t.Errorf("%d %s", status, text)
	}
	me := func(holds string) {
		t.Helper()
		if status, text, err := call(t.Context(), http.MethodGet, s.url+"/api/v1/people/me", "eve", "", ""); err != nil || status != http.StatusOK || !strings.Contains(text, holds) {
			t.Errorf("eve is %d %s: %v; want %s", status, text, err, holds)
		}
	}
	me(`"Eve of the provider"`)
	me(`"groups":["auditors"]`)
	me(`"AUDIT"`)
	if status, text = scim(token, "PATCH", "/Users/"+user.ID, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	if status, text, err := call(t.Context(), http.MethodGet, s.url+"/api/v1/people/me", "eve", "", ""); err != nil || status != http.StatusForbidden {
		t.Errorf("inactive, eve is %d %s: %v", status, text, err)
	}
}
