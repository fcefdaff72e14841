package event

import (
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Grant is the payload of the events of a grant: the grant as the event has left it.
// A request that has ended carries it too, where its grant has ended it; otherwise only
// the Reason.
type Grant struct {
	State     string    `json:"state,omitempty"` // such as ACTIVE
	Error     string    `json:"error,omitempty"`
	Attempts  int       `json:"attempts,omitempty"` // that failed in a row
	Withheld  string    `json:"withheld,omitempty"` // why it is suspended
	Ends      time.Time `json:"ends,omitzero"`
	Object    string    `json:"object,omitempty"`    // the platform's id of the asset
	Remaining []string  `json:"remaining,omitempty"` // other ways in than this grant
	Gaps      []string  `json:"gaps,omitempty"`      // parts of its container that do not work, each with its reason
	GapCount  int       `json:"gapCount,omitempty"`  // how many there are: the first are listed
	Remarks   []string  `json:"remarks,omitempty"`   // what limits the access, and what cannot be known of it
	Waits     time.Time `json:"waits,omitzero"`      // until when an answer is waited for
	Due       time.Time `json:"due,omitzero"`        // when a person has to have done it by hand
	Note      string    `json:"note,omitempty"`      // of whoever has done it
	Query     string    `json:"query,omitempty"`     // the name to query, where that is not the asset's

	// Outlived is the id of the grant by which the access stays beyond this end.
	Outlived string `json:"outlived,omitempty"`

	Reason string `json:"reason,omitempty"` // why guardrails or people have ended it, or somebody has resumed it
}

// LateAnswer is the payload of a service's answer that does not count any more.
type LateAnswer struct {
	Why     string `json:"why"`
	Call    string `json:"call"` // its id
	Number  int64  `json:"number"`
	Outcome string `json:"outcome"` // DONE or FAILED
	Error   string `json:"error,omitempty"`
	State   string `json:"state"` // of the grant, by now
}

// Finding is the payload of a difference between the platform and the records.
type Finding struct {
	Kind       string      `json:"kind"` // such as ORPHAN
	Asset      catalog.Ref `json:"asset"`
	Principal  string      `json:"principal,omitempty"`
	Grant      string      `json:"grant,omitempty"` // its id; empty where there is none
	Access     []Access    `json:"access,omitempty"`
	Detail     string      `json:"detail,omitempty"`
	Mended     bool        `json:"mended"` // false where it is only reported
	Statements []string    `json:"statements,omitempty"`
}

// Access is a privilege on a whole asset, or on some of its columns.
type Access struct {
	Privilege request.Privilege `json:"privilege"`
	Columns   []string          `json:"columns,omitempty"`
	Unmasked  []string          `json:"unmasked,omitempty"` // columns that are shown clear
}

// Contested is the payload of access that was mended again and again: the grant, or the
// finding where the grant has ended and its access comes back.
type Contested struct {
	*Grant
	*Finding
}

// Reconciliation is the payload of a comparison of a platform with the records.
type Reconciliation struct {
	Compared int            `json:"compared"` // grants
	Standing int            `json:"standing"` // accesses of ours on the platform
	Removals int            `json:"removals"` // accesses that no grant calls for
	Doubt    string         `json:"doubt,omitempty"`
	Findings map[string]int `json:"findings,omitempty"` // how many there are of each kind
	More     int            `json:"more,omitempty"`     // findings that are not listed

	Suspensions int `json:"suspensions,omitempty"` // grants of which something was taken away or replaced
}

// Left is the grant as an event has left it. It reports false for payloads that do not
// say the state of a grant.
func Left(payload any) (Grant, bool) {
	var g Grant
	switch p := payload.(type) {
	case Grant:
		g = p
	case LateAnswer:
		g = Grant{State: p.State, Error: p.Error}
	case Contested:
		if p.Grant != nil {
			g = *p.Grant
		}
	}
	return g, g.State != ""
}
