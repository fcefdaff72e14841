package provision

import (
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
)

// Told is the payload of the events about a finding.
func (f Finding) Told() event.Finding {
	told := event.Finding{Kind: string(f.Kind), Asset: f.Asset, Principal: f.Principal, Grant: string(f.Grant), Detail: f.Detail, Mended: f.Mended, Statements: texts(f.Statements)}
	for _, a := range f.Access {
		told.Access = append(told.Access, event.Access{Privilege: a.Privilege, Columns: a.Columns, Unmasked: a.Unmasked})
	}
	return told
}

// MaxFindings bounds what one Reconciliation lists.
const MaxFindings = 1000

// Reconcile says how what stands on a connection is compared with what should.
// The zero value mends what it may.
type Reconcile struct {
	// DryRun changes nothing, and says what would be done.
	DryRun bool

	// MaxRemovals is how many accesses may be removed, and how many grants suspended.
	// Zero means 10, or 5 % of those that stand where that is less; in any case one
	// access, and three grants. Where more would be, none is, and somebody has to look
	// and name a number. It takes GOVERNANCE.
	MaxRemovals int

	// Adopt says that the records of this engine are the right ones, although the
	// platform was marked by others or by later ones. It takes GOVERNANCE.
	Adopt bool
}

// MayRemove is how many of the accesses that stand may be removed.
func (r Reconcile) MayRemove(standing int) int { return r.bound(standing, 1) }

// MaySuspend is how many of the grants that were compared may be suspended.
func (r Reconcile) MaySuspend(compared int) int { return r.bound(compared, 3) }

func (r Reconcile) bound(of, least int) int {
	const most, part = 10, 20
	if r.MaxRemovals > 0 {
		return r.MaxRemovals
	}
	return min(most, max(least, of/part))
}

// Reconciliation is what came of comparing what stands with what should.
type Reconciliation struct {
	Connection string
	At         time.Time
	DryRun     bool

	Compared int // grants
	Standing int // accesses of ours on the platform
	Removals int // accesses that nothing calls for, as far as they may be removed

	Suspensions int // grants of which someone took something away, or in whose place something else stands

	// Stopped says that more would be removed or suspended than may be without asking.
	Stopped bool

	// Doubt is why nothing is changed but only reported: the records do not seem to
	// be those by which the access was given. Empty where all is well.
	Doubt string

	Findings []Finding // the first MaxFindings
	More     int       // findings that are not listed
}

// FindingKind is what kind of difference was found.
type FindingKind string

// The kinds of findings.
const (
	FoundReplaced  FindingKind = "REPLACED"  // the object was made anew: the grant follows it
	FoundSuspended FindingKind = "SUSPENDED" // someone took it away, or something else stands there: governance decides
	FoundBroken    FindingKind = "BROKEN"    // the access does not work; it is tried again
	FoundGaps      FindingKind = "GAPS"      // parts of its container work no longer, or work again
	FoundRemarks   FindingKind = "REMARKS"   // what limits the access, or cannot be known of it, is another; it is only reported
	FoundMissing   FindingKind = "MISSING"   // something of the access has to be given again (a dry run says what)
	FoundForeign   FindingKind = "FOREIGN"   // other ways in than ours came or went; they are only reported
	FoundOrphan    FindingKind = "ORPHAN"    // access of ours that nothing calls for
	FoundPrevented FindingKind = "PREVENTED" // a guardrail keeps them from the access by now: the grant ends
	FoundStricter  FindingKind = "STRICTER"  // other assets are read through it, where others decide; they are only reported
	FoundHeld      FindingKind = "HELD"      // it was another asset before, or has the masked columns of one: a container leaves it out until governance has looked
	FoundUnknown   FindingKind = "UNHEARD"   // the platform did not say how it stands
)

// Finding is one difference between what stands and what should.
type Finding struct {
	Kind       FindingKind `json:"kind"`
	Asset      catalog.Ref `json:"asset"`
	Principal  string      `json:"principal,omitempty"`
	Grant      GrantID     `json:"grant,omitempty"` // empty where there is none
	Access     []Access    `json:"access,omitempty"`
	Detail     string      `json:"detail,omitempty"`
	Mended     bool        `json:"mended"`               // false where it is only reported
	Statements []Statement `json:"statements,omitempty"` // that ran, or that a dry run would run
}
