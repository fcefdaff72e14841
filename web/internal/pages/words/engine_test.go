package words

import (
	"regexp"
	"slices"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// inEnglish are words that no German sentence has.
var inEnglish = regexp.MustCompile(`\b(?i:the|of|and|is|are|with|for|not|that|which|by|because|prevents|access|nobody|something|its)\b`)

// preventions are all forms in which a guardrail says what it prevents.
func preventions() (all []string) {
	for _, asset := range []catalog.Ref{"", "warehouse:sales.public.orders"} {
		for _, person := range []string{"", "eve@example.com"} {
			for _, fault := range []string{"", "no such key: country", "nobody in the group is known"} {
				for _, reason := range []string{"", "Nicht freigegeben."} {
					p := review.Prevention{Guardrail: "export", At: "warehouse:sales", Asset: asset, Person: request.PersonID(person), Fault: fault, Reason: reason}
					all = append(all, p.String(), p.Public().String(), review.PreventedBy([]review.Prevention{p, p}), "G"+p.String()[1:]+".")
				}
			}
		}
	}
	return all
}

// remarks are what a platform says of what an asset reaches.
func remarks() (all []string) {
	for _, way := range []catalog.Way{catalog.ByFunction, catalog.ByTrigger, catalog.ByCascade, catalog.ByServer} {
		for _, own := range []bool{false, true} {
			all = slices.Concat(all, provision.Reach{{Way: way, Own: own, Name: "public.f", Writes: true}}.Remarks(true))
		}
	}
	return all
}

func TestTheEngineIsSaidInGerman(t *testing.T) {
	t.Parallel()
	de := Languages()[1]
	all := slices.Concat(preventions(), remarks())
	if len(all) < 50 {
		t.Fatalf("only %d sentences", len(all))
	}
	for _, text := range all {
		if said := de.Say(text); said == text || inEnglish.MatchString(said) {
			t.Errorf("%q reads %q in German", text, said)
		}
		if said := Languages()[0].Say(text); said != text {
			t.Errorf("%q reads %q in English", text, said)
		}
	}
}

// Of the sentences that fit, the one that says most by itself is meant, and its values are
// said too.
func TestSentencesWithinSentences(t *testing.T) {
	t.Parallel()
	de := Languages()[1]
	for text, want := range map[string]string{
		"guardrail export at warehouse prevents because of eve@example.com: Not: now.":                               "Leitplanke export an warehouse verhindert den Zugriff wegen eve@example.com: Not: now.",
		"stage owners: nobody has decided within 3 DAYS: lapsed":                                                     "Stufe owners: innerhalb von 3 Tage hat niemand entschieden: verfallen",
		"flow sales, rule short failed: x":                                                                           "Prüfablauf sales, Regel short ist fehlgeschlagen: x",
		"flow sales, rule short: approves nothing, because automatic approvals are frozen":                           "Prüfablauf sales, rule short: genehmigt nichts, denn: automatische Genehmigungen sind angehalten",
		"its condition does not hold: request.days > 3":                                                              "ihre Bedingung trifft nicht zu: request.days > 3",
		"SELECT granted directly by postgres of column x of table public.y":                                          "SELECT, direkt vergeben von postgres, auf column x of table public.y",
		"a sentence of somebody":                                                                                     "a sentence of somebody",
		"A guardrail blocks this, and approval will not help: guardrail a at b prevents; guardrail c at d prevents.": "Eine Leitplanke verhindert dies, und eine Genehmigung hilft nicht: Leitplanke a an b verhindert den Zugriff; Leitplanke c an d verhindert den Zugriff.",
	} {
		if got := de.Say(text); got != want {
			t.Errorf("%q reads %q, want %q", text, got, want)
		}
	}
}
