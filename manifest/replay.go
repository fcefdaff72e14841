package manifest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// DefaultReplay is how many past requests one Replay looks at.
const DefaultReplay = 200

// ReplayQuery selects past requests for one page of a replay.
type ReplayQuery struct {
	After store.Position // that of the page before; zero for the newest requests
	Facts ReplayFacts    // empty means FactsNow
	Limit int            // at most store.MaxPage; zero means DefaultReplay

	// Attached are places at which the flow is to be attached. It is run over the requests
	// for the assets there, whatever flow they were submitted under, and compared with what
	// holds for these now. None runs it over the requests under its own versions.
	Attached []request.Attachment
}

// ReplayFacts say of when the facts of a replay are.
type ReplayFacts string

// The facts of a replay.
const (
	FactsNow  ReplayFacts = "NOW"  // as they are known now
	FactsThen ReplayFacts = "THEN" // as they were kept with each review
)

// NotKeptError says that a flow reads facts of a request that were not kept with it.
type NotKeptError struct{ Facts []string }

func (e *NotKeptError) Error() string {
	return "manifest: these facts were not kept: " + strings.Join(e.Facts, ", ")
}

// Replay says what a changed flow would have done with requests of the past.
type Replay struct {
	Flow      request.FlowName
	Facts     ReplayFacts
	NotKept   int // requests of which FactsThen were not kept as far as the flow reads them
	Looked    int // requests that it was run over
	Skipped   int // requests whose facts are not there any more, such as a deleted asset
	Differing []Replayed
	Next      store.Position // where the next page begins; zero if there are no more
}

// Replayed is a request that the changed flow would have treated otherwise. Both
// outcomes are by the same facts, so that they differ by the flow alone.
type Replayed struct {
	Request     request.ID
	Asset       catalog.Ref
	Requester   request.PersonID
	Beneficiary request.PersonID
	Submitted   time.Time
	Status      request.Status // what became of it
	Was         ReplayOutcome  // by the flow that it was submitted under
	Would       ReplayOutcome  // by the changed one
}

// ReplayOutcome is what a flow does when a request is submitted.
type ReplayOutcome struct {
	Rule   string         // that holds, or "default"
	Status request.Status // APPROVED or DENIED at once, or PENDING
	Says   string         // in words
}

// Took counts a request that was run again, or could not be, and reports whether to
// go on. When time is up, the next page goes on from here.
func (r *Replay) Took(ctx, within context.Context, err error) (goOn bool, fault error) {
	switch {
	case errors.Is(err, catalog.ErrNotFound) || errors.Is(err, store.ErrNotFound):
		r.Skipped++
	case errors.As(err, new(*NotKeptError)):
		r.NotKept++
	case err != nil && within.Err() != nil && ctx.Err() == nil && r.Looked > 0:
		return false, nil
	case err != nil:
		return false, err
	default:
		r.Looked++
	}
	return true, nil
}
