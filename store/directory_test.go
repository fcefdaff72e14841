package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// peopled is a store with people of which some have many groups.
func peopled(t *testing.T) store.Store {
	t.Helper()
	var c store.Change
	many := make([]string, store.MaxEntries+1)
	for i := range many {
		many[i] = fmt.Sprint("many-", i)
	}
	for _, i := range []request.Identity{
		{ID: "d", Groups: append(many, "sales")},
		{ID: "a", Groups: []string{"sales", "sales"}, Permissions: []request.Permission{request.Governance}},
		{ID: "c", Groups: []string{"sales"}, Attributes: map[string][]string{"team": {"x", "y"}}},
		{ID: "b", Groups: append(many[1:], "other")},
		{ID: "e", Groups: []string{"GOVERNANCE"}, Attributes: map[string][]string{"sales": {"sales"}, "x": {"team"}}},
		{ID: "f", Groups: []string{"sales"}},
	} {
		store.People.Insert(&c, i)
	}
	s := new(store.Memory)
	if err := c.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDirectoryFindsPeople(t *testing.T) {
	t.Parallel()
	directory := store.Directory{Store: peopled(t)}
	sales := request.Criterion{Group: "sales"}
	for _, tt := range []struct {
		criterion request.Criterion
		after     request.PersonID
		limit     int
		want      []request.PersonID
	}{
		{sales, "", 10, []request.PersonID{"a", "c", "d", "f"}},
		{sales, "", 3, []request.PersonID{"a", "c", "d"}},
		{sales, "", 1, []request.PersonID{"a"}},
		{sales, "c", 1, []request.PersonID{"d"}},
		{sales, "d", 10, []request.PersonID{"f"}},
		{sales, "f", 10, nil},
		{sales, "", 100_000, []request.PersonID{"a", "c", "d", "f"}},
		{sales, "", 0, nil},
		{request.Criterion{Group: "many-0"}, "", 10, []request.PersonID{"d"}},
		{request.Criterion{Group: "many-7"}, "", 10, []request.PersonID{"b", "d"}},
		{request.Criterion{Attribute: request.Attribute{Key: "team", Value: "x"}}, "", 10, []request.PersonID{"c"}},
		{request.Criterion{Permission: request.Governance}, "", 10, []request.PersonID{"a"}},
		{request.Criterion{Person: "c"}, "", 10, []request.PersonID{"c"}},
		{request.Criterion{Person: "c"}, "c", 10, nil},
		{request.Criterion{Person: "z"}, "", 10, nil},
		{request.Criterion{Group: "nobody"}, "", 10, nil},
		{request.Criterion{Everybody: true}, "", 10, []request.PersonID{"a", "b", "c", "d", "e", "f"}},
		{request.Criterion{Everybody: true}, "b", 2, []request.PersonID{"c", "d"}},
		{request.Criterion{Everybody: true}, "f", 2, nil},
	} {
		who, complete, err := directory.People(t.Context(), tt.criterion, tt.after, tt.limit)
		if err != nil || complete {
			t.Errorf("%s: %v, complete %v", tt.criterion, err, complete)
		}
		var got []request.PersonID
		for _, i := range who {
			got = append(got, i.Person())
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s after %q, at most %d: (-want +got)\n%s", tt.criterion, tt.after, tt.limit, diff)
		}
	}
	directory.Complete = true
	if _, complete, err := directory.People(t.Context(), request.Criterion{Group: "nobody"}, "", 10); err != nil || !complete {
		t.Errorf("told that everybody is there, it says %v, %v", complete, err)
	}
	if _, err := directory.Lookup(t.Context(), "z"); !errors.Is(err, request.ErrUnknownPerson) {
		t.Errorf("looking up nobody: %v", err)
	}
}

// TestDirectoryKnowsWhatItDoesNotKnow holds that a directory to which the host brings everybody
// is not complete where the groups, or the attributes, of one person are not known.
func TestDirectoryKnowsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	known := request.Identity{ID: "a", Groups: []string{"sales"}, Attributes: map[string][]string{}}
	noGroups, noAttributes, robot := known, known, request.Identity{ID: "r", Kind: request.Service, Owner: "a"}
	noGroups.ID, noGroups.Groups = "b", nil
	noAttributes.ID, noAttributes.Attributes = "c", nil
	group, attribute := request.Criterion{Group: "none"}, request.Criterion{Attribute: request.Attribute{Key: "team", Value: "x"}}
	for _, tt := range []struct {
		name   string
		people []request.Identity
		c      request.Criterion
		want   bool
	}{
		{"all is known", []request.Identity{known, robot}, group, true},
		{"groups are not", []request.Identity{known, noGroups}, group, false},
		{"groups are not, of attributes", []request.Identity{noGroups}, attribute, true},
		{"attributes are not", []request.Identity{known, noAttributes}, attribute, false},
		{"attributes are not, of groups", []request.Identity{noAttributes}, group, true},
		{"of a permission", []request.Identity{noGroups, noAttributes}, request.Criterion{Permission: request.Governance}, true},
		{"of a person", []request.Identity{noGroups}, request.Criterion{Person: "z"}, true},
		{"of everybody", []request.Identity{noGroups, noAttributes}, request.Criterion{Everybody: true}, true},
	} {
		s, c := new(store.Memory), store.Change{}
		for _, p := range tt.people {
			store.People.Insert(&c, p)
		}
		if err := c.Commit(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		for _, whole := range []bool{true, false} {
			_, complete, err := store.Directory{Store: s, Complete: whole}.People(t.Context(), tt.c, "", 10)
			if err != nil || complete != (tt.want && whole) {
				t.Errorf("%s, the host brings everybody %v: complete %v, %v", tt.name, whole, complete, err)
			}
		}
	}
}

// TestDirectoryListsEverybody lists more people than a page of the store holds.
func TestDirectoryListsEverybody(t *testing.T) {
	t.Parallel()
	const many = store.MaxPage + 7
	s := new(store.Memory)
	for from := 0; from < many; from += 100 {
		var c store.Change
		for i := from; i < min(from+100, many); i++ {
			store.People.Insert(&c, request.Identity{ID: fmt.Sprintf("%04d", i)})
		}
		if err := c.Commit(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	who, complete, err := store.Directory{Store: s, Complete: true}.People(t.Context(), request.Criterion{Everybody: true}, "0001", 2*many)
	if err != nil || !complete || len(who) != many-2 || who[0].ID != "0002" || who[len(who)-1].ID != fmt.Sprintf("%04d", many-1) {
		t.Errorf("%d people, complete %v, %v", len(who), complete, err)
	}
}
