package request_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
)

func TestCriterionHolds(t *testing.T) {
	t.Parallel()
	who := request.Identity{Issuer: "corp", ID: "eve", Groups: []string{"a"}, Attributes: map[string][]string{"team": {"x", "y"}}, Permissions: []request.Permission{request.Audit}}
	for _, tt := range []struct {
		criterion request.Criterion
		want      bool
	}{
		{request.Criterion{Person: "corp|eve"}, true},
		{request.Criterion{Person: "eve"}, false},
		{request.Criterion{Group: "corp|a"}, true},
		{request.Criterion{Group: "a"}, false}, // of no issuer, or of one alone
		{request.Criterion{Group: "partner|a"}, false},
		{request.Criterion{Group: "corp|A"}, false},
		{request.Criterion{Attribute: request.Attribute{Key: "team", Value: "y"}}, true},
		{request.Criterion{Attribute: request.Attribute{Key: "team", Value: "z"}}, false},
		{request.Criterion{Attribute: request.Attribute{Key: "y", Value: "team"}}, false},
		{request.Criterion{Permission: request.Audit}, true},
		{request.Criterion{Permission: request.Admin}, false},
		{request.Criterion{}, false},
	} {
		if got := tt.criterion.Holds(who); got != tt.want {
			t.Errorf("%+v: got %v", tt.criterion, got)
		}
	}
}

func TestRosterFindsPeople(t *testing.T) {
	t.Parallel()
	in := func(id string, groups ...string) request.Identity {
		return request.Identity{ID: id, Groups: append([]string{}, groups...)}
	}
	roster := request.Roster{in("d", "g"), in("b", "g", "h"), in("a"), in("c", "g")}
	for _, tt := range []struct {
		after request.PersonID
		limit int
		want  []request.PersonID
	}{
		{"", 10, []request.PersonID{"b", "c", "d"}},
		{"", 2, []request.PersonID{"b", "c"}},
		{"c", 2, []request.PersonID{"d"}},
		{"d", 2, nil},
		{"", 0, nil},
		{"", -1, nil},
	} {
		who, complete, err := roster.People(t.Context(), request.Criterion{Group: "g"}, tt.after, tt.limit)
		if err != nil || !complete {
			t.Errorf("after %q: %v, complete %v", tt.after, err, complete)
		}
		if diff := cmp.Diff(tt.want, people(who)); diff != "" {
			t.Errorf("after %q, at most %d: (-want +got)\n%s", tt.after, tt.limit, diff)
		}
	}
	if _, err := roster.Lookup(t.Context(), "e"); !errors.Is(err, request.ErrUnknownPerson) {
		t.Errorf("got %v", err)
	}
}

// TestRosterDoesNotKnowWhatNobodySaid holds that nobody found is nobody only where the groups,
// or the attributes, of everybody are known.
func TestRosterDoesNotKnowWhatNobodySaid(t *testing.T) {
	t.Parallel()
	known := request.Identity{ID: "a", Groups: []string{}, Attributes: map[string][]string{}}
	noGroups, noAttributes, robot := known, known, request.Identity{ID: "r", Kind: request.Service, Owner: "a"}
	noGroups.ID, noGroups.Groups = "b", nil
	noAttributes.ID, noAttributes.Attributes = "c", nil
	group, attribute := request.Criterion{Group: "g"}, request.Criterion{Attribute: request.Attribute{Key: "team", Value: "x"}}
	for _, tt := range []struct {
		name   string
		roster request.Roster
		c      request.Criterion
		want   bool
	}{
		{"all is known", request.Roster{known, robot}, group, true},
		{"groups are not", request.Roster{known, noGroups}, group, false},
		{"groups are not, of attributes", request.Roster{noGroups}, attribute, true},
		{"attributes are not", request.Roster{noAttributes, known}, attribute, false},
		{"attributes are not, of groups", request.Roster{noAttributes}, group, true},
		{"of a permission", request.Roster{noGroups, noAttributes}, request.Criterion{Permission: request.Governance}, true},
		{"of a person", request.Roster{noGroups}, request.Criterion{Person: "z"}, true},
		{"nobody", nil, group, true},
	} {
		for _, after := range []request.PersonID{"", "zz"} {
			if _, complete, err := tt.roster.People(t.Context(), tt.c, after, 1); err != nil || complete != tt.want {
				t.Errorf("%s, after %q: complete %v, %v", tt.name, after, complete, err)
			}
		}
	}
}

func people(who []request.Identity) []request.PersonID {
	var ids []request.PersonID
	for _, i := range who {
		ids = append(ids, i.Person())
	}
	return ids
}
