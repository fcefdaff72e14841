package rulebook

import (
	"context"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// AsOf is a grant as it was at a time, zero means now, and whether it gave access
// then: it had been ACTIVE, and was not known to be gone.
func (r *Rulebook) AsOf(ctx context.Context, g provision.Grant, at time.Time) (provision.Grant, bool, error) {
	if g.Started.IsZero() {
		return g, false, nil
	}
	if at.IsZero() {
		return g.Elapse(r.Now()), g.Live(), nil
	}
	if g.Started.After(at) || !g.Gone.IsZero() && !g.Gone.After(at) {
		return g, false, nil
	}
	state, err := r.stateAt(ctx, g, at)
	g.State = state
	return g, true, err
}

// retoldTogether is how many events of a request are read back at a time.
const retoldTogether = 50

// stateAt is the state of a grant at a time, by the last event of its request that speaks
// of it.
func (r *Rulebook) stateAt(ctx context.Context, g provision.Grant, at time.Time) (provision.State, error) {
	for after := (store.Position{}); ; {
		page, err := store.EventsOf.Newest(ctx, r.Store, g.Request, after, retoldTogether)
		if err != nil {
			return "", err
		}
		for _, ev := range page {
			after = ev.At
			if state := stateAfter(ev.Value, g); state != "" && !ev.Value.At.After(at) {
				return state, nil
			}
		}
		if len(page) < retoldTogether {
			return g.State, nil
		}
	}
}

// stateAfter is the state in which an event has left a grant; empty if it says nothing of
// that.
func stateAfter(ev store.Event, g provision.Grant) provision.State {
	switch {
	case !slices.Contains(ev.About, records.Grants.Subject(g.ID)):
		return ""
	case ev.Type == event.RequestRevoked.Name(), ev.Type == event.RequestExpired.Name(), ev.Type == event.RequestLapsed.Name():
		return provision.Revoking
	case ev.Type == event.RequestDetermined.Name(), ev.Type == event.GrantResumed.Name():
		return provision.Pending
	}
	payload, _ := ev.Payload() // that of a newer release says nothing of it
	left, _ := event.Left(payload)
	return provision.State(left.State)
}

// endOf is the place in an index by time behind everything of that time.
func endOf(at time.Time) store.Position { return store.Position{Order: store.OrderTime(at) + "~"} }

// CoveredAt reports whether access at a place, which is the asset or a container
// of it, was access to the asset at a time, zero means now.
func (r *Rulebook) CoveredAt(ctx context.Context, place, ref catalog.Ref, at time.Time) (bool, error) {
	if at.IsZero() {
		return r.Covers(ctx, place, ref)
	}
	for nearer := ref; nearer != place && nearer != ""; nearer = nearer.Parent() {
		decided, err := r.attachedAt(ctx, nearer, at)
		if err == nil && !decided {
			decided, err = r.guardedAt(ctx, nearer, at)
		}
		if err != nil || decided {
			return false, err
		}
	}
	return true, nil
}

// attachedAt reports whether a form or a flow was attached at a place at a time.
func (r *Rulebook) attachedAt(ctx context.Context, ref catalog.Ref, at time.Time) (bool, error) {
	key := request.Attachment{At: ref, Type: request.DataAccess}.Key()
	events, err := journal.Values(store.EventsAbout.Newest(ctx, r.Store, records.Attachments.Subject(key), endOf(at), 1))
	if err != nil || len(events) == 0 {
		return false, err
	}
	set, err := event.AttachmentSet.Decode(events[0].Data)
	return set.Decides(), err
}

// maxGuardrailEvents bounds how many changes of guardrails at one place are read
// back.
const maxGuardrailEvents = store.MaxPage

// guardedAt reports whether a guardrail was set at a place at a time: the last event
// of each guardrail there says whether it was.
func (r *Rulebook) guardedAt(ctx context.Context, ref catalog.Ref, at time.Time) (bool, error) {
	events, err := journal.Values(store.EventsAbout.Newest(ctx, r.Store, records.GuardedAt(ref), endOf(at), maxGuardrailEvents))
	if err != nil {
		return false, err
	}
	seen := map[string]bool{}
	for _, ev := range events {
		set, err := event.GuardrailSaved.Decode(ev.Data) // one that was deleted says the same
		if err != nil {
			return false, err
		}
		if !seen[set.Name] && slices.Contains(set.At, ref) {
			return true, nil
		}
		seen[set.Name] = true
	}
	return false, nil
}
