package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// LimitError says that somebody has too much open of a kind.
type LimitError struct {
	What string // such as "reports of assets that are not there"
	Most int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("grantwright: you have %d %s open, which is the most; wait until governance has seen to them", e.Most, e.What)
}

// Report tells governance that a link leads to nothing: that an asset wants
// registering. Nobody can approve it. When the asset appears, whoever reported it
// is told. The same again returns the first report; at most request.MaxWanted of a
// person are open at once, and the error is a *LimitError then. A link that leads
// somewhere is refused with ErrState.
func (a Assets) Report(ctx context.Context, by request.Identity, link catalog.Link) (request.Wanted, error) {
	if err := errors.Join(by.Check(), link.Check()); err != nil {
		return request.Wanted{}, err
	}
	if found, err := a.e.find(ctx, link); err != nil || len(found) > 0 {
		if err == nil {
			err = fmt.Errorf("%w: %s is there; follow the link again", ErrState, found[0].Ref)
		}
		return request.Wanted{}, err
	}
	w := request.Wanted{ID: request.WantedID(a.e.config.NewID()), Link: link, By: by.Person(), At: a.e.now(), Status: request.StillWanted}
	err := a.e.change(ctx, func(c *store.Change) error {
		open, err := store.WantedBy.Find(ctx, a.e.config.Store, w.By, store.Position{}, request.MaxWanted)
		if err != nil {
			return err
		}
		for _, o := range open {
			if o.Value.Same() == w.Same() {
				w = o.Value
				return nil
			}
		}
		if len(open) >= request.MaxWanted {
			return &LimitError{"reports of assets that are not there", request.MaxWanted}
		}
		store.Wanteds.Insert(c, w)
		a.e.tell(c, event.AssetReported.With(w), w.By, nil, store.Wanteds.Subject(w.ID))
		return a.e.remember(ctx, c, by)
	})
	if taken := (*store.TakenError)(nil); errors.As(err, &taken) && taken.Name == "open" {
		first, err := store.Wanteds.Get(ctx, a.e.config.Store, request.WantedID(taken.ID))
		return first.Value, err
	}
	if err != nil {
		return request.Wanted{}, err
	}
	return w, nil
}

// Wanted lists what people have looked for in vain, by its status, those first
// that have waited longest, from a position on. It takes GOVERNANCE, ADMIN or
// AUDIT.
func (g Governance) Wanted(ctx context.Context, by request.Identity, s request.WantedStatus, after store.Position, limit int) ([]request.Wanted, store.Position, error) {
	if err := permit(by, "list what is wanted", request.Governance, request.Admin, request.Audit); err != nil {
		return nil, after, err
	}
	if s == "" {
		s = request.StillWanted
	}
	read, err := store.WantedByStatus.Find(ctx, g.e.config.Store, s, after, limit)
	return pageOf(read, after, err)
}

// Dismiss says that a wanted asset will not be there, and why. Whoever reported it
// is told. It takes GOVERNANCE or ADMIN.
func (g Governance) Dismiss(ctx context.Context, by request.Identity, id request.WantedID, reason string) (request.Wanted, error) {
	if err := errors.Join(permit(by, "dismiss what is wanted", request.Governance, request.Admin), checkReason(reason)); err != nil {
		return request.Wanted{}, err
	}
	return g.e.endWanted(ctx, id, by.Person(), event.AssetDismissed, func(w request.Wanted) request.Wanted {
		w.Status, w.Reason = request.Dismissed, reason
		return w
	})
}

// answerWanted tells those who wait for an asset that has appeared. What it does
// not come to, the next sync does.
func (e *Engine) answerWanted(ctx context.Context) error {
	return store.WantedByStatus.Each(ctx, e.config.Store, request.StillWanted, func(read store.Stored[request.Wanted]) error {
		found, err := e.find(ctx, read.Value.Link)
		if err != nil || len(found) == 0 {
			return err
		}
		_, err = e.endWanted(ctx, read.Value.ID, request.SystemID, event.AssetRegistered, func(w request.Wanted) request.Wanted {
			w.Status, w.Asset = request.Appeared, found[0].Ref
			return w
		})
		if errors.Is(err, ErrState) { // another process was faster
			err = nil
		}
		return err
	})
}

// endWanted ends what is open. The event tells whoever reported it.
func (e *Engine) endWanted(ctx context.Context, id request.WantedID, by request.PersonID, t event.Type[request.Wanted], end func(request.Wanted) request.Wanted) (request.Wanted, error) {
	var ended request.Wanted
	err := e.change(ctx, func(c *store.Change) error {
		read, err := store.Wanteds.Get(ctx, e.config.Store, id)
		if err != nil {
			return err
		}
		if read.Value.Status != request.StillWanted {
			return fmt.Errorf("%w: it is %s already", ErrState, read.Value.Status)
		}
		ended = end(read.Value)
		ended.Ended = e.now()
		store.Wanteds.Update(c, read, ended)
		e.tell(c, t.With(ended), by, nil, store.Wanteds.Subject(id))
		return nil
	})
	return ended, err
}
