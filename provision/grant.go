package provision

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// GrantID names a grant. A request has at most one, under the request's own id.
type GrantID string

// State is what is known of a grant on its platform.
type State string

// The states of a grant.
const (
	Pending      State = "PENDING"      // approved; nothing was done yet
	Provisioning State = "PROVISIONING" // we are at it, or were when we were interrupted
	Active       State = "ACTIVE"       // the platform was read back: it works
	Failed       State = "FAILED"       // it does not work, Error says why; it is tried again
	Suspended    State = "SUSPENDED"    // someone took it away on the platform; governance decides
	Revoking     State = "REVOKING"     // it is to end, and is not known to be gone
	Revoked      State = "REVOKED"      // the platform was read back: it is gone
)

// Method is how a grant is put into effect.
type Method string

// The methods.
const (
	Auto    Method = "AUTO"    // by a Provisioner
	Webhook Method = "WEBHOOK" // by a service that we call
	Manual  Method = "MANUAL"  // by a person
)

// Evidence is what we know the state of a grant by.
type Evidence string

// The kinds of evidence.
const (
	Verified Evidence = "VERIFIED" // read back from the platform
	Asserted Evidence = "ASSERTED" // a callback said so
	Attested Evidence = "ATTESTED" // a person said so
)

// evidence is what each method knows its results by.
var evidence = map[Method]Evidence{Auto: Verified, Webhook: Asserted, Manual: Attested}

// ActivationLimit is how long after its approval a grant may become ACTIVE.
// After that it lapses.
const ActivationLimit = 14 * 24 * time.Hour

// What a grant keeps of what its platform said is bounded, so that it can always
// be stored: escaped, a byte may become six.
const (
	MaxStatements     = 50       // the last that were run
	MaxStatementBytes = 64 << 10 // of all of them together
	MaxPaths          = 100
	MaxPathBytes      = 500 // of each of them
	MaxErrorBytes     = 4000
)

// Grant is the access that an approved request gives.
type Grant struct {
	ID        GrantID           `json:"id"`
	Request   request.ID        `json:"request"`
	Asset     catalog.Asset     `json:"asset"` // what was approved: Ref and Object
	Principal request.Principal `json:"principal"`
	Access    Access            `json:"access"`
	Duration  request.Duration  `json:"duration"` // from Started

	State State    `json:"state"`
	How   Method   `json:"how"`
	Known Evidence `json:"known,omitempty"` // empty while nothing is known

	Approved time.Time `json:"approved"`
	Started  time.Time `json:"started,omitzero"` // when it was first ACTIVE
	Ends     time.Time `json:"ends,omitzero"`    // zero until started, and for ENDLESS
	Gone     time.Time `json:"gone,omitzero"`    // when it was REVOKED

	// Ending says why the grant is to end or has ended: EXPIRED, REVOKED or
	// LAPSED. Empty while it should stand.
	Ending request.Status `json:"ending,omitempty"`

	Attempts int       `json:"attempts,omitempty"` // that failed in a row
	Retry    time.Time `json:"retry,omitzero"`     // of the next attempt, after one that failed
	Error    string    `json:"error,omitempty"`    // the platform's own words, of the last attempt

	Ran       []Statement `json:"ran,omitempty"`       // on the platform, the last MaxStatements
	Remaining []Path      `json:"remaining,omitempty"` // how the principal gets in otherwise
}

// NewGrant is the grant of an approved request, PENDING.
func NewGrant(req request.Request, asset catalog.Asset, granted Access, d request.Duration, how Method, approved time.Time) Grant {
	asset.Columns, asset.Source.Comment, asset.Source.Tags = nil, "", nil
	return Grant{
		ID:        GrantID(req.ID),
		Request:   req.ID,
		Asset:     asset,
		Principal: req.Principal,
		Access:    granted,
		Duration:  d,
		State:     Pending,
		How:       how,
		Approved:  approved.UTC(),
	}
}

// Wanted reports whether the platform should give the access.
func (g Grant) Wanted() bool {
	return g.Ending == "" && g.State != Revoked && g.State != Suspended
}

// Live reports whether the platform may give the access, as far as we know.
func (g Grant) Live() bool { return g.State != Revoked }

// End says that the grant is to end. What has ended already stays as it is.
func (g Grant) End(why request.Status) Grant {
	if g.Ending != "" || g.State == Revoked {
		return g
	}
	g.Ending, g.State = why, Revoking
	g.Attempts, g.Retry, g.Error = 0, time.Time{}, ""
	return g
}

// Elapse ends a grant whose time is over, or that has not become ACTIVE in time.
func (g Grant) Elapse(now time.Time) Grant {
	switch {
	case !g.Ends.IsZero() && !now.Before(g.Ends):
		return g.End(request.Expired)
	case g.Started.IsZero() && !now.Before(g.Approved.Add(ActivationLimit)):
		return g.End(request.Lapsed)
	}
	return g
}

// Due reports whether we have something to do on the platform at the time now.
func (g Grant) Due(now time.Time) bool {
	if g.How != Auto {
		return false
	}
	switch g.State {
	case Pending, Provisioning:
		return true
	case Failed, Revoking:
		return !now.Before(g.Retry)
	}
	return false
}

// Next is when the grant needs attention: to be tried, to end, or to lapse; zero
// if it never does by itself.
func (g Grant) Next() time.Time {
	switch {
	case g.Ending != "" && g.How != Auto, g.State == Revoked:
		return time.Time{}
	case g.State == Active || g.State == Suspended || g.How != Auto:
		return g.limit()
	case g.Retry.IsZero():
		return g.Approved
	case g.State == Failed:
		return earlier(g.Retry, g.limit())
	}
	return g.Retry
}

// ByHand reports whether a person has something to do on the platform.
func (g Grant) ByHand() bool {
	return g.How == Manual && (g.State == Pending || g.State == Failed || g.State == Revoking)
}

// limit is when the grant ends or lapses, zero if never.
func (g Grant) limit() time.Time {
	if g.Started.IsZero() {
		return g.Approved.Add(ActivationLimit)
	}
	return g.Ends
}

// Begin says that the platform is about to be brought to what is wanted. Error
// stays until the platform has answered.
func (g Grant) Begin() Grant {
	if g.State == Pending || g.State == Failed {
		g.State, g.Retry = Provisioning, time.Time{}
	}
	return g
}

// Applied records what the platform said. Backoff is how long to wait after a
// number of attempts that failed before.
func (g Grant) Applied(o Outcome, now time.Time, backoff func(attempts int) time.Duration) Grant {
	g.Ran = lastOf(slices.Concat(g.Ran, o.Ran))
	g.Remaining = firstOf(o.Remaining)
	if gone := g.Ending != "" && o.Taken; o.Err != nil && !gone {
		return g.failed(o.Err, now, backoff)
	}
	g.Attempts, g.Retry, g.Error, g.Known = 0, time.Time{}, "", evidence[g.How]
	if g.Ending != "" {
		g.State, g.Gone = Revoked, now.UTC()
		return g
	}
	g.State = Active
	if g.Started.IsZero() {
		g.Started = now.UTC()
		g.Ends = g.Duration.End(now)
	}
	return g
}

func (g Grant) failed(err error, now time.Time, backoff func(int) time.Duration) Grant {
	wait := backoff(g.Attempts)
	if errors.Is(err, ErrPermanent) || errors.Is(err, ErrWaiting) {
		wait = max(wait, permanentWait)
	}
	g.Attempts++
	g.Error, g.Retry = clip(err.Error(), MaxErrorBytes), now.UTC().Add(wait)
	if g.Ending == "" {
		g.State = Failed
	}
	return g
}

// permanentWait is the time between two attempts where a person has to change
// something first: they may have done so.
const permanentWait = 5 * time.Minute

// lastOf keeps as many of the last statements as a grant may hold.
func lastOf(ran []Statement) []Statement {
	first, size := len(ran), 0
	for first > 0 && len(ran)-first < MaxStatements && size < MaxStatementBytes {
		first--
		ran[first] = Statement(clip(string(ran[first]), MaxStatementBytes-size))
		size += len(ran[first])
	}
	return ran[first:]
}

// firstOf keeps as many paths as a grant may hold, and says how many more there are.
func firstOf(paths []Path) []Path {
	kept := slices.Clone(paths[:min(len(paths), MaxPaths)])
	for i, p := range kept {
		kept[i] = Path(clip(string(p), MaxPathBytes))
	}
	if more := len(paths) - MaxPaths; more > 0 {
		kept[MaxPaths-1] = Path(fmt.Sprintf("%d others", more+1))
	}
	return kept
}

// clip makes text from a platform such that every store can keep it. What was cut
// ends in an ellipsis.
func clip(s string, most int) string {
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?")
}

// Standings says what each principal should have on each asset from all of some
// grants, in the order of the first grant of each. The grants must be all that
// live for those principals and assets.
func Standings(grants []Grant) []Standing {
	var standings []Standing
	for _, g := range grants {
		if !g.Live() {
			continue
		}
		i := slices.IndexFunc(standings, func(s Standing) bool { return s.Includes(g) })
		if i < 0 {
			i = len(standings)
			standings = append(standings, Standing{Principal: g.Principal, Asset: g.Asset})
		}
		if g.Wanted() && !slices.ContainsFunc(standings[i].Want, g.Access.Equal) {
			standings[i].Want = append(standings[i].Want, g.Access)
		}
	}
	for _, s := range standings {
		slices.SortFunc(s.Want, func(a, b Access) int {
			return cmp.Or(cmp.Compare(a.Privilege, b.Privilege), slices.Compare(a.Columns, b.Columns))
		})
	}
	return standings
}

// SamePair reports whether two Standings are about the same principal and the
// same object under the same Ref.
func (s Standing) SamePair(o Standing) bool {
	return s.Principal == o.Principal && s.Asset.Ref == o.Asset.Ref && s.Asset.Object() == o.Asset.Object()
}

// Includes reports whether a grant is about the principal and the asset of s.
func (s Standing) Includes(g Grant) bool {
	return s.SamePair(Standing{Principal: g.Principal, Asset: g.Asset})
}

// Equal reports whether two accesses are the same.
func (a Access) Equal(b Access) bool {
	return a.Privilege == b.Privilege && slices.Equal(a.Columns, b.Columns)
}

func (a Access) String() string {
	if len(a.Columns) == 0 {
		return string(a.Privilege)
	}
	return fmt.Sprintf("%s (%s)", a.Privilege, catalog.FormatPath(a.Columns))
}

// earlier leaves out a time that is zero.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}
