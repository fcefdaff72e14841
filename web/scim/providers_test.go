package scim_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
)

// step is one call as a provider documents it. {user} and {group} stand for the ids that
// were given; keep names the id that the answer gives.
type step struct {
	name           string
	method, path   string
	body           string
	status         int
	holds, without []string
	keep           string
}

func (w *world) walk(t *testing.T, steps []step) map[string]string {
	t.Helper()
	ids := map[string]string{}
	for _, s := range steps {
		path, body := s.path, s.body
		for name, id := range ids {
			path, body = strings.ReplaceAll(path, "{"+name+"}", id), strings.ReplaceAll(body, "{"+name+"}", id)
		}
		a := w.call(t, s.method, path, body)
		if a.status != s.status {
			t.Fatalf("%s: %d %s, want %d", s.name, a.status, a.text, s.status)
		}
		for _, text := range s.holds {
			if !strings.Contains(a.text, text) {
				t.Errorf("%s: %s, want it to hold %s", s.name, a.text, text)
			}
		}
		for _, text := range s.without {
			if strings.Contains(a.text, text) {
				t.Errorf("%s: %s, want it not to hold %s", s.name, a.text, text)
			}
		}
		if s.keep != "" {
			ids[s.keep] = a.id()
		}
	}
	return ids
}

func filter(text string) string { return "?filter=" + url.QueryEscape(text) }

const oktaUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"eve@example.com","name":{"givenName":"Eve","familyName":"Example"},
	"emails":[{"primary":true,"value":"eve@example.com","type":"work"}],"displayName":"Eve Example","locale":"en-US","externalId":"00ujl29u0le5T6Aj10h7","groups":[],"password":"1mz050nq","active":true}`

// TestOkta makes the calls that Okta documents: it looks for the userName, creates, reads and
// replaces the user, deactivates by PATCH without a path, and pushes groups.
func TestOkta(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.walk(t, []step{
		{name: "test of the connection", method: "GET", path: "/Users?startIndex=1&count=2", status: 200, holds: []string{`"totalResults":0`, `"Resources":[]`}},
		{name: "is the user there", method: "GET", path: "/Users" + filter(`userName eq "eve@example.com"`) + "&startIndex=1&count=100", status: 200, holds: []string{`"totalResults":0`, `"Resources":[]`, `"startIndex":1`}},
		{name: "create", method: "POST", path: "/Users", body: oktaUser, status: 201, holds: []string{`"userName":"eve@example.com"`, `"active":true`, `"externalId":"00ujl29u0le5T6Aj10h7"`}, without: []string{"1mz050nq", "password"}, keep: "user"},
		{name: "create again", method: "POST", path: "/Users", body: oktaUser, status: 409, holds: []string{`"scimType":"uniqueness"`, `"status":"409"`}},
		{name: "read", method: "GET", path: "/Users/{user}", status: 200, holds: []string{`"givenName":"Eve"`, `"resourceType":"User"`}},
		{name: "update the profile", method: "PUT", path: "/Users/{user}", body: `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"{user}","userName":"eve@example.com","name":{"givenName":"Eve","middleName":"Excited","familyName":"Example"},"emails":[{"primary":true,"value":"eve@example.com","type":"work"}],"displayName":"Eve Example","externalId":"00ujl29u0le5T6Aj10h7","active":true,"groups":[],"meta":{"resourceType":"User"}}`,
			status: 200, holds: []string{`"middleName":"Excited"`}, without: []string{"locale"}},
		{name: "deactivate by PATCH", method: "PATCH", path: "/Users/{user}", body: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`, status: 200, holds: []string{`"active":false`}},
		{name: "activate by PATCH", method: "PATCH", path: "/Users/{user}", body: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":true}}]}`, status: 200, holds: []string{`"active":true`}},
		{name: "deactivate by PUT", method: "PUT", path: "/Users/{user}", body: strings.ReplaceAll(oktaUser, `"active":true`, `"active":false`), status: 200, holds: []string{`"active":false`}},
		{name: "activate by PUT", method: "PUT", path: "/Users/{user}", body: oktaUser, status: 200, holds: []string{`"active":true`}},

		{name: "is the group there", method: "GET", path: "/Groups" + filter(`displayName eq "Privacy"`) + "&startIndex=1&count=100", status: 200, holds: []string{`"totalResults":0`}},
		{name: "push a group", method: "POST", path: "/Groups", body: `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Privacy","members":[]}`, status: 201, holds: []string{`"displayName":"Privacy"`}, keep: "group"},
		{name: "read the group", method: "GET", path: "/Groups/{group}", status: 200, holds: []string{`"resourceType":"Group"`}},
		{name: "rename it", method: "PATCH", path: "/Groups/{group}", body: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"id":"{group}","displayName":"Privacy office"}}]}`, status: 204},
		{name: "add a member", method: "PATCH", path: "/Groups/{group}", body: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"{user}","display":"eve@example.com"}]}]}`, status: 204},
		{name: "read the members", method: "GET", path: "/Groups/{group}", status: 200, holds: []string{`"value":"{user}"`[:8], `"displayName":"Privacy office"`}},
		{name: "remove a member", method: "PATCH", path: "/Groups/{group}", body: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members[value eq \"{user}\"]"}]}`, status: 204},
		{name: "it is empty", method: "GET", path: "/Groups/{group}", status: 200, without: []string{`"members"`}},
		{name: "replace all members", method: "PATCH", path: "/Groups/{group}", body: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"members","value":[{"value":"{user}","display":"eve@example.com"}]}]}`, status: 204},
		{name: "replace the group", method: "PUT", path: "/Groups/{group}", body: `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"{group}","displayName":"Privacy office","members":[{"value":"{user}","display":"eve@example.com"}]}`, status: 200, holds: []string{`"type":"User"`}},
		{name: "delete the group", method: "DELETE", path: "/Groups/{group}", status: 204},
		{name: "it is gone", method: "GET", path: "/Groups/{group}", status: 404, holds: []string{`"status":"404"`}},
	})
	if who := w.identity(t, "00ujl29u0le5T6Aj10h7"); who.Name != "Eve Example" || who.Email != "eve@example.com" || who.Groups == nil || len(who.Groups) != 0 {
		t.Errorf("user %s is %+v", ids["user"], who)
	}
}

const entraUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
	"userName":"eve@example.com","active":true,"emails":[{"primary":true,"type":"work","value":"eve@example.com"}],"meta":{"resourceType":"User"},
	"name":{"formatted":"Eve Example","familyName":"Example","givenName":"Eve"},"roles":[]}`

// TestEntra makes the calls that Entra ID documents: it asks by externalId and by an address,
// writes operations with capitals and booleans as text, a manager by an id alone, and removes
// members by a list in the value.
func TestEntra(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	patch := func(operations string) string {
		return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[%s]}`, operations)
	}
	w.walk(t, []step{
		{name: "test of the connection", method: "GET", path: "/Users" + filter(`userName eq "non-existent user"`), status: 200, holds: []string{`"totalResults":0`, `"Resources":[]`}},
		{name: "schemas", method: "GET", path: "/Schemas", status: 200, holds: []string{userURN, groupURN, workURN}},
		{name: "create", method: "POST", path: "/Users?aadOptscim062020", body: entraUser, status: 201, holds: []string{`"externalId":"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"`}, keep: "user"},
		{name: "by external id", method: "GET", path: "/Users" + filter(`externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"`), status: 200, holds: []string{`"totalResults":1`}},
		{name: "by an address", method: "GET", path: "/Users" + filter(`emails[type eq "work"].value eq "EVE@example.com"`), status: 200, holds: []string{`"totalResults":1`}},
		{name: "several attributes", method: "PATCH", path: "/Users/{user}", body: patch(`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"eve2@example.com"},{"op":"Replace","path":"name.familyName","value":"Other"}`),
			status: 200, holds: []string{`"familyName":"Other"`, `eve2@example.com`}},
		{name: "one that was not there", method: "PATCH", path: "/Users/{user}", body: patch(`{"op":"Add","path":"phoneNumbers[type eq \"mobile\"].value","value":"555-0100"},{"op":"Add","path":"` + workURN + `:department","value":"Sales"}`),
			status: 200, holds: []string{`"type":"mobile"`, `"department":"Sales"`}},
		{name: "without a path", method: "PATCH", path: "/Users/{user}", body: patch(`{"op":"Replace","value":{"displayName":"Eve O.","name.givenName":"Evelyn","` + workURN + `:employeeNumber":"17","emails[type eq \"work\"].value":"eve3@example.com"}}`),
			status: 200, holds: []string{`"displayName":"Eve O."`, `"givenName":"Evelyn"`, `"employeeNumber":"17"`, `eve3@example.com`}},
		{name: "user name", method: "PATCH", path: "/Users/{user}", body: patch(`{"op":"Replace","path":"userName","value":"evelyn@example.com"}`), status: 200, holds: []string{`"userName":"evelyn@example.com"`}},
		{name: "disable, as text", method: "PATCH", path: "/Users/{user}", body: patch(`{"op":"Replace","path":"active","value":"False"}`), status: 200, holds: []string{`"active":false`}},
		{name: "a disabled one is found", method: "GET", path: "/Users" + filter(`userName eq "evelyn@example.com"`), status: 200, holds: []string{`"active":false`}},
		{name: "enable, as text", method: "PATCH", path: "/Users/{user}", body: patch(`{"op":"Replace","path":"active","value":"True"}`), status: 200, holds: []string{`"active":true`}},
		{name: "the manager", method: "POST", path: "/Users", body: strings.NewReplacer("0a21f0f2", "1b32a1a3", "eve@", "boss@").Replace(entraUser), status: 201, keep: "boss"},
		{name: "a manager by an id", method: "PATCH", path: "/Users/{user}", body: patch(`{"op":"Add","path":"` + workURN + `:manager","value":"{boss}"}`), status: 200, holds: []string{`"manager":{"value":`}},

		{name: "create a group", method: "POST", path: "/Groups", body: `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":"8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159","displayName":"Privacy","meta":{"resourceType":"Group"}}`, status: 201, keep: "group"},
		{name: "the group without its members", method: "GET", path: "/Groups/{group}?excludedAttributes=members", status: 200, holds: []string{"8aa1a0c0"}, without: []string{`"members"`}},
		{name: "by its name", method: "GET", path: "/Groups?excludedAttributes=members&" + filter(`displayName eq "privacy"`)[1:], status: 200, holds: []string{`"totalResults":1`}},
		{name: "rename", method: "PATCH", path: "/Groups/{group}", body: patch(`{"op":"Replace","path":"displayName","value":"Privacy office"}`), status: 204},
		{name: "add members", method: "PATCH", path: "/Groups/{group}", body: patch(`{"op":"Add","path":"members","value":[{"$ref":null,"value":"{user}"},{"$ref":null,"value":"{boss}"}]}`), status: 204},
		{name: "is one in it", method: "GET", path: "/Groups" + filter(`id eq "{group}" and members.value eq "{user}"`) + "&excludedAttributes=members", status: 200},
		{name: "remove members by a list", method: "PATCH", path: "/Groups/{group}", body: patch(`{"op":"Remove","path":"members","value":[{"$ref":null,"value":"{user}"}]}`), status: 204},
		{name: "remove a user", method: "DELETE", path: "/Users/{user}", status: 204},
		{name: "the user is gone", method: "GET", path: "/Users/{user}", status: 404},
	})
	if who, complete := w.members(t, request.Criterion{Group: issuer + "|Privacy"}); len(who) != 1 || !strings.HasPrefix(who[0], "1b32a1a3") || !complete {
		t.Errorf("in the group are %v, all of them %t", who, complete)
	}
}
