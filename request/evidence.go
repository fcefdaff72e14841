package request

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Bounds of Evidence.
const (
	MaxEvidence      = 50   // pieces of one review
	MaxEvidenceFacts = 40   // facts of one piece
	MaxFactBytes     = 2048 // of the JSON of one fact
)

// Evidence is a piece of what a decision stands on: the facts that conditions have read,
// as they were. Of what the request itself says, and of its answers, nothing is kept twice.
type Evidence struct {
	At         time.Time `json:"at"`
	By         PersonID  `json:"by,omitempty"`         // whose determination, by the conditions of selectors; empty for the rules and the stages of the flows
	Guardrails bool      `json:"guardrails,omitempty"` // read by guardrails, before an approval
	Facts      []Fact    `json:"facts,omitempty"`
	More       int       `json:"more,omitempty"` // facts for which there was no room
}

// Fact is one fact as a condition has read it.
type Fact struct {
	Name   string          `json:"name"`            // such as beneficiary.groups; covered.tags of what the asset covers, or is read through it, once for those that are alike
	Of     string          `json:"of,omitempty"`    // the person or the asset
	Value  json.RawMessage `json:"value,omitempty"` // missing unless State is KEPT
	Source FactSource      `json:"source"`
	State  FactState       `json:"state"`
}

// FactSource says who vouches for a fact.
type FactSource string

// The sources of facts.
const (
	FromSignIn     FactSource = "SIGN_IN"    // of whoever acted, as they came
	FromDirectory  FactSource = "DIRECTORY"  // of others
	FromGovernance FactSource = "GOVERNANCE" // classifications
	FromPlatform   FactSource = "PLATFORM"   // the last sync
	FromPrecedent  FactSource = "PRECEDENT"  // review assist
)

// FactState says whether the value of a fact is there.
type FactState string

// The states of facts.
const (
	FactKept     FactState = "KEPT"
	FactUnknown  FactState = "UNKNOWN"   // when it was read
	FactTooLarge FactState = "TOO_LARGE" // to be kept
	FactErased   FactState = "ERASED"
)

// Opening is the piece of the rules and the stages.
func Opening(all []Evidence) (Evidence, bool) {
	at := slices.IndexFunc(all, func(e Evidence) bool { return e.By == "" && !e.Guardrails })
	if at < 0 {
		return Evidence{}, false
	}
	return all[at], true
}

// Erase takes the values of some facts out of all pieces, each a name such as
// beneficiary.attributes.region, or the beginning of names such as beneficiary. It lists
// the names that it has met with a value.
func Erase(all []Evidence, names []string) (left []Evidence, erased []string) {
	left = slices.Clone(all)
	for i := range left {
		left[i].Facts = slices.Clone(left[i].Facts)
		for j, f := range left[i].Facts {
			if f.State != FactErased && slices.ContainsFunc(names, func(n string) bool { return f.Name == n || strings.HasPrefix(f.Name, n+".") }) {
				left[i].Facts[j].Value, left[i].Facts[j].State = nil, FactErased
				erased = append(erased, f.Name)
			}
		}
	}
	slices.Sort(erased)
	return left, slices.Compact(erased)
}
