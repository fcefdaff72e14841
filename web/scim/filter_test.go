package scim_test

import (
	"fmt"
	"slices"
	"testing"
)

// TestFilters finds people and groups by the operators of RFC 7644, section 3.4.2.2.
func TestFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.want(t, 201, "POST", "/Users", fmt.Sprintf(`{"schemas":[%q],"externalId":"a1","userName":"Ann@example.com","title":"Lead","active":true,"emails":[{"value":"ann@work.example.com","type":"work"},{"value":"ann@home.example.com","type":"home"}],%q:{"department":"Sales","employeeNumber":"7"}}`, userURN, workURN)).id()
	bob := w.want(t, 201, "POST", "/Users", fmt.Sprintf(`{"schemas":[%q],"externalId":"b1","userName":"bob@example.com","active":false,"emails":[{"value":"bob@work.example.com","type":"work"}]}`, userURN)).id()
	sales := w.group(t, "Sales", ann)
	w.group(t, "Support", ann, bob)
	for _, tt := range []struct {
		path, filter string
		want         []string // of userName, or displayName; nil is invalidFilter
	}{
		{"/Users", `userName eq "ann@EXAMPLE.com"`, []string{"Ann@example.com"}},
		{"/Users", `externalId eq "a1"`, []string{"Ann@example.com"}},
		{"/Users", `externalId eq "A1"`, []string{}},
		{"/Users", fmt.Sprintf(`id eq %q`, bob), []string{"bob@example.com"}},
		{"/Users", `id eq "nobody"`, []string{}},
		{"/Users", `userName sw "a" and externalId eq "a1"`, []string{"Ann@example.com"}},
		{"/Users", `externalId eq "a1" and userName sw "b"`, []string{}},
		{"/Users", `userName eq "nobody" or externalId eq "b1"`, []string{"bob@example.com"}},
		{"/Users", `title pr`, []string{"Ann@example.com"}},
		{"/Users", `not (title pr)`, []string{"bob@example.com"}},
		{"/Users", `title ne "Lead"`, []string{"bob@example.com"}},
		{"/Users", `active eq false`, []string{"bob@example.com"}},
		{"/Users", `active eq "True"`, []string{"Ann@example.com"}},
		{"/Users", `emails.value co "home"`, []string{"Ann@example.com"}},
		{"/Users", `emails co "@work"`, []string{"Ann@example.com", "bob@example.com"}},
		{"/Users", `emails[type eq "work" and value sw "bob"]`, []string{"bob@example.com"}},
		{"/Users", `emails[type eq "work" and value co "home"]`, []string{}},
		{"/Users", `emails[type eq "home"].value eq "ann@home.example.com"`, []string{"Ann@example.com"}},
		{"/Users", workURN + `:department eq "sales"`, []string{"Ann@example.com"}},
		{"/Users", `userName ew ".com"`, []string{"Ann@example.com", "bob@example.com"}},
		{"/Users", `meta.created gt "2020-01-01T00:00:00Z"`, []string{"Ann@example.com", "bob@example.com"}},
		{"/Users", `shoeSize eq "43"`, nil},
		{"/Users", `emails.colour eq "red"`, nil},
		{"/Users", `userName is "eve"`, nil},
		{"/Users", `userName eq`, nil},
		{"/Users", `(((`, nil},
		{"/Groups", `displayName eq "sales"`, []string{"Sales"}},
		{"/Groups", fmt.Sprintf(`members.value eq %q`, ann), []string{"Sales", "Support"}},
		{"/Groups", fmt.Sprintf(`members[value eq %q]`, bob), []string{"Support"}},
		{"/Groups", fmt.Sprintf(`id eq %q and members.value eq %q`, sales, bob), []string{}},
		{"/Groups", fmt.Sprintf(`id eq %q and members.value eq %q`, sales, ann), []string{"Sales"}},
		{"/Groups", fmt.Sprintf(`displayName eq "Support" and members.value eq %q`, ann), []string{"Support"}},
		{"/Groups", `displayName sw "S"`, []string{"Sales", "Support"}},
		{"/Groups", fmt.Sprintf(`displayName eq "Sales" or members.value eq %q`, bob), nil},
		{"/Groups", `userName eq "eve"`, nil},
	} {
		a := w.call(t, "GET", tt.path+filter(tt.filter), "")
		if tt.want == nil {
			if a.status != 400 || a.body["scimType"] != "invalidFilter" {
				t.Errorf("%s: %d %s, want invalidFilter", tt.filter, a.status, a.text)
			}
			continue
		}
		if a.status != 200 {
			t.Errorf("%s: %d %s", tt.filter, a.status, a.text)
			continue
		}
		got := []string{}
		for _, r := range a.body["Resources"].([]any) {
			res := r.(map[string]any)
			name, _ := res["userName"].(string)
			if name == "" {
				name, _ = res["displayName"].(string)
			}
			got = append(got, name)
		}
		slices.Sort(got)
		if !slices.Equal(got, tt.want) || a.body["totalResults"] != float64(len(tt.want)) {
			t.Errorf("%s: found %v of %v, want %v", tt.filter, got, a.body["totalResults"], tt.want)
		}
	}
}

// TestPages lists by startIndex and count (RFC 7644, section 3.4.2.4).
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 7 {
		w.user(t, fmt.Sprintf("p%d", i))
	}
	for _, tt := range []struct {
		query        string
		start, items int
	}{
		{"", 1, 7}, {"?startIndex=1&count=3", 1, 3}, {"?startIndex=7&count=3", 7, 1}, {"?startIndex=8&count=3", 8, 0},
		{"?startIndex=-4&count=2", 1, 2}, {"?count=0", 1, 0}, {"?count=-1", 1, 0}, {"?count=100000", 1, 7},
	} {
		a := w.want(t, 200, "GET", "/Users"+tt.query, "")
		if a.body["totalResults"] != 7.0 || a.body["startIndex"] != float64(tt.start) || a.body["itemsPerPage"] != float64(tt.items) || len(a.body["Resources"].([]any)) != tt.items {
			t.Errorf("%q: %v of %v from %v on", tt.query, a.body["itemsPerPage"], a.body["totalResults"], a.body["startIndex"])
		}
	}
	w.want(t, 400, "GET", "/Users?count=some", "", "count must be a number")
	w.want(t, 400, "GET", "/Users?sortBy=userName", "", "sorting is not supported")
	w.want(t, 200, "GET", "/Users?attributes=userName&count=1", "", `"userName"`, `"id"`, `"schemas"`)
	if a := w.want(t, 200, "GET", "/Users?attributes=userName&count=1", ""); len(a.body["Resources"].([]any)[0].(map[string]any)) != 3 {
		t.Errorf("more than was asked for: %s", a.text)
	}
	w.want(t, 400, "GET", "/Users?attributes=userName&excludedAttributes=emails", "", "exclude each other")
}
