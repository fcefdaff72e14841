package assist

import (
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Features are what requests are compared by, as they were when a request was determined.
type Features struct {
	Type        request.Type      `json:"type"`
	Privilege   request.Privilege `json:"privilege"`
	Asset       catalog.Ref       `json:"asset"`
	Duration    request.Duration  `json:"duration"` // that was asked for
	Beneficiary request.PersonID  `json:"beneficiary"`
	Tags        []string          `json:"tags,omitempty"`       // of governance
	Groups      []string          `json:"groups,omitempty"`     // of the beneficiary
	Attributes  []string          `json:"attributes,omitempty"` // of the beneficiary, each as key=value

	// Unknown says that the groups or the attributes of the beneficiary were not known.
	Unknown bool `json:"unknown,omitempty"`
}

// The bounds of features; what is beyond them, by name, is left out.
const (
	MaxTags       = 12
	MaxGroups     = 60
	MaxAttributes = 30
	maxNameBytes  = 120 // longer groups and values tell nobody from others
)

// FeaturesOf are those of a request by its facts.
func FeaturesOf(req request.Request, f review.Facts) Features {
	out := Features{Type: req.Type, Privilege: req.Privilege, Asset: req.Asset, Duration: req.Duration, Beneficiary: req.Beneficiary,
		Tags: sorted(tagsOf(f), MaxTags), Groups: sorted(f.Beneficiary.Groups, MaxGroups),
		Unknown: f.Beneficiary.Groups == nil || f.Beneficiary.Attributes == nil}
	for key, values := range f.Beneficiary.Attributes {
		for _, v := range values {
			out.Attributes = append(out.Attributes, key+"="+v)
		}
	}
	out.Attributes = sorted(out.Attributes, MaxAttributes)
	return out
}

// tagsOf are the tags of the asset, and of what it covers.
func tagsOf(f review.Facts) []string {
	all := slices.Clone(f.Asset.Tags)
	for _, c := range f.Covers {
		all = append(all, c.Tags...)
	}
	return all
}

// sorted is a list in order, each once, with at most so many.
func sorted(all []string, most int) []string {
	all = slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "" || len(s) > maxNameBytes })
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), most)]
}

// LedgerID names a ledger: what its determinations have in common.
type LedgerID string

// everything is the ledger of all determinations.
const everything LedgerID = "all"

func onConnection(name string) LedgerID           { return LedgerID("connection/" + name) }
func near(ref catalog.Ref) LedgerID               { return LedgerID("near/" + string(above(ref))) }
func on(ref catalog.Ref) LedgerID                 { return LedgerID("asset/" + string(ref)) }
func tagged(tag string) LedgerID                  { return LedgerID("tag/" + tag) }
func ofPerson(person request.PersonID) LedgerID   { return LedgerID("person/" + string(person)) }
func cohortOfGroup(group string) string           { return "group " + group }
func cohortOfAttribute(keyAndValue string) string { return "attribute " + keyAndValue }

// above is what an asset is in: that which is in the same is near to it.
func above(ref catalog.Ref) catalog.Ref {
	path := ref.Path()
	if len(path) < 2 {
		return catalog.Ref(ref.Connection())
	}
	up, err := catalog.NewRef(ref.Connection(), path[:len(path)-1]...)
	if err != nil {
		return catalog.Ref(ref.Connection())
	}
	return up
}

// Ledgers are those that a request with these features touches.
func (f Features) Ledgers() []LedgerID {
	all := []LedgerID{everything, onConnection(f.Asset.Connection()), near(f.Asset), on(f.Asset), ofPerson(f.Beneficiary)}
	for _, t := range f.Tags {
		all = append(all, tagged(t))
	}
	return all
}

// feature is a cohort in a ledger. The cohort "" is all that the ledger counts.
type feature struct {
	ledger LedgerID
	cohort string
	prior  float32 // the variance of its weight before anything is known
}

// priors are the variances of the weights of a kind of ledgers: of the ledger as a whole, of the
// nature of requests, of groups, of attributes, and of either with a nature.
type priors struct{ whole, nature, group, attribute, pair float32 }

// The priors were chosen on generated organisations with other seeds than those that the
// evaluation uses. What is narrow may weigh more than what is common to many requests.
var (
	everythingPriors = priors{0.5, 0.25, 0.06, 0.2, 0.06}
	connectionPriors = priors{0.05, 0.05, 0.05, 0.4, 0.15}
	nearPriors       = priors{0.1, 0.05, 0.35, 0.05, 0.05}
	assetPriors      = priors{1, 0.05, 0.06, 0.08, 0}
	tagPriors        = priors{0.5, 0.05, 0.4, 0.35, 0.06}
	personPriors     = priors{whole: 0.02}
)

// list are all cohorts of all ledgers that a request with these features belongs to.
func (f Features) list(at time.Time) []feature {
	natures, odd := f.natures(at)
	var all []feature
	add := func(ledger LedgerID, p priors) {
		all = append(all, feature{ledger, "", p.whole})
		for _, n := range natures {
			all = append(all, feature{ledger, n, p.nature})
		}
		for _, g := range f.Groups {
			all = append(all, feature{ledger, cohortOfGroup(g), p.group})
			all = pairs(all, ledger, odd, cohortOfGroup(g), p.pair)
		}
		for _, a := range f.Attributes {
			all = append(all, feature{ledger, cohortOfAttribute(a), p.attribute})
			all = pairs(all, ledger, odd, cohortOfAttribute(a), p.pair)
		}
	}
	add(everything, everythingPriors)
	add(onConnection(f.Asset.Connection()), connectionPriors)
	add(near(f.Asset), nearPriors)
	add(on(f.Asset), assetPriors)
	for _, t := range f.Tags {
		add(tagged(t), tagPriors)
	}
	return append(all, feature{ofPerson(f.Beneficiary), "", personPriors.whole})
}

func pairs(all []feature, ledger LedgerID, odd []string, cohort string, prior float32) []feature {
	if prior == 0 {
		return all
	}
	for _, n := range odd {
		all = append(all, feature{ledger, n + "|" + cohort, prior})
	}
	return all
}

// The natures of requests, beside how long they ask for.
const (
	writes  = "to write"
	unmasks = "to unmask"
	forever = "without an end"
)

// natures says what sort of request it is, and which of that is out of the ordinary.
func (f Features) natures(at time.Time) (all, odd []string) {
	all = []string{lasting(f.Duration, at)}
	if f.Duration == request.Endless {
		odd = append(odd, forever)
	}
	if f.Privilege == request.ReadWrite {
		all, odd = append(all, writes), append(odd, writes)
	}
	if f.Type == request.MaskingException {
		all, odd = append(all, unmasks), append(odd, unmasks)
	}
	if len(odd) == 0 {
		odd = []string{"ordinary"}
	}
	return all, odd
}

// lasting is the class of a duration.
func lasting(d request.Duration, at time.Time) string {
	if d == request.Endless {
		return forever
	}
	const day = 24 * time.Hour
	switch length := d.Length(at); {
	case length <= 8*day:
		return "for a week"
	case length <= 32*day:
		return "for a month"
	case length <= 94*day:
		return "for a quarter"
	case length <= 367*day:
		return "for a year"
	}
	return "for longer"
}
