// Package review decides whether a request may be granted, and who says so.
//
// A Flow, compiled to a Policy, opens a Review: decided at once by a rule, or
// waiting for data stewards in one or more stages. Each Determination of a
// steward counts for the selectors that they match, until the review is
// APPROVED or DENIED. Time may remind, escalate or end it; when the facts change
// it is opened again, and what was said of the stages that changed is void. The
// package is pure: values in, values out, no clock and no I/O; conditions are CEL.
package review

import (
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/request"
)

// The reasons why a determination does not count.
var (
	ErrDecided    = errors.New("review: the request is already decided")
	ErrStale      = errors.New("review: the review has changed since it was shown")
	ErrOwnRequest = errors.New("review: nobody decides on their own request")
	ErrNotSteward = errors.New("review: not a data steward of this request")
	ErrNotOpen    = errors.New("review: the stage of this data steward is not open")
	ErrNothing    = errors.New("review: no approval of theirs to take back")
)

// Review is the way of one request through its flow.
type Review struct {
	Request request.ID     `json:"request"`
	Version int            `json:"version"`          // one more after each change of what stewards see and decide on
	Flow    FlowVersion    `json:"flow"`             // that holds
	Pinned  []FlowVersion  `json:"pinned,omitempty"` // that may hold, in order, since the request was submitted
	Rule    string         `json:"rule"`             // the rule of the flow that held, or "default"
	Comment string         `json:"comment,omitempty"`
	Why     []string       `json:"why,omitempty"` // rules that failed, flows that delegated, what time has done
	Status  request.Status `json:"status"`

	Emergency bool `json:"emergency,omitempty"` // it was approved by the Emergency of its flow: nobody has decided

	Asked   Terms            `json:"asked"`
	Max     request.Duration `json:"max,omitzero"`      // what the flows allow at most, from when it was opened; zero sets no limit
	Reasons []Act            `json:"reasons,omitempty"` // the acts that take a reason

	Limits []request.Duration `json:"limits,omitempty"` // of each flow that sets one; which is the shortest depends on when it is decided

	Stages         []StageReview      `json:"stages,omitempty"`
	Determinations []Determination    `json:"determinations,omitempty"`
	Barred         []request.PersonID `json:"barred,omitempty"`      // who may not decide: it is their own request
	BarredGroup    request.PersonID   `json:"barredGroup,omitempty"` // nor may its members

	// Alone is what somebody whose request it is has set alone of what led to its flows:
	// no rule of these approves by itself.
	Alone []Alone `json:"alone,omitempty"`

	// Evidence is what the conditions have read; whoever may explain is shown it.
	Evidence []request.Evidence `json:"evidence,omitempty" hidden:"true"`

	Opened     time.Time `json:"opened"`
	Lapses     time.Time `json:"lapses,omitzero"` // when it lapses if nobody has decided; zero if never
	Decided    time.Time `json:"decided,omitzero"`
	Unattended time.Time `json:"unattended,omitzero"` // when it was found that nobody can decide
}

// Terms are what a review is about: what was asked, or what is granted.
type Terms struct {
	Privilege request.Privilege `json:"privilege"`
	Columns   []string          `json:"columns,omitempty"` // none means the whole asset
	Duration  request.Duration  `json:"duration"`
}

// Determination is one act of a data steward.
type Determination struct {
	By      request.PersonID `json:"by"`
	Act     Act              `json:"act"` // APPROVE or DENY
	Reason  string           `json:"reason,omitempty"`
	At      time.Time        `json:"at"`
	Version int              `json:"version"` // of the review that the steward saw; 0 leaves that open

	// Of APPROVE: what is granted at most. Zero leaves it as asked; nothing can be
	// more than was asked.
	Duration  request.Duration  `json:"duration,omitzero"`
	Privilege request.Privilege `json:"privilege,omitempty"`
	Columns   []string          `json:"columns,omitempty"`

	Stage     int                `json:"stage,omitempty"`     // that was open
	Matches   []Match            `json:"matches"`             // the selectors that the steward matched at the time
	StandsFor []request.PersonID `json:"standsFor,omitempty"` // those whose substitute the steward was
	SignedIn  request.SignIn     `json:"signedIn,omitzero"`   // how the steward had signed in, where the stage asks for that

	Void   Void      `json:"void,omitempty"` // why it counts no more; empty while it does
	Voided time.Time `json:"voided,omitzero"`
}

// Void is why a determination counts no more.
type Void string

// The reasons why determinations are void.
const (
	TakenBack Void = "TAKEN_BACK" // by whoever made it
	Edited    Void = "EDITED"     // the answers were changed
	Reopened  Void = "REOPENED"   // facts have changed, and with them the stage
)

// Match names a selector by the place of its stage and its place in the stage.
type Match struct {
	Stage    int              `json:"stage"`
	Selector int              `json:"selector"`
	For      request.PersonID `json:"for,omitempty"` // whose match it is, if the steward is their substitute
}

// Outcome is the result of a review so far.
type Outcome struct {
	Status  request.Status // PENDING, APPROVED, DENIED, CANCELED or LAPSED
	Granted Terms          // if APPROVED
}

// Bars reports whether somebody may not decide, because it is their own request: one of
// those who are barred, a service that one of these owns, or a member of a group that is
// barred. Substitutes are barred from approving alone, by Determination.StandsFor.
func (r Review) Bars(who request.Identity) bool {
	own := func(p request.PersonID) bool { return p == who.Person() || p == who.Owner || who.IsMember(p) }
	return slices.ContainsFunc(r.Barred, own) || r.BarredGroup != "" && who.MayBeMember(r.BarredGroup)
}

// Stage is the place of the stage that is open; if none is, that of the last.
func (r Review) Stage() int {
	for i := range r.Stages {
		if !r.Stages[i].Done() {
			return i
		}
	}
	return len(r.Stages) - 1
}

// Live lists the determinations that count.
func (r Review) Live() []Determination {
	return slices.DeleteFunc(slices.Clone(r.Determinations), func(d Determination) bool { return d.Void != "" })
}

// lacks reports whether a match names no selector of this review.
func (r Review) lacks(m Match) bool {
	return m.Stage < 0 || m.Stage >= len(r.Stages) || m.Selector < 0 || m.Selector >= len(r.Stages[m.Stage].Approvals)
}

// counted works out anew how far each stage is, opens the one whose turn it is,
// and ends the review if all are done.
func (r Review) counted(at time.Time) Review {
	for i := range r.Stages {
		r.Stages[i].count(i, r.Determinations)
	}
	open := r.Stage()
	if r.Stages[open].Done() {
		return r.closed(request.Approved, at)
	}
	for i := range r.Stages {
		s := &r.Stages[i]
		if i == open {
			s.open(at)
			continue
		}
		if s.rest(); !s.Done() {
			s.block()
		}
	}
	return r
}

// closed ends the review; approvals that were still open are canceled.
func (r Review) closed(s request.Status, at time.Time) Review {
	r.Status, r.Decided, r.Lapses = s, at, time.Time{}
	for i := range r.Stages {
		r.Stages[i].cancel()
	}
	return r
}

// clone makes a copy that shares nothing that its methods change.
func (r Review) clone() Review {
	r.Why = slices.Clip(r.Why)
	r.Determinations = slices.Clone(r.Determinations)
	r.Stages = slices.Clone(r.Stages)
	for i := range r.Stages {
		r.Stages[i].Approvals = slices.Clone(r.Stages[i].Approvals)
	}
	return r
}
