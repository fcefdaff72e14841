package inventory

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Report reports to governance a link to an asset that is not registered. Nobody can
// approve it. When the asset appears, whoever reported it gets a notice. The same
// report again returns the first one. At most request.MaxWanted of a person are open
// at once; the error is a *LimitError then. A link to a registered asset is refused
// with ErrState.
func (i *Inventory) Report(ctx context.Context, by request.Identity, link catalog.Link) (request.Wanted, error) {
	if err := errors.Join(by.CheckActs("report an asset"), link.Check()); err != nil {
		return request.Wanted{}, err
	}
	if found, err := i.Rules.Find(ctx, link); err != nil || len(found) > 0 {
		if err == nil {
			err = fmt.Errorf("%w: %s is there; follow the link again", store.ErrState, found[0].Ref)
		}
		return request.Wanted{}, err
	}
	w := request.Wanted{ID: request.WantedID(i.NewID()), Link: link, By: by.Person(), At: i.Now(), Status: request.StillWanted}
	err := i.Change(ctx, func(c *store.Change) error {
		open, err := records.WantedBy.Find(ctx, i.Store, w.By, store.Position{}, request.MaxWanted)
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
			return &request.LimitError{What: "reports of assets that are not there", Most: request.MaxWanted}
		}
		records.Wanteds.Insert(c, w)
		i.Emit(c, event.AssetReported.With(w), w.By, nil, records.Wanteds.Subject(w.ID))
		return i.People.Remember(ctx, c, by)
	})
	if taken := (*store.TakenError)(nil); errors.As(err, &taken) && taken.Name == "open" {
		first, err := records.Wanteds.Get(ctx, i.Store, request.WantedID(taken.ID))
		return first.Value, err
	}
	if err != nil {
		return request.Wanted{}, err
	}
	return w, nil
}

// answerWanted ends the reports of assets that have appeared, with an event for
// each. The next sync does the rest where it fails.
func (i *Inventory) answerWanted(ctx context.Context) error {
	return records.WantedByStatus.Each(ctx, i.Store, request.StillWanted, func(read store.Stored[request.Wanted]) error {
		found, err := i.Rules.Find(ctx, read.Value.Link)
		if err != nil || len(found) == 0 {
			return err
		}
		_, err = i.EndWanted(ctx, read.Value.ID, request.SystemID, event.AssetRegistered, func(w request.Wanted) request.Wanted {
			w.Status, w.Asset = request.Appeared, found[0].Ref
			return w
		})
		if errors.Is(err, store.ErrState) { // another process was faster
			err = nil
		}
		return err
	})
}

// EndWanted ends an open report, with an event.
func (i *Inventory) EndWanted(ctx context.Context, id request.WantedID, by request.PersonID, t event.Type[request.Wanted], end func(request.Wanted) request.Wanted) (request.Wanted, error) {
	var ended request.Wanted
	err := i.Change(ctx, func(c *store.Change) error {
		read, err := records.Wanteds.Get(ctx, i.Store, id)
		if err != nil {
			return err
		}
		if read.Value.Status != request.StillWanted {
			return fmt.Errorf("%w: it is %s already", store.ErrState, read.Value.Status)
		}
		ended = end(read.Value)
		ended.Ended = i.Now()
		records.Wanteds.Update(c, read, ended)
		i.Emit(c, t.With(ended), by, nil, records.Wanteds.Subject(id))
		return nil
	})
	return ended, err
}
