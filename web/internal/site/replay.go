package site

import (
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// ReplayedFlow is the result of a changed flow over past requests.
type ReplayedFlow struct {
	Flow      request.FlowName  `json:"flow"`
	Facts     string            `json:"facts" enum:"NOW,THEN" doc:"By which facts: those of now, or those that were kept with each request"`
	NotKept   int               `json:"notKept" doc:"Requests of which the facts of then were not kept, as far as the flow reads them"`
	Looked    int               `json:"looked" doc:"Requests that it was run over"`
	Skipped   int               `json:"skipped" doc:"Requests whose facts are not there any more"`
	Differing []ReplayedRequest `json:"differing" nullable:"false" doc:"Requests that it would have treated otherwise"`
	Next      string            `json:"next,omitempty" doc:"The cursor of the next page; missing on the last"`
}

// ReplayedRequest is a request that a changed flow would have treated otherwise.
type ReplayedRequest struct {
	Request     request.ID       `json:"request"`
	Asset       catalog.Ref      `json:"asset"`
	Requester   request.PersonID `json:"requester"`
	Beneficiary request.PersonID `json:"beneficiary"`
	Submitted   time.Time        `json:"submitted"`
	Status      request.Status   `json:"status" doc:"What became of it"`
	Was         Outcome          `json:"was" doc:"By the flow that it was submitted under"`
	Would       Outcome          `json:"would" doc:"By the changed one"`
}

// Outcome is the result of a flow for a submitted request.
type Outcome struct {
	Rule   string         `json:"rule"`
	Status request.Status `json:"status" enum:"PENDING,APPROVED,DENIED"`
	Says   string         `json:"says" doc:"In words" example:"approves at once, for 7 days at most"`
}

// ReplayOf is a replay of the engine in the form that is shown.
func ReplayOf(r manifest.Replay) ReplayedFlow {
	out := ReplayedFlow{Flow: r.Flow, Facts: string(r.Facts), NotKept: r.NotKept, Looked: r.Looked, Skipped: r.Skipped, Differing: []ReplayedRequest{}, Next: FormatCursor(r.Next)}
	for _, d := range r.Differing {
		out.Differing = append(out.Differing, ReplayedRequest{Request: d.Request, Asset: d.Asset, Requester: d.Requester, Beneficiary: d.Beneficiary,
			Submitted: d.Submitted, Status: d.Status, Was: Outcome(d.Was), Would: Outcome(d.Would)})
	}
	return out
}
