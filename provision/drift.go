package provision

import (
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/request"
)

// What reconciliation mends of one grant is contested where it has to be mended
// ContestedAfter times within ContestedWithin: someone else works against us.
const (
	ContestedAfter  = 3
	ContestedWithin = 24 * time.Hour

	maxHealed = 50 // times that a grant keeps
)

// FailingAfter is how many attempts in a row fail before a person is called.
const FailingAfter = 5

// Announcements are how long before its end people are told that a grant ends.
// One that does not last so long is not announced so early.
var Announcements = []time.Duration{7 * 24 * time.Hour, 24 * time.Hour}

// announcement is when the end is to be announced next, zero if never.
func (g Grant) announcement() time.Time {
	if g.Ends.IsZero() || g.Ending != "" {
		return time.Time{}
	}
	for _, before := range Announcements {
		if at := g.Ends.Add(-before); at.After(g.Started) && at.After(g.Announced) {
			return at
		}
	}
	return time.Time{}
}

// Announce says that the end was announced, if it was time to.
func (g Grant) Announce(now time.Time) Grant {
	if at := g.announcement(); g.State == Active && !at.IsZero() && !now.Before(at) {
		g.Announced = now.UTC()
	}
	return g
}

// Suspend takes a grant that is not to end out of effect, until governance
// resumes it or it ends. Whatever of it may still stand is taken away.
func (g Grant) Suspend(why string) Grant {
	g.State, g.Withheld = Suspended, excerpt.Storable(why, MaxErrorBytes)
	return g.leave()
}

// Resume puts a suspended grant into effect again, for the principal and the
// object that stand under their names now, whatever that shows.
func (g Grant) Resume(p request.Principal, o catalog.Object) Grant {
	g.State, g.Withheld = Pending, ""
	g.Principal = p
	if g.Asset.ID != o.ID {
		g.Access.ColumnIDs = nil
	}
	g.Asset.ID, g.Asset.Kind, g.Asset.Source.Owner, g.Asset.Definition = o.ID, o.Kind, o.Owner, ""
	return g
}

// replaced follows a grant that has stood to the object that took the place of
// its own, if that is of the same kind and owner. Anything else was not approved.
func (g Grant) replaced(e *ReplacedError, now time.Time) Grant {
	was := g.Asset.Object()
	if g.Started.IsZero() || e.Now.ID == "" || e.Now.Kind != was.Kind || e.Now.Owner != was.Owner {
		return g.Suspend(e.Error())
	}
	g = g.leave().Heal(now)
	// Its columns have other ids.
	g.State, g.Asset.ID, g.Access.ColumnIDs = Provisioning, e.Now.ID, nil
	return g
}

// leave keeps in mind that something may still stand on the object.
func (g Grant) leave() Grant {
	g.Attempts, g.Retry, g.Error, g.Waits, g.Gaps = 0, time.Time{}, "", time.Time{}, Gaps{}
	if o := g.Asset.Object(); !slices.Contains(g.Leftovers, o) {
		g.Leftovers = append(slices.Clone(g.Leftovers), o)
	}
	return g
}

// ClearedBy records what the platform said of all Leftovers of which it was asked.
func (g Grant) ClearedBy(said func(left Standing) (o Outcome, asked bool)) Grant {
	for _, left := range g.LeftStandings() {
		if o, asked := said(left); asked {
			g = g.Cleared(left.Asset.Object(), o)
		}
	}
	return g
}

// Cleared records what the platform said of one of the Leftovers.
func (g Grant) Cleared(left catalog.Object, o Outcome) Grant {
	g.Ran = lastOf(slices.Concat(g.Ran, o.Ran))
	if o.Err != nil && !o.Taken {
		g.Error = excerpt.Storable(fmt.Sprintf("object %s: %v", left.ID, o.Err), MaxErrorBytes)
		return g
	}
	g.Leftovers = slices.DeleteFunc(slices.Clone(g.Leftovers), func(l catalog.Object) bool { return l == left })
	return g
}

// ColumnsSince is what is new about the columns of a grant that is and was ACTIVE: that one
// was renamed, or is gone. The grant follows what is left of what was approved.
func (g Grant) ColumnsSince(was Grant) []string {
	if len(g.Access.Columns) == 0 || g.State != Active || was.State != Active || slices.Equal(g.Remarks, was.Remarks) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(g.Remarks), func(r string) bool { return slices.Contains(was.Remarks, r) })
}

// Heal says that reconciliation has mended the grant.
func (g Grant) Heal(now time.Time) Grant {
	day := slices.DeleteFunc(slices.Clone(g.Healed), func(at time.Time) bool { return !at.After(now.Add(-ContestedWithin)) })
	g.Healed = append(day, now.UTC())
	g.Healed = g.Healed[max(0, len(g.Healed)-maxHealed):]
	return g
}
