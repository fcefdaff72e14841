package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Identity is how a platform is told from others, and from copies of itself.
type Identity struct {
	ID string `json:"id"` // its own; the ids of its assets begin with it

	// History rises when a copy of the platform begins to be written to, and Position
	// with all that is written. Both are zero where a platform does not say.
	History  int64 `json:"history,omitempty"`
	Position int64 `json:"position,omitempty"`

	Mark Mark `json:"mark,omitzero"` // that stands on it
}

// Identifier is what a Provisioner may do beside: say which platform answers, also where
// it acts on none but another.
type Identifier interface {
	Identify(ctx context.Context) (Identity, error)
}

// Known is what the records know of the platform that a connection leads to. The zero
// Known takes whatever answers.
type Known struct {
	Name string   `json:"name"` // the ID that it had first: the ids of assets begin with it whatever its own is by now
	IDs  []string `json:"ids"`  // all that it has had; governance has said so of those after the first
	Seen Identity `json:"seen"` // as it was when all was well the last time

	Recognized int `json:"recognized,omitempty"` // how often governance has said that it is the same platform
}

// Is reports whether an ID is one of the platform's.
func (k Known) Is(id string) bool { return slices.Contains(k.IDs, id) }

// Admit is Named, with an error for a platform that is not the one that is known.
func (k Known) Admit(id string) (string, error) {
	if len(k.IDs) > 0 && !k.Is(id) {
		return "", fmt.Errorf("%w: %s", ErrPermanent, k.Trouble(Identity{ID: id}))
	}
	return k.Named(id), nil
}

// Named is the ID by which the records call a platform: its own, or its first one.
func (k Known) Named(id string) string {
	if k.Is(id) {
		return k.Name
	}
	return id
}

// Trouble says why a platform that answers may not be the one that the records know;
// empty where all is well. A platform that has lost what we have seen on it is a copy, or
// was restored from a backup: access may stand on it that has ended, and end there while
// it stands elsewhere.
func (k Known) Trouble(now Identity) string {
	switch was := k.Seen; {
	case len(k.IDs) == 0:
		return ""
	case !k.Is(now.ID):
		return fmt.Sprintf("another platform answers: its id is %s, and it was %s", now.ID, strings.Join(k.IDs, " or "))
	case now.Mark.Store == was.Mark.Store && now.Mark.Generation < was.Mark.Generation:
		return fmt.Sprintf("the platform is older than it was: its mark has generation %d, and had %d; it is a copy, or was restored from a backup", now.Mark.Generation, was.Mark.Generation)
	case now.ID != was.ID:
		return ""
	case now.History < was.History:
		return fmt.Sprintf("the platform is older than it was: its history is %d, and was %d; it is a copy, or was restored from a backup", now.History, was.History)
	case now.Position < was.Position:
		return fmt.Sprintf("the platform is older than it was: it has written up to %d, and had up to %d; it is a copy, or was restored from a backup", now.Position, was.Position)
	}
	return ""
}

// See is Known after a look that found all well. Looks may end in another order than they
// began: of one ID nothing goes back.
func (k Known) See(now Identity) Known {
	if len(k.IDs) == 0 {
		return Known{Name: now.ID, IDs: []string{now.ID}, Seen: now, Recognized: k.Recognized}
	}
	if k.Seen.Mark.Store == now.Mark.Store {
		now.Mark.Generation = max(now.Mark.Generation, k.Seen.Mark.Generation)
	}
	if k.Seen.ID == now.ID {
		now.History, now.Position = max(now.History, k.Seen.History), max(now.Position, k.Seen.Position)
	}
	k.Seen = now
	return k
}

// Recognize is Known after governance has said that what answers is the same platform.
func (k Known) Recognize(now Identity) Known {
	if !k.Is(now.ID) {
		k.IDs = append(slices.Clone(k.IDs), now.ID)
	}
	k.Seen = now
	k.Recognized++
	return k
}

// Estrangement says of a connection that another platform answers than the one that the
// records know, or an older copy of it. Nothing is given or taken there until it is over:
// the connection leads to the right platform again, or governance recognizes it.
type Estrangement struct {
	Connection string
	Why        string
	Since      time.Time
}
