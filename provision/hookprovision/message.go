package hookprovision

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// MessageType is the Type of every Message.
const MessageType = "access.wanted"

// Message is what a service is asked: all that one principal should have from us on
// one asset, no more and no less.
type Message struct {
	Type       string    `json:"type"`
	ID         string    `json:"id"`     // of the call, as in the header webhook-id
	Number     int64     `json:"number"` // rises with each call about the same principal and asset; 0 where nobody counts
	Timestamp  time.Time `json:"timestamp"`
	Connection string    `json:"connection"`

	Principal request.Principal  `json:"principal"`
	Asset     Asset              `json:"asset"`
	Want      []provision.Access `json:"want"` // empty: nothing from us

	// Given is what of Want stood before by our records. What of it stands no longer
	// somebody has taken away: it is not put back, but named in Answer.Withdrawn.
	Given []provision.Access `json:"given,omitempty"`

	// Below are the assets below a container that access to it covers; what is not
	// named is not covered.
	Below []Asset `json:"below,omitempty"`

	Grants   []provision.Called `json:"grants,omitempty"` // that wait for it
	Until    time.Time          `json:"until,omitzero"`   // after which nothing may be done for it, unless 202 was answered in time
	Callback *Callback          `json:"callback,omitempty"`
}

// Asset is an asset as it was approved. Another object under its name is another
// asset: give nothing on it.
type Asset struct {
	Ref   catalog.Ref  `json:"ref"`
	Kind  catalog.Kind `json:"kind,omitempty"`
	ID    string       `json:"id,omitempty"`
	Owner string       `json:"owner,omitempty"`
}

func assetOf(a catalog.Asset) Asset {
	return Asset{Ref: a.Ref, Kind: a.Kind, ID: a.ID, Owner: a.Source.Owner}
}

// Callback is where and how a service answers later.
type Callback struct {
	URL   string    `json:"url"`
	Token string    `json:"token"` // good once, and never to be part of an address
	Until time.Time `json:"until"` // when an answer comes too late, unless the 202 named another time
}

// What a service may answer.
const (
	Done   = "DONE"   // it is as wanted: that was looked at
	Failed = "FAILED" // it is not; Error says why
)

// Answer is what a service says of a Message.
type Answer struct {
	Token   string `json:"token,omitempty"` // of a callback, unless it is in the header Authorization
	Outcome string `json:"outcome"`         // DONE or FAILED

	Error     string `json:"error,omitempty"`     // of FAILED: in words that people understand
	Permanent bool   `json:"permanent,omitempty"` // of FAILED: trying again cannot help until a person changes something
	Taken     bool   `json:"taken,omitempty"`     // of FAILED: nothing of ours is left beside what is wanted

	Ran       []provision.Statement `json:"ran,omitempty"`       // what was done, in order; no secrets
	Remaining []provision.Path      `json:"remaining,omitempty"` // how the principal gets in anyhow, not through us
	Withdrawn []provision.Access    `json:"withdrawn,omitempty"` // what of Given somebody has taken away

	// Until is how long an answer may take, of a 202; at most 14 days. Without it,
	// until the time that the Message names.
	Until time.Time `json:"until,omitzero"`
}

// ParseAnswer reads an Answer. What it says of neither DONE nor FAILED is an error:
// silence is no answer.
func ParseAnswer(text []byte) (provision.Outcome, error) {
	var a Answer
	if err := json.Unmarshal(text, &a); err != nil {
		return provision.Outcome{}, fmt.Errorf("%w: %w", errAnswer, err)
	}
	o := provision.Outcome{Ran: a.Ran, Remaining: a.Remaining, Withdrawn: a.Withdrawn, Taken: a.Taken}
	switch {
	case a.Outcome == Done:
		return o, nil
	case a.Outcome != Failed:
		return provision.Outcome{}, fmt.Errorf("%w, not %q", errAnswer, excerpt.Of(a.Outcome, maxShown))
	case a.Error == "":
		a.Error = "the service did not say why"
	}
	if o.Err = errors.New(a.Error); a.Permanent {
		o.Err = fmt.Errorf("%w: %s", provision.ErrPermanent, a.Error)
	}
	return o, nil
}

// accesses is never nil: a service shall see that nothing is wanted.
func accesses(want []provision.Access) []provision.Access {
	if want == nil {
		return []provision.Access{}
	}
	return want
}
