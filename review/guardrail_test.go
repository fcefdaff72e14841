package review_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

const notGerman = `!("DE" in beneficiary.attributes.country)`

func rail(require string) review.Guardrail {
	return review.Guardrail{Name: "export", Version: 2, At: []catalog.Ref{"warehouse:sales"}, Require: require, Reason: "Not cleared."}
}

func livingIn(id string, countries ...string) request.Identity {
	return request.Identity{ID: id, Attributes: map[string][]string{"country": countries}}
}

func TestGuardrailPrevents(t *testing.T) {
	t.Parallel()
	fr, de := livingIn("fr@example.com", "FR"), livingIn("de@example.com", "FR", "DE")
	unknown := request.Identity{ID: "unknown@example.com", Attributes: map[string][]string{}}
	of := func(people ...request.Identity) *review.Members { return &review.Members{Known: people} }
	for _, tt := range []struct {
		name        string
		require     string
		beneficiary request.Identity
		members     *review.Members
		want        string // empty: does not prevent
	}{
		{"holds", notGerman, fr, nil, ""},
		{"does not hold", notGerman, de, nil, "guardrail export at warehouse prevents: Not cleared."},
		{"an absent fact prevents", notGerman, unknown, nil, "guardrail export at warehouse prevents: its condition could not be evaluated: no such key: country: Not cleared."},
		{"every member meets it", notGerman, request.Identity{ID: "analysts", Kind: request.Group}, of(fr, livingIn("it@example.com", "IT")), ""},
		{"one member does not", notGerman, request.Identity{ID: "analysts", Kind: request.Group}, of(fr, de), "guardrail export at warehouse prevents because of de@example.com: Not cleared."},
		{"the facts of the group stand for nobody", notGerman, livingIn("analysts", "FR"), of(de), "guardrail export at warehouse prevents because of de@example.com: Not cleared."},
		{"nobody known", notGerman, request.Identity{ID: "analysts", Kind: request.Group}, of(), "guardrail export at warehouse prevents: its condition could not be evaluated: nobody in the group is known: Not cleared."},
		{"nobody there", notGerman, request.Identity{ID: "analysts", Kind: request.Group}, &review.Members{Complete: true}, ""},
		{"of the asset alone", `asset.kind == "TABLE"`, request.Identity{ID: "analysts", Kind: request.Group}, of(), ""},
		{"of the request", `request.privilege == "READ" && request.type == "DATA_ACCESS"`, de, nil, ""},
		{"of the requester", `requester.id == "boss@example.com"`, de, nil, "guardrail export at warehouse prevents: Not cleared."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			guard, err := review.CompileGuardrail(rail(tt.require))
			if err != nil {
				t.Fatal(err)
			}
			req := request.Request{Type: request.DataAccess, Privilege: request.Read, Beneficiary: tt.beneficiary.Person()}
			asset := catalog.Asset{Ref: "warehouse:sales.public.orders", Kind: catalog.Table}
			f := review.NewFacts(req, request.Form{}, asset, fr, tt.beneficiary, time.Now())
			p, err := guard.Prevents(t.Context(), "warehouse", f, tt.members)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if p != nil {
				got = p.String()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestGuardrailFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*review.Guardrail)
		want   string
	}{
		{"no name", func(g *review.Guardrail) { g.Name = "" }, "name is missing"},
		{"no condition", func(g *review.Guardrail) { g.Require = "" }, "require is missing"},
		{"no place", func(g *review.Guardrail) { g.At = nil }, "at are 0 places"},
		{"too many places", func(g *review.Guardrail) {
			for i := range review.MaxPlaces {
				g.At = append(g.At, catalog.Ref(fmt.Sprint("c", i)))
			}
		}, "at are 21 places"},
		{"a place in another spelling", func(g *review.Guardrail) { g.At[0] = `warehouse:"sales"` }, "at[0] must be a reference"},
		{"a place twice", func(g *review.Guardrail) { g.At = append(g.At, g.At[0]) }, "at[1] is named twice"},
		{"a reason too long", func(g *review.Guardrail) { g.Reason = strings.Repeat("a", review.MaxReasonBytes+1) }, "reason has 4001 bytes"},
		{"a typo", func(g *review.Guardrail) { g.Require = "beneficiary.contry == 'DE'" }, "line 1, column 12: undefined field 'contry'"},
		{"on the second line", func(g *review.Guardrail) { g.Require = "true &&\n nobody.id == ''" }, "line 2, column 2: undeclared reference to 'nobody'"},
		{"not a condition", func(g *review.Guardrail) { g.Require = "beneficiary.id" }, "the result is string, must be bool"},
		{"answers are none of its business", func(g *review.Guardrail) { g.Require = "answers.purpose == 'fun'" }, "undeclared reference to 'answers'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := rail(notGerman)
			tt.change(&g)
			_, err := review.CompileGuardrail(g)
			var invalid *request.InvalidError
			var rule *review.RuleError
			if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.As(err, &invalid) && !errors.As(err, &rule) {
				t.Errorf("%v, want it to say %q", err, tt.want)
			}
		})
	}
}
