package governance

import (
	"context"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
)

// SetAt notes who changes what holds at some places, and whether a second person has
// agreed.
func (d *Revision) SetAt(change records.Change, places ...catalog.Ref) {
	if change.By = d.By; d.agreed != "" {
		change.By = ""
	}
	for _, at := range places {
		d.alone[at] = append(d.alone[at], change)
	}
}

// noteAlone writes down what one person has changed alone.
func (d *Revision) noteAlone(ctx context.Context) error {
	places := slices.Sorted(maps.Keys(d.alone))
	for _, at := range places {
		read, err := records.Alones.Some(ctx, d.governance.Store, at)
		if err != nil {
			return err
		}
		next := records.Alone{At: at}
		if len(read) > 0 {
			next = read[0].Value
		}
		for _, c := range d.alone[at] {
			next = next.With(c)
		}
		switch {
		case len(read) == 0 && len(next.Changes) > 0:
			records.Alones.Insert(d.C, next)
		case len(read) > 0 && len(next.Changes) == 0:
			records.Alones.Delete(d.C, read[0])
		case len(read) > 0:
			records.Alones.Update(d.C, read[0], next)
		}
	}
	return nil
}
