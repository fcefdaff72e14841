package records

import (
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/store"
)

// Lessons are the final determinations by people, with the features of their requests as they
// were then, each under the id of its request.
var Lessons = store.Kind[request.ID, assist.Lesson]{
	Name:  "lessons",
	Of:    func(l assist.Lesson) request.ID { return l.Request },
	Quiet: true,
}

// Ledgers count lessons.
var Ledgers = store.Kind[assist.LedgerID, assist.Ledger]{
	Name:  "ledgers",
	Of:    func(l assist.Ledger) assist.LedgerID { return l.ID },
	Quiet: true,
}

// Shown is the advice that was shown to whoever decides, for each of them and each request the
// last.
var Shown = store.Kind[string, assist.Shown]{
	Name:    "advice",
	Of:      func(s assist.Shown) string { return ShownKey(s.Request, s.To) },
	Indexes: []store.Indexed[assist.Shown]{ShownOf},
	Quiet:   true,
}

// ShownOf finds what was shown of a request, the earliest first.
var ShownOf = store.Index[request.ID, assist.Shown]{Kind: "advice", Name: "request",
	Values: func(s assist.Shown) []request.ID { return []request.ID{s.Request} },
	Order:  func(s assist.Shown) string { return store.OrderTime(s.Opened) }}

// ShownKey is the id of what was shown of a request to somebody.
func ShownKey(id request.ID, to request.PersonID) string {
	return store.Digest(string(id) + "\n" + string(to))
}

// Briefs are the advice on pending requests in short, for lists and messages.
var Briefs = store.Kind[request.ID, assist.Brief]{
	Name:  "advice_briefs",
	Of:    func(b assist.Brief) request.ID { return b.Request },
	Quiet: true,
}

// Scores say how advice does, for each month and scope.
var Scores = store.Kind[string, assist.Score]{
	Name:    "advice_scores",
	Of:      func(s assist.Score) string { return s.Key() },
	Indexes: []store.Indexed[assist.Score]{ScoresOf},
	Quiet:   true,
}

// ScoresOf finds the scores of a scope, the earliest month first.
var ScoresOf = store.Index[string, assist.Score]{Kind: "advice_scores", Name: "scope",
	Values: func(s assist.Score) []string { return []string{s.Scope} },
	Order:  func(s assist.Score) string { return s.Month }}

// Learner says how far lessons have been learned.
type Learner struct {
	ID    string `json:"id"`
	After int64  `json:"after"` // the number of the last event

	// Clearing says that all ledgers and scores are taken away, to be made anew from the log.
	Clearing bool `json:"clearing,omitempty"`

	// LogEnd is the last event at the time of the rebuild: what was pending before gets no
	// brief again.
	LogEnd int64 `json:"logEnd,omitempty"`
}

// LearnerKey is the id of the only Learner.
const LearnerKey = "self"

// Learners holds the one Learner.
var Learners = store.Kind[string, Learner]{
	Name:  "advice_learner",
	Of:    func(l Learner) string { return l.ID },
	Quiet: true,
}
