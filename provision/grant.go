package provision

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/excerpt"
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
	Asset     catalog.Asset     `json:"asset"` // what was approved: Ref, Object and Definition
	Principal request.Principal `json:"principal"`

	Beneficiary request.PersonID `json:"beneficiary"` // whose principal it is

	// Reached is the digest of what was opened with the asset when it was approved, see
	// Standing.Reached, or when governance was last told of it.
	Reached string `json:"reached,omitempty"`

	// Ruled says that a rule which reads tags approved access to a container by itself. It is
	// asked about what comes to the container later.
	Ruled bool `json:"ruled,omitempty"`

	Access   Access           `json:"access"`
	Duration request.Duration `json:"duration"` // from Started

	Emergency bool `json:"emergency,omitempty"` // given before anybody decided: it ends by itself, and is not renewed

	// Renews is the grant whose access this one goes on with. It ends at the later
	// of the two ends.
	Renews GrantID `json:"renews,omitempty"`

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

	// Prevented says which guardrails ended the grant, and why; empty if none did.
	Prevented string `json:"prevented,omitempty"`

	// Leftovers are objects on which something of ours may still stand for the
	// principal, although this grant wants nothing there: the asset was replaced, or
	// the grant was suspended.
	Leftovers []catalog.Object `json:"leftovers,omitempty"`

	Withheld string `json:"withheld,omitempty"` // why it is SUSPENDED

	Announced time.Time   `json:"announced,omitzero"` // when its end was last announced
	Healed    []time.Time `json:"healed,omitempty"`   // when reconciliation mended it, within the last day

	// Act is the last act on the platform about the grant, see Outcome.Act.
	Act int64 `json:"act,omitempty"`

	Query string `json:"query,omitempty"` // what to query on the platform, where that is not the asset itself

	Attempts int       `json:"attempts,omitempty"` // that failed in a row
	Retry    time.Time `json:"retry,omitzero"`     // of the next attempt, after one that failed
	Error    string    `json:"error,omitempty"`    // the platform's own words, of the last attempt

	// Waits is until when the platform is waited for, which has said that it answers
	// later; zero while it is not.
	Waits time.Time `json:"waits,omitzero"`

	// Of a grant that is done by hand: what waits for a person, and what one said last.
	Task        Task        `json:"task,omitzero"`
	Attestation Attestation `json:"attestation,omitzero"`

	Ran       []Statement `json:"ran,omitempty"`       // on the platform, the last MaxStatements
	Remaining []Path      `json:"remaining,omitempty"` // how the principal gets in otherwise
	Remarks   []string    `json:"remarks,omitempty"`   // what limits the access, and what cannot be known of it

	// Gaps are the parts of a container that do not work, while the grant is ACTIVE: the
	// access works with gaps.
	Gaps Gaps `json:"gaps,omitzero"`
}

// NewGrant is the grant of an approved request, PENDING.
func NewGrant(req request.Request, asset catalog.Asset, granted Access, d request.Duration, how Method, approved time.Time) Grant {
	asset.Columns, asset.Source.Comment, asset.Source.Tags = nil, "", nil
	asset.Link(catalog.Links{})
	return Grant{
		ID:        GrantID(req.ID),
		Request:   req.ID,
		Asset:     asset,
		Principal: req.Principal,
		Reached:   req.Reached,
		Access:    granted,

		Beneficiary: req.Beneficiary,

		Duration:  d,
		Emergency: req.Emergency != nil,
		Renews:    GrantID(req.Renews),
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
	g.Ending, g.State, g.Withheld, g.Gaps = why, Revoking, "", Gaps{}
	g.Attempts, g.Retry, g.Error, g.Task, g.Waits = 0, time.Time{}, "", Task{}, time.Time{}
	return g
}

// Prevent ends a grant because of guardrails.
func (g Grant) Prevent(why string) Grant {
	next := g.End(request.Revoked)
	if next.Ending != g.Ending {
		next.Prevented = excerpt.Storable(why, MaxErrorBytes)
	}
	return next
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
	switch {
	case g.How == Manual || g.State == Revoked:
		return false
	case !g.Waits.IsZero():
		return !now.Before(g.Waits)
	case g.State == Pending || g.State == Provisioning:
		return true
	case g.State == Active || g.State == Suspended:
		return (len(g.Leftovers) > 0 || g.againSoon()) && !now.Before(g.Retry)
	}
	return !now.Before(g.Retry)
}

// Next is when the grant needs attention, zero if it never does by itself.
func (g Grant) Next() time.Time { return earlier(g.NextToTake(), g.NextToGive()) }

// NextToTake is when something is to be taken away or to end, zero if never.
func (g Grant) NextToTake() time.Time {
	switch {
	case g.State == Revoked || g.Ending != "" && g.How == Manual:
		return time.Time{}
	case g.elapsed() && g.Waits.IsZero() && g.Retry.IsZero():
		return g.limit() // which was the time before it ended, too
	case g.Ending != "":
		return g.retry()
	case len(g.Leftovers) > 0 && g.How != Manual:
		return earlier(g.retry(), g.limit())
	}
	return g.limit()
}

// NextToGive is when something is to be given, its end to be announced, or people
// to be told of what they have to do by hand; zero if never.
func (g Grant) NextToGive() time.Time {
	switch {
	case g.ByHand():
		return g.handed()
	case g.againSoon():
		return earlier(g.Retry, g.announcement())
	case g.State == Active:
		return g.announcement()
	case g.Ending != "" || g.State == Revoked || g.State == Suspended || g.How == Manual:
		return time.Time{}
	}
	return g.retry()
}

// retry is when an attempt is due.
func (g Grant) retry() time.Time {
	if !g.Waits.IsZero() {
		return g.Waits
	}
	if g.Retry.IsZero() {
		return g.Approved
	}
	return g.Retry
}

// elapsed reports whether the grant ends because its time was over.
func (g Grant) elapsed() bool { return g.Ending == request.Expired || g.Ending == request.Lapsed }

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

// Retried makes the next attempt due now, where one has failed or is waited for, or where
// parts do not work.
func (g Grant) Retried(now time.Time) Grant {
	g.Waits = time.Time{}
	if g.Retry.After(now) || g.Gapped() {
		g.Retry = now.UTC()
	}
	return g
}

// Applied records what the platform said. Backoff is how long to wait after a
// number of attempts that failed before. What was said of the Leftovers comes
// first: see Cleared.
func (g Grant) Applied(o Outcome, now time.Time, backoff func(attempts int) time.Duration) Grant {
	g.Waits = time.Time{}
	if until := o.waitsFor(g); now.Before(until) {
		return g.waits(until)
	}
	if g = g.applied(o, now, backoff); !g.ByHand() {
		g.Task = Task{}
	}
	return g
}

func (g Grant) applied(o Outcome, now time.Time, backoff func(attempts int) time.Duration) Grant {
	g.Ran = lastOf(slices.Concat(g.Ran, o.Ran))
	g.Remaining = firstOf(o.Remaining)
	g.Act = max(g.Act, o.Act)
	if g.Ending != "" || g.State == Suspended {
		return g.taken(o, now, backoff)
	}
	if why := g.redefined(o); why != "" {
		return g.Suspend(why)
	}
	if replaced := (*ReplacedError)(nil); errors.As(o.Err, &replaced) {
		return g.replaced(replaced, now)
	}
	if reached := (*ReachedError)(nil); errors.As(o.Err, &reached) {
		g.Reached = reached.Reach.Digest() // which is told, and holds if governance resumes it
		return g.Suspend(reached.Error())
	}
	if g.State == Active && slices.ContainsFunc(o.Withdrawn, g.Access.Equal) {
		return g.Suspend(fmt.Sprintf("%s was removed on the platform, not by Grantwright", g.Access))
	}
	if o.Err != nil {
		g = g.tried(o.Err, now, backoff)
		g.State, g.Gaps = Failed, Gaps{}
		return g
	}
	g.State, g.Known, g.Query, g.Gaps = Active, evidence[g.How], o.Query, o.Gaps.Of(g.Access.Privilege).storable()
	definition := g.pinned(o)
	g.Remarks, g.Asset.Definition = g.remarked(o, definition), catalog.Repinned(g.Asset.Definition, definition)
	if g.Started.IsZero() {
		g.Started = now.UTC()
		g.Ends = g.Duration.End(now)
	}
	return g.settled(nil, now, backoff)
}

// taken records what became of access that is not wanted any more.
func (g Grant) taken(o Outcome, now time.Time, backoff func(int) time.Duration) Grant {
	if o.Taken {
		o.Err = nil
	}
	if g.Ending != "" && len(o.Remarks) > 0 {
		g.Remarks = remarksOf(o.Remarks)
	}
	g = g.settled(o.Err, now, backoff)
	if g.Ending != "" && g.Error == "" {
		g.State, g.Known, g.Gone = Revoked, evidence[g.How], now.UTC()
	}
	return g
}

// settled says that nothing is to be tried again, unless there is an error or
// something is left of what was to be cleared.
func (g Grant) settled(err error, now time.Time, backoff func(int) time.Duration) Grant {
	if len(g.Leftovers) > 0 {
		err = errors.Join(err, fmt.Errorf("on what it was given for before: %s", g.Error))
	}
	if err != nil {
		return g.tried(err, now, backoff)
	}
	g.Attempts, g.Retry, g.Error = 0, time.Time{}, ""
	return g
}

// tried says that an attempt failed, and when the next one is.
func (g Grant) tried(err error, now time.Time, backoff func(int) time.Duration) Grant {
	wait := backoff(g.Attempts)
	if errors.Is(err, ErrPermanent) || errors.Is(err, ErrWaiting) {
		wait = max(wait, permanentWait)
	}
	g.Attempts++
	g.Error, g.Retry = excerpt.Storable(err.Error(), MaxErrorBytes), now.UTC().Add(wait)
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
		ran[first] = Statement(excerpt.Storable(string(ran[first]), MaxStatementBytes-size))
		size += len(ran[first])
	}
	return ran[first:]
}

// firstOf keeps as many paths as a grant may hold, and says how many more there are.
func firstOf(paths []Path) []Path {
	kept := slices.Clone(paths[:min(len(paths), MaxPaths)])
	for i, p := range kept {
		kept[i] = Path(excerpt.Storable(string(p), MaxPathBytes))
	}
	if more := len(paths) - MaxPaths; more > 0 {
		kept[MaxPaths-1] = Path(fmt.Sprintf("%d others", more+1))
	}
	return kept
}

// maxRemarks is how many remarks a grant keeps.
const maxRemarks = 20

// remarksOf keeps as many remarks as a grant may hold.
func remarksOf(all []string) []string {
	var kept []string
	for _, r := range all[:min(len(all), maxRemarks)] {
		kept = append(kept, excerpt.Storable(r, MaxPathBytes))
	}
	return kept
}

// earlier leaves out a time that is zero.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}
