// Package assist puts in front of data stewards how others have determined what is like the
// request before them.
//
// A Lesson is a final determination of a person, with the Features of its request as they were
// then. Lessons are counted in Ledgers: one of each asset, its neighbours, its connection, its
// tags and its beneficiary. An Assistant reads those that a request touches, and gives Advice:
// a recommendation, a risk, and evidence whose every sentence names the records that it rests
// on. What was advised is kept with the determination, and scored. Advice decides nothing.
package assist

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Assistant advises on requests. Advise must not decide, nor change anything. It must be fit
// for any number of goroutines, and return when ctx ends. Where it has nothing to go by, the
// advice is Undetermined, and not an error.
type Assistant interface {
	Advise(ctx context.Context, c Case) (Advice, error)
}

// Case is a request before its determination.
type Case struct {
	Request  request.Request
	Facts    review.Facts // of the request, as they are now
	Standing Standing
	Now      time.Time
}

// Standing is how the request stands beside what is there already.
type Standing struct {
	// Prevented are the guardrails that prevent an approval now.
	Prevented []review.Prevention

	// Masked are the columns with a mask that the request would show.
	Masked []string

	// Holders are the requests by which others hold access to the asset now, up to
	// MaxHolders; Renewed are those of them that renew an earlier one.
	Holders, Renewed []request.ID
}

// MaxHolders bounds the holders that are looked at.
const MaxHolders = 100

// Recommendation is what an assistant would do.
type Recommendation string

// The recommendations.
const (
	Approve    Recommendation = "APPROVE"
	ApproveFor Recommendation = "APPROVE_FOR" // for Advice.Duration, which is shorter than asked
	Deny       Recommendation = "DENY"
	None       Recommendation = "NONE" // a person has to weigh it
)

// Risk is how likely it is that the access should not be given.
type Risk string

// The risks.
const (
	Low          Risk = "LOW"
	Moderate     Risk = "MODERATE"
	High         Risk = "HIGH"
	Undetermined Risk = "UNDETERMINED" // too little precedent, or facts that are not known
)

// Advice is what an assistant says of a case.
type Advice struct {
	Recommendation Recommendation   `json:"recommendation"`
	Duration       request.Duration `json:"duration,omitzero"` // of APPROVE_FOR

	Risk   Risk     `json:"risk"`
	Number float64  `json:"number"`         // the chance that data stewards deny, 0 to 1; meaningless where the risk is UNDETERMINED
	From   float64  `json:"from"`           // the bounds of the number: it is between them in four cases of five
	To     float64  `json:"to"`             //
	Made   []string `json:"made,omitempty"` // how the number and the risk came about, in order

	Evidence  []Sentence `json:"evidence,omitempty"`  // the weightiest first
	Reason    string     `json:"reason,omitempty"`    // a draft, for the steward to edit
	Otherwise []string   `json:"otherwise,omitempty"` // what would change the advice

	Precedents int       `json:"precedents"`     // determinations on the asset, beside it and on its tags that it goes by
	By         string    `json:"by"`             // who advises: PRECEDENT, or the name of a model
	Sent       []string  `json:"sent,omitempty"` // the fields that have left the house for it
	At         time.Time `json:"at"`
}

// ByPrecedent is Advice.By of Precedent.
const ByPrecedent = "PRECEDENT"

// Sentence is evidence, and the records that it rests on.
type Sentence struct {
	Text    string  `json:"text"`
	Speaks  Speaks  `json:"speaks"`
	Records []Cited `json:"records,omitempty"` // the latest first
}

// Speaks is whether evidence speaks for the access.
type Speaks string

// How evidence speaks.
const (
	For     Speaks = "FOR"
	Against Speaks = "AGAINST"
	Neither Speaks = "NEITHER"
)

// Cited is something that can be looked up.
type Cited struct {
	Kind string `json:"kind"` // REQUEST, or GUARDRAIL
	ID   string `json:"id"`

	// Closed reports whether it may not be read by whoever is advised.
	Closed bool `json:"closed,omitempty"`
}

// Short is the advice in one line, for a list or a message.
func (a Advice) Short() string {
	switch {
	case a.Risk == Undetermined || a.Risk == "":
		return "too little precedent for advice"
	case a.Recommendation == Approve:
		return "advice: approve, " + a.Risk.word() + " risk"
	case a.Recommendation == ApproveFor:
		return "advice: approve for " + a.Duration.String() + ", " + a.Risk.word() + " risk"
	case a.Recommendation == Deny:
		return "advice: deny, " + a.Risk.word() + " risk"
	}
	return "no advice, " + a.Risk.word() + " risk"
}

func (r Risk) word() string {
	return map[Risk]string{Low: "low", Moderate: "moderate", High: "high"}[r]
}
