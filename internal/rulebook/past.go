package rulebook

import (
	"context"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// AsOf are those of some grants that gave access at a time, zero means now, as they were then:
// they had been ACTIVE, and were not known to be gone. It stops at the most-th.
func (r *Rulebook) AsOf(ctx context.Context, grants []store.Stored[provision.Grant], at time.Time, most int) ([]store.Stored[provision.Grant], error) {
	var stood []store.Stored[provision.Grant]
	for _, g := range grants {
		if len(stood) < most && given(g.Value, at) {
			stood = append(stood, g)
		}
	}
	if !at.IsZero() {
		return stood, r.setStates(ctx, stood, at)
	}
	for i, g := range stood {
		stood[i].Value = g.Value.Elapse(r.Now())
	}
	return stood, nil
}

// given reports whether a grant gave access at a time; zero means now.
func given(g provision.Grant, at time.Time) bool {
	switch {
	case g.Started.IsZero():
		return false
	case at.IsZero():
		return g.Live()
	}
	return !g.Started.After(at) && (g.Gone.IsZero() || g.Gone.After(at))
}

// retoldTogether is how many events of a request are read back at a time.
const retoldTogether = 50

// setStates sets the states of some grants to those at a time, by the last event of each
// request that speaks of its grant. Requests are asked for together.
func (r *Rulebook) setStates(ctx context.Context, grants []store.Stored[provision.Grant], at time.Time) error {
	open := make([]int, len(grants))
	queries := make([]store.Query, len(grants))
	for i, g := range grants {
		open[i], queries[i] = i, store.EventsOf.Query(g.Value.Request)
		queries[i].Descending, queries[i].Limit = true, retoldTogether
	}
	for len(open) > 0 {
		some := open[:min(len(open), store.MaxQueries)]
		asked := make([]store.Query, len(some))
		for n, i := range some {
			asked[n] = queries[i]
		}
		pages, err := store.Pages[store.Event](ctx, r.Store, asked...)
		if err != nil {
			return err
		}
		open = open[len(some):]
		for n, i := range some {
			state, last := lastState(pages[n], grants[i].Value, at)
			switch {
			case state != "":
				grants[i].Value.State = state
			case len(pages[n]) == retoldTogether: // what it says comes before these
				queries[i].After = last
				open = append(open, i)
			}
		}
	}
	return nil
}

// lastState is the state of a grant at a time by a page of events, the newest first: empty if
// none says it; and where the page ends.
func lastState(page []store.Stored[store.Event], g provision.Grant, at time.Time) (state provision.State, last store.Position) {
	for _, ev := range page {
		last = ev.At
		if state := stateAfter(ev.Value, g); state != "" && !ev.Value.At.After(at) {
			return state, last
		}
	}
	return "", last
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

// CoveredAt are the places, from an asset upwards, where access was access to the asset at a
// time: as far as nothing nearer had a form, a flow or a guardrail of its own.
func (r *Rulebook) CoveredAt(ctx context.Context, ref catalog.Ref, at time.Time) ([]catalog.Ref, error) {
	lineage := ref.Lineage()
	nearer := lineage[:len(lineage)-1]
	queries := make([]store.Query, 0, 2*len(nearer))
	for _, place := range nearer {
		key := request.Attachment{At: place, Type: request.DataAccess}.Key()
		attached, guarded := store.EventsAbout.Query(records.Attachments.Subject(key)), store.EventsAbout.Query(records.GuardedAt(place))
		attached.Limit, guarded.Limit = 1, maxGuardrailEvents
		queries = append(queries, attached, guarded)
	}
	for i := range queries {
		queries[i].After, queries[i].Descending = endOf(at), true
	}
	if len(queries) == 0 {
		return lineage, nil
	}
	pages, err := store.Pages[store.Event](ctx, r.Store, queries...)
	if err != nil {
		return nil, err
	}
	for i, place := range nearer {
		decided, err := attachedBy(pages[2*i])
		if err == nil && !decided {
			decided, err = guardedBy(pages[2*i+1], place)
		}
		if err != nil || decided {
			return lineage[:i+1], err
		}
	}
	return lineage, nil
}

// attachedBy reports whether the last change of an attachment has set a form or a flow.
func attachedBy(events []store.Stored[store.Event]) (bool, error) {
	if len(events) == 0 {
		return false, nil
	}
	set, err := event.AttachmentSet.Decode(events[0].Value.Data)
	return set.Decides(), err
}

// maxGuardrailEvents bounds how many changes of guardrails at one place are read
// back.
const maxGuardrailEvents = store.MaxPage

// guardedBy reports whether a guardrail was set at a place after changes of guardrails there,
// the newest first: the last event of each guardrail says whether it was.
func guardedBy(events []store.Stored[store.Event], ref catalog.Ref) (bool, error) {
	seen := map[string]bool{}
	for _, ev := range events {
		set, err := event.GuardrailSaved.Decode(ev.Value.Data) // one that was deleted says the same
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
