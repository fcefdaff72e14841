package notify

import (
	"math/rand/v2"
	"time"

	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/request"
)

// WebhookTest is the type of what is sent to try a webhook out.
const WebhookTest Topic = "webhook.test"

// DeliveryState is how far a delivery is.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryPending   DeliveryState = "PENDING"   // it is sent, or sent again, when its turn comes
	DeliveryDelivered DeliveryState = "DELIVERED" // the receiver has answered 2xx
	DeliveryFailed    DeliveryState = "FAILED"    // a test, which is not sent again
)

// What is kept of a delivery, and how long it is tried.
const (
	MaxTries        = 10                  // the last that a delivery remembers
	MaxExcerptBytes = 1 << 10             // of a receiver's answer
	AnswerTimeout   = 10 * time.Second    // for an answer, from the call to its end or its first MaxExcerptBytes
	GiveUpAfter     = 3 * 24 * time.Hour  // of failing, when the webhook is suspended
	KeptFor         = 30 * 24 * time.Hour // after it was delivered
)

// Delivery is one event on its way to one webhook. Those of one request are sent
// in the order of its events, each when the one before it was answered.
type Delivery struct {
	ID      string     `json:"id"` // of the webhook, a slash, and that of the event
	Webhook WebhookID  `json:"webhook"`
	Number  int64      `json:"number"` // of the event in the log; zero for a test
	Request request.ID `json:"request,omitempty"`
	Payload Payload    `json:"payload"` // without answers: those are added when it is sent

	State    DeliveryState `json:"state"`
	Made     time.Time     `json:"made"`
	Failing  time.Time     `json:"failing,omitzero"` // since when, without a success
	Next     time.Time     `json:"next"`             // not before; while PENDING
	Attempts int           `json:"attempts,omitempty"`
	Tries    []Try         `json:"tries,omitempty"` // the last MaxTries, the oldest first
}

// Try is one attempt to deliver.
type Try struct {
	At      time.Time     `json:"at"`
	Took    time.Duration `json:"took"`             // in nanoseconds
	Status  int           `json:"status,omitempty"` // HTTP's, zero without an answer
	Excerpt string        `json:"excerpt,omitempty"`
	Error   string        `json:"error,omitempty"` // why it does not count as delivered
}

// Delivered reports whether the receiver has taken the event.
func (t Try) Delivered() bool { return t.Error == "" && t.Status/100 == 2 }

// Gone reports whether the receiver says that it wants no more.
func (t Try) Gone() bool { return t.Status == 410 }

// DeliveryID is the id of the delivery of an event to a webhook.
func DeliveryID(w WebhookID, event string) string { return string(w) + "/" + event }

// Tried is the delivery after an attempt.
func (d Delivery) Tried(t Try) Delivery {
	t.Excerpt, t.Error = excerpt.Storable(t.Excerpt, MaxExcerptBytes), excerpt.Storable(t.Error, MaxExcerptBytes)
	d.Tries = append(append([]Try{}, d.Tries...), t)
	if over := len(d.Tries) - MaxTries; over > 0 {
		d.Tries = d.Tries[over:]
	}
	if t.Delivered() {
		d.State, d.Attempts, d.Failing, d.Next = DeliveryDelivered, 0, time.Time{}, time.Time{}
		return d
	}
	if d.Failing.IsZero() {
		d.Failing = t.At
	}
	d.Next = t.At.Add(t.Took + WebhookBackoff(d.Attempts))
	d.Attempts++
	return d
}

// Last is the last attempt; zero before the first.
func (d Delivery) Last() Try {
	if len(d.Tries) == 0 {
		return Try{}
	}
	return d.Tries[len(d.Tries)-1]
}

// Again is the delivery when it is to be sent once more, whatever became of it.
func (d Delivery) Again(now time.Time) Delivery {
	d.State, d.Attempts, d.Failing, d.Next = DeliveryPending, 0, time.Time{}, now
	return d
}

// GivenUp reports whether it has failed for so long that the webhook is to be
// suspended.
func (d Delivery) GivenUp(now time.Time) bool {
	return !d.Failing.IsZero() && now.Sub(d.Failing) >= GiveUpAfter
}

// WebhookBackoff is how long to wait after a number of attempts that failed before
// the last one: from 5 seconds, doubling, to an hour, and less by up to a third
// at random, so that many do not come back at once.
func WebhookBackoff(attempts int) time.Duration {
	return backoff(5*time.Second, time.Hour, attempts)
}

func backoff(first, most time.Duration, attempts int) time.Duration {
	d := min(first<<min(attempts, 20), most)
	return d - rand.N(d/3)
}
