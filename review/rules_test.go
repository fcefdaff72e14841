package review_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

func TestCheckReason(t *testing.T) {
	t.Parallel()
	long := []request.Fault{{Field: "reason", Reason: "is too long, at most 4000 bytes are allowed"}}
	unkept := []request.Fault{{Field: "reason", Reason: "holds a NUL character, or is not valid UTF-8"}}
	for _, tt := range []struct {
		name, reason string
		want         []request.Fault
	}{
		{"none", "", nil},
		{"text", "for the report\nof März", nil},
		{"the longest", strings.Repeat("x", review.MaxCommentBytes), nil},
		{"too long", strings.Repeat("x", review.MaxCommentBytes+1), long},
		{"too long in bytes, not in characters", strings.Repeat("ü", review.MaxCommentBytes/2+1), long},
		{"a NUL", "a\x00b", unkept},
		{"no UTF-8", "a\xffb", unkept},
		{"too long goes first", strings.Repeat("\x00", review.MaxCommentBytes+1), long},
	} {
		err := review.CheckReason(tt.reason)
		if diff := cmp.Diff(tt.want, request.FaultsOf(err)); diff != "" || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

func TestDeciders(t *testing.T) {
	t.Parallel()
	by := func(who ...request.PersonID) (all []review.Determination) {
		for _, p := range who {
			all = append(all, review.Determination{By: p, Act: review.Approve})
		}
		return all
	}
	voided := by("eve@example.com")
	voided[0].Void = review.TakenBack
	for _, tt := range []struct {
		name string
		all  []review.Determination
		want []request.PersonID
	}{
		{"nobody", nil, nil},
		{"some, in their order", by("frank@example.com", "eve@example.com"), []request.PersonID{"frank@example.com", "eve@example.com"}},
		{"one of them twice", by("eve@example.com", "frank@example.com", "eve@example.com"), []request.PersonID{"eve@example.com", "frank@example.com", "eve@example.com"}},
		{"whose word counts no more", voided, []request.PersonID{"eve@example.com"}},
	} {
		if diff := cmp.Diff(tt.want, review.Review{Determinations: tt.all}.Deciders()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestSelectorCriterion(t *testing.T) {
	t.Parallel()
	country := request.Attribute{Key: "country", Value: "DE"}
	who := request.Identity{ID: "eve@example.com", Groups: []string{"analysts"}, Permissions: []request.Permission{request.Audit}, Attributes: map[string][]string{"country": {"DE"}}}
	for _, tt := range []struct {
		name     string
		selector review.Selector
		want     request.Criterion
		holds    bool
	}{
		{"zero", review.Selector{}, request.Criterion{}, false},
		{"a person", review.Selector{Person: "eve@example.com"}, request.Criterion{Person: "eve@example.com"}, true},
		{"a group", review.Selector{Group: "analysts"}, request.Criterion{Group: "analysts"}, true},
		{"another group", review.Selector{Group: "sales"}, request.Criterion{Group: "sales"}, false},
		{"an attribute", review.Selector{Attribute: &country}, request.Criterion{Attribute: country}, true},
		{"a permission", review.Selector{Permission: request.Audit}, request.Criterion{Permission: request.Audit}, true},
		{"owners", review.Selector{Owners: true}, request.Criterion{}, false},
		{"a manager", review.Selector{Manager: "manager"}, request.Criterion{}, false},
		{"a condition", review.Selector{When: "true"}, request.Criterion{}, false},
	} {
		got := tt.selector.Criterion()
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.holds, got.Holds(who)); diff != "" {
			t.Errorf("%s: it holds (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestPreventedBy(t *testing.T) {
	t.Parallel()
	residency := review.Prevention{Guardrail: "residency", Version: 2, At: "warehouse", Reason: "data stays in the EU"}
	member := review.Prevention{Guardrail: "staff", At: "warehouse:sales", Asset: "warehouse:sales.orders", Person: "eve@example.com"}
	for _, tt := range []struct {
		name string
		all  []review.Prevention
		want string
	}{
		{"none", nil, ""},
		{"one", []review.Prevention{residency}, "guardrail residency at warehouse prevents: data stays in the EU"},
		{"two", []review.Prevention{member, residency},
			"guardrail staff at warehouse:sales prevents access to warehouse:sales.orders because of eve@example.com; guardrail residency at warehouse prevents: data stays in the EU"},
	} {
		if diff := cmp.Diff(tt.want, review.PreventedBy(tt.all)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		want := "grantwright: a guardrail blocks this, and approval will not help: " + tt.want
		if diff := cmp.Diff(want, (&review.PreventedError{Preventions: tt.all}).Error()); diff != "" {
			t.Errorf("%s: the error (-want +got):\n%s", tt.name, diff)
		}
	}
}
