package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

// Later is what a Provisioner may do beside: let the platform answer later, as a
// service does that is called by a webhook.
type Later interface {
	// ApplyLater is Apply with a Callback for each Standing. Where the platform will
	// answer by it, the Outcome's Err is a *WaitingError. A Callback without a URL
	// cannot be answered.
	ApplyLater(ctx context.Context, want []Standing, back []Callback) []Outcome
}

// Callback is how a platform answers later what came of one Standing, once.
type Callback struct {
	Call  Call
	URL   string
	Token string // proves who answers; never logged, stored or part of an error
}

func (b Callback) String() string { return "callback of call " + string(b.Call.ID) }

// GoString keeps the token out of %#v.
func (b Callback) GoString() string { return b.String() }

// WaitingError says that the platform will answer later, and until when it is
// waited for. It wraps ErrWaiting.
type WaitingError struct{ Until time.Time }

func (e *WaitingError) Error() string {
	return fmt.Sprintf("%v for an answer until %s", ErrWaiting, e.Until.UTC().Format(time.RFC3339))
}
func (e *WaitingError) Unwrap() error { return ErrWaiting }

// CallID names one call of a platform that may answer later.
type CallID string

// Call is one attempt to bring about one Standing on a platform that may answer
// later. Its answer counts for a grant as long as no later call was made about the
// same principal and object, and the grant is still to be given, or to be taken, as
// it was then.
type Call struct {
	ID        CallID         `json:"id"`
	Number    int64          `json:"number"` // rises with each call about the same principal and object
	Asset     catalog.Ref    `json:"asset"`
	Object    catalog.Object `json:"object"`
	Principal string         `json:"principal"`
	Want      []Access       `json:"want,omitempty"`
	Of        []Called       `json:"of,omitempty"` // the grants that waited for it
	Made      time.Time      `json:"made"`
	Until     time.Time      `json:"until"` // when an answer comes too late

	Token    string    `json:"token"`             // a digest of the token
	Tries    int       `json:"tries,omitempty"`   // with a wrong token
	Answered time.Time `json:"answered,omitzero"` // when the answer came
	Answer   string    `json:"answer,omitempty"`  // a digest of it
	Late     string    `json:"late,omitempty"`    // why the answer did not count; empty if it did
}

// Called is what a Call is to one grant.
type Called struct {
	Grant   GrantID `json:"grant"`
	Action  Action  `json:"action"`
	Attempt int     `json:"attempt"` // counted from 1, in a row
}

// Action is what is to be done for a grant.
type Action string

// The actions.
const (
	Give Action = "GIVE"
	Take Action = "TAKE"
)

// Action is what is to be done for the grant now.
func (g Grant) Action() Action {
	if g.Wanted() {
		return Give
	}
	return Take
}

// MaxWait bounds how long an answer is waited for.
const MaxWait = ActivationLimit

// NewCall is a call about a Standing, for those of some grants that are due, or wait
// for the answer to a call that this one overtakes.
func NewCall(id CallID, number int64, s Standing, grants []Grant, now, until time.Time) Call {
	c := Call{ID: id, Number: number, Asset: s.Asset.Ref, Object: s.Asset.Object(), Principal: s.Principal.Name, Want: s.Want, Made: now.UTC(), Until: until.UTC()}
	for _, g := range grants {
		asked := g.Action() == Take || c.wants(g)
		if (g.Due(now) || !g.Waits.IsZero()) && s.Includes(g) && asked {
			c.Of = append(c.Of, Called{Grant: g.ID, Action: g.Action(), Attempt: g.Attempts + 1})
		}
	}
	return c
}

// For is what the call is to a grant as it is now; false if it has been overtaken:
// the grant was ended, or tried again, since.
func (c Call) For(g Grant) bool {
	now := Called{Grant: g.ID, Action: g.Action(), Attempt: g.Attempts + 1}
	return g.Live() && slices.Contains(c.Of, now)
}

// Names reports whether a grant waited for the call.
func (c Call) Names(g Grant) bool {
	return slices.ContainsFunc(c.Of, func(o Called) bool { return o.Grant == g.ID })
}

// About reports whether a grant is about the principal and the object of the call.
func (c Call) About(g Grant) bool {
	return c.Asset == g.Asset.Ref && c.Object == g.Asset.Object() && c.Principal == g.Principal.Name
}

func (c Call) wants(g Grant) bool { return slices.ContainsFunc(c.Want, g.Access.Equal) }

// waitsFor is until when the platform is waited for, of a grant that it calls by
// webhook; zero if it is not. What is to be taken away waits also where the Outcome
// says beside why nothing more is given.
func (o Outcome) waitsFor(g Grant) time.Time {
	waiting, alone := o.Err.(*WaitingError)
	nothing := g.State == Suspended && len(g.Leftovers) == 0
	if g.How == Webhook && !nothing && (alone || !g.Wanted() && errors.As(o.Err, &waiting)) {
		return waiting.Until
	}
	return time.Time{}
}

// waits says that the platform answers later. It is asked again when it has not
// done so by then.
func (g Grant) waits(until time.Time) Grant {
	g.Waits, g.Retry = until.UTC(), time.Time{}
	if g.Wanted() {
		g.State, g.Error = Provisioning, ""
	}
	return g
}

// Unanswered says of a grant whose platform has not answered in time that the
// attempt failed. Backoff is that of Applied.
func (g Grant) Unanswered(now time.Time, backoff func(attempts int) time.Duration) Grant {
	if g.Waits.IsZero() || now.Before(g.Waits) {
		return g
	}
	late := fmt.Errorf("no answer came until %s", g.Waits.Format(time.RFC3339))
	g.Waits = time.Time{}
	if g.State == Provisioning {
		g.State = Failed
	}
	return g.tried(late, now, backoff)
}

// ErrOvertaken is wrapped by what a grant keeps as its Error when an answer that
// counts no more has shown that the platform may not be as it should.
var ErrOvertaken = errors.New("an answer to an earlier call came late, and says that it was done")

// Overtaken is what becomes of the grants of a principal on an object when the
// platform says late that it has done what a Call wanted: whatever of it is not
// what is wanted now has to be brought about again. It returns those that change.
func (c Call) Overtaken(grants []Grant, now time.Time) []Grant {
	var changed []Grant
	for _, g := range grants {
		switch {
		case g.How != Webhook || !c.About(g):
		case !g.Live():
			if c.wants(g) && c.lastOf(g, grants) {
				g.State, g.Gone = Revoking, time.Time{}
				changed = append(changed, g.again(now))
			}
		case g.Wanted() && g.State != Active, !g.Wanted() && c.wants(g):
			changed = append(changed, g.again(now))
		case g.State == Active && !c.wants(g):
			g.State = Provisioning
			changed = append(changed, g.again(now))
		}
	}
	return changed
}

// lastOf reports whether a grant that is gone was the last to give its access: none
// that lives gives or ends it.
func (c Call) lastOf(gone Grant, grants []Grant) bool {
	return !slices.ContainsFunc(grants, func(g Grant) bool {
		return g.ID != gone.ID && c.About(g) && g.Access.Equal(gone.Access) && (g.Live() || g.Gone.After(gone.Gone) || g.Gone.Equal(gone.Gone) && g.ID > gone.ID)
	})
}

// again makes the next attempt due now, whatever is waited for.
func (g Grant) again(now time.Time) Grant {
	g.Waits, g.Retry, g.Error = time.Time{}, now.UTC(), ErrOvertaken.Error()
	return g
}

// ErrToken is wrapped when an answer comes with a token that is none, or of which
// too many were wrong before.
var ErrToken = errors.New("grantwright: the token is not that of a call that waits for an answer")

// DefaultAnswerWithin is how long the answer of a service may take that has said it
// comes later, unless it says how long.
const DefaultAnswerWithin = time.Hour

// CallbackPath is where services answer, below Config.Address.
const CallbackPath = "/provisioning/answers"
