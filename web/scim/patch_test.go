package scim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPatch changes a user by the operations of RFC 7644, section 3.5.2.
func TestPatch(t *testing.T) {
	t.Parallel()
	const before = `{"emails":[{"value":"work@example.com","type":"work","primary":true},{"value":"home@example.com","type":"home"}],"name":{"givenName":"Eve"},"title":"Lead"}`
	for name, tt := range map[string]struct {
		operations string
		want       string // of emails, name, title and the extension; or a scimType
	}{
		"add a value":                     {`{"op":"add","path":"emails","value":[{"value":"more@example.com","type":"other"}]}`, `{"emails":[{"value":"work@example.com","type":"work","primary":true},{"value":"home@example.com","type":"home"},{"value":"more@example.com","type":"other"}],"name":{"givenName":"Eve"},"title":"Lead"}`},
		"add a value that is there":       {`{"op":"add","path":"emails","value":{"value":"home@example.com","type":"home"}}`, before},
		"add another primary one":         {`{"op":"add","path":"emails","value":{"value":"new@example.com","primary":true}}`, `{"emails":[{"value":"work@example.com","type":"work","primary":false},{"value":"home@example.com","type":"home"},{"value":"new@example.com","primary":true}],"name":{"givenName":"Eve"},"title":"Lead"}`},
		"add a part":                      {`{"op":"add","path":"name.familyName","value":"Example"}`, `{"emails":[{"value":"work@example.com","type":"work","primary":true},{"value":"home@example.com","type":"home"}],"name":{"givenName":"Eve","familyName":"Example"},"title":"Lead"}`},
		"add to a complex one":            {`{"op":"add","value":{"name":{"familyName":"Example"}}}`, `{"emails":[{"value":"work@example.com","type":"work","primary":true},{"value":"home@example.com","type":"home"}],"name":{"givenName":"Eve","familyName":"Example"},"title":"Lead"}`},
		"replace a complex one":           {`{"op":"replace","path":"name","value":{"familyName":"Example"}}`, `{"emails":[{"value":"work@example.com","type":"work","primary":true},{"value":"home@example.com","type":"home"}],"name":{"familyName":"Example"},"title":"Lead"}`},
		"replace selected":                {`{"op":"replace","path":"emails[type eq \"home\"]","value":{"value":"new@example.com","type":"home"}}`, `{"emails":[{"value":"work@example.com","type":"work","primary":true},{"value":"new@example.com","type":"home"}],"name":{"givenName":"Eve"},"title":"Lead"}`},
		"replace a part of selected":      {`{"op":"replace","path":"emails[type eq \"home\"].primary","value":"True"}`, `{"emails":[{"value":"work@example.com","type":"work","primary":false},{"value":"home@example.com","type":"home","primary":true}],"name":{"givenName":"Eve"},"title":"Lead"}`},
		"replace by nothing":              {`{"op":"replace","path":"title","value":null}`, `{"emails":[{"value":"work@example.com","type":"work","primary":true},{"value":"home@example.com","type":"home"}],"name":{"givenName":"Eve"}}`},
		"remove":                          {`{"op":"remove","path":"title"},{"op":"remove","path":"name.givenName"}`, `{"emails":[{"value":"work@example.com","type":"work","primary":true},{"value":"home@example.com","type":"home"}]}`},
		"remove selected":                 {`{"op":"remove","path":"emails[value eq \"home@example.com\"]"}`, `{"emails":[{"value":"work@example.com","type":"work","primary":true}],"name":{"givenName":"Eve"},"title":"Lead"}`},
		"remove what is not there":        {`{"op":"remove","path":"emails[type eq \"other\"]"},{"op":"remove","path":"nickName"}`, before},
		"remove all":                      {`{"op":"remove","path":"emails"}`, `{"name":{"givenName":"Eve"},"title":"Lead"}`},
		"the extension":                   {fmt.Sprintf(`{"op":"add","path":"%s:costCenter","value":"9"},{"op":"add","value":{%q:{"division":"B"}}}`, workURN, workURN), fmt.Sprintf(`{"emails":[{"value":"work@example.com","type":"work","primary":true},{"value":"home@example.com","type":"home"}],"name":{"givenName":"Eve"},"title":"Lead",%q:{"costCenter":"9","division":"B"}}`, workURN)},
		"the extension and back":          {fmt.Sprintf(`{"op":"add","path":"%s:costCenter","value":"9"},{"op":"remove","path":"%[1]s:costCenter"}`, workURN), before},
		"a core attribute in full":        {fmt.Sprintf(`{"op":"replace","path":"%s:title","value":"Boss"}`, userURN), `{"emails":[{"value":"work@example.com","type":"work","primary":true},{"value":"home@example.com","type":"home"}],"name":{"givenName":"Eve"},"title":"Boss"}`},
		"a password is not kept":          {`{"op":"replace","path":"password","value":"secret-of-eve"}`, before},
		"nothing selected to replace":     {`{"op":"replace","path":"emails[type eq \"other\"].value","value":"x"}`, "noTarget"},
		"remove without a path":           {`{"op":"remove"}`, "noTarget"},
		"an unknown attribute":            {`{"op":"add","path":"shoeSize","value":"43"}`, "invalidPath"},
		"an unknown part":                 {`{"op":"add","path":"name.shoeSize","value":"43"}`, "invalidPath"},
		"no path":                         {`{"op":"add","path":"emails[[","value":"43"}`, "invalidPath"},
		"select from what has one value":  {`{"op":"add","path":"name[givenName eq \"Eve\"].familyName","value":"x"}`, "invalidPath"},
		"select by what is not there":     {`{"op":"replace","path":"emails[colour eq \"red\"]","value":{"value":"x"}}`, "invalidPath"},
		"the id":                          {`{"op":"replace","path":"id","value":"mine"}`, "mutability"},
		"groups":                          {`{"op":"add","path":"groups","value":[{"value":"x"}]}`, "mutability"},
		"the id of the person":            {`{"op":"replace","path":"externalId","value":"another"}`, "mutability"},
		"no user name":                    {`{"op":"remove","path":"userName"}`, "invalidValue"},
		"no id of the person":             {`{"op":"remove","path":"externalId"}`, "invalidValue"},
		"a value of another type":         {`{"op":"replace","path":"title","value":{"a":1}}`, "invalidValue"},
		"a boolean that is none":          {`{"op":"replace","path":"active","value":"perhaps"}`, "invalidValue"},
		"no value":                        {`{"op":"add","path":"title"}`, "invalidValue"},
		"no such operation":               {`{"op":"move","path":"title"}`, "invalidSyntax"},
		"half of it: the second does not": {`{"op":"replace","path":"title","value":"Boss"},{"op":"add","path":"shoeSize","value":"43"}`, "invalidPath"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			user := w.want(t, 201, "POST", "/Users", `{"externalId":"eve","userName":"eve@example.com",`+before[1:])
			body := fmt.Sprintf(`{"schemas":[%q],"Operations":[%s]}`, patchURN, tt.operations)
			a := w.call(t, "PATCH", "/Users/"+user.id(), body)
			want := tt.want
			if !strings.HasPrefix(want, "{") {
				if a.status != 400 || a.body["scimType"] != want {
					t.Errorf("%d %s, want %s", a.status, a.text, want)
				}
				want = before
			} else if a.status != 200 || strings.Contains(a.text, "secret-of-eve") {
				t.Errorf("%d %s", a.status, a.text)
			}
			now := w.want(t, 200, "GET", "/Users/"+user.id(), "")
			got, wanted := map[string]any{}, map[string]any{}
			for _, key := range []string{"emails", "name", "title", workURN} {
				if v, is := now.body[key]; is {
					got[key] = v
				}
			}
			must(t, json.Unmarshal([]byte(want), &wanted))
			if diff := cmp.Diff(wanted, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if (want == before) != (now.header.Get("ETag") == user.header.Get("ETag")) {
				t.Errorf("the version is %s, it was %s", now.header.Get("ETag"), user.header.Get("ETag"))
			}
		})
	}
}

// TestConditions holds a change to the version that a client has read (RFC 7644, section 3.14).
func TestConditions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve := w.user(t, "eve")
	sales := w.group(t, "sales", eve)
	for _, path := range []string{"/Users/" + eve, "/Groups/" + sales} {
		was := w.want(t, 200, "GET", path, "").header.Get("ETag")
		if a := w.call(t, "GET", path, "", "If-None-Match", was); a.status != 304 || a.text != "" {
			t.Errorf("%s, not changed: %d %s", path, a.status, a.text)
		}
		rename := fmt.Sprintf(`{"schemas":[%q],"Operations":[{"op":"replace","path":"displayName","value":"other"}]}`, patchURN)
		if a := w.call(t, "PATCH", path, rename, "If-Match", was); a.status > 204 {
			t.Errorf("%s, as it was: %d %s", path, a.status, a.text)
		}
		for method, body := range map[string]string{"PATCH": rename, "DELETE": "", "PUT": `{"userName":"x","externalId":"eve","displayName":"x"}`} {
			if a := w.call(t, method, path, body, "If-Match", was); a.status != 412 || a.body["status"] != "412" {
				t.Errorf("%s %s, changed meanwhile: %d %s", method, path, a.status, a.text)
			}
		}
		if a := w.call(t, "DELETE", path, "", "If-Match", `W/"1", W/"2"`); a.status != 204 {
			t.Errorf("%s, one of two versions: %d %s", path, a.status, a.text)
		}
	}
}
