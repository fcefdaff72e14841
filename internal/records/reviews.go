package records

import (
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Remarks are comments, questions and answers about requests.
var Remarks = store.Kind[request.RemarkID, request.Remark]{
	Name:    "remarks",
	Of:      func(r request.Remark) request.RemarkID { return r.ID },
	Indexes: []store.Indexed[request.Remark]{RemarksOn},
}

// RemarksOn finds the remarks about a request, in their order.
var RemarksOn = store.Index[request.ID, request.Remark]{Kind: "remarks", Name: "request",
	Values: func(r request.Remark) []request.ID { return []request.ID{r.Request} },
	Order:  func(r request.Remark) string { return store.OrderNumber(int64(r.Number)) }}

// Substitutions say who decides in whose place. Each person who has named a substitute
// has one, the last.
var Substitutions = store.Kind[request.PersonID, request.Substitution]{
	Name:    "substitutions",
	Of:      func(s request.Substitution) request.PersonID { return s.Person },
	Indexes: []store.Indexed[request.Substitution]{SubstitutionsBy},
}

// SubstitutionsBy finds the substitutions of a substitute, the first to end first.
var SubstitutionsBy = store.Index[request.PersonID, request.Substitution]{Kind: "substitutions", Name: "substitute",
	Values: func(s request.Substitution) []request.PersonID { return store.Only(s.Substitute, s.Ended.IsZero()) },
	Order:  func(s request.Substitution) string { return store.OrderTime(s.Until) }}

// Recheck says when a pending review is checked again: whether the facts behind it
// have changed, and whether anybody is there who can decide.
type Recheck struct {
	Request    request.ID         `json:"request"`
	Connection string             `json:"connection"`
	People     []request.PersonID `json:"people"` // requester and beneficiary
	Due        time.Time          `json:"due"`

	// Deciders is how well those were known at the last recheck who could decide, of the
	// stage that was open. Told counts the times at which it was told that it waits.
	Deciders request.Deciders `json:"deciders,omitempty"`
	Stage    int              `json:"stage,omitempty"`
	Told     int              `json:"told,omitempty"`
}

// Rechecks are those of all pending reviews. They are stored as "looks".
var Rechecks = store.Kind[request.ID, Recheck]{
	Name:    "looks",
	Of:      func(l Recheck) request.ID { return l.Request },
	Indexes: []store.Indexed[Recheck]{RechecksDue, RechecksOn, RechecksFor},
	Quiet:   true,
}

// The orders in which rechecks are found: by when they are due.
var (
	RechecksDue = store.Index[string, Recheck]{Kind: "looks", Name: "due",
		Values: func(Recheck) []string { return []string{"all"} },
		Order:  dueAt}

	// RechecksOn finds those of the requests on a connection.
	RechecksOn = store.Index[string, Recheck]{Kind: "looks", Name: "connection",
		Values: func(l Recheck) []string { return []string{l.Connection} },
		Order:  dueAt}

	// RechecksFor finds those of the requests of a person, or for them.
	RechecksFor = store.Index[request.PersonID, Recheck]{Kind: "looks", Name: "person",
		Values: func(l Recheck) []request.PersonID { return l.People },
		Order:  dueAt}
)

func dueAt(l Recheck) string { return store.OrderTime(l.Due) }

// OpenCount bounds how many requests are pending that somebody has made, and that others
// have made for them. It only rises, until it is counted anew: so nothing is written when
// a request ends.
type OpenCount struct {
	Person request.PersonID `json:"person"`
	By     int              `json:"by,omitempty"`
	For    int              `json:"for,omitempty"`
}

// OpenCounts are those of all who have requests.
var OpenCounts = store.Kind[request.PersonID, OpenCount]{
	Name:  "open_counts",
	Of:    func(o OpenCount) request.PersonID { return o.Person },
	Quiet: true,
}
