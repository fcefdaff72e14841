package rulebook

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
)

// Unknown is the error of a name that no asset has: with those that have a similar one. On
// is the connection, if that is known. However many assets there are, it searches four times at most.
func (r *Rulebook) Unknown(ctx context.Context, path []string, on catalog.Ref) error {
	unknown := &catalog.UnknownError{Name: catalog.FormatPath(path)}
	if on != "" {
		unknown.Name = string(on) + ":" + unknown.Name
	}
	if len(path) == 0 {
		return unknown
	}
	var found []catalog.Asset
	for _, q := range r.similarTo(path, on) {
		some, err := r.Inventory.Search(ctx, q)
		if err != nil {
			return err
		}
		found = append(found, some...)
	}
	beside, err := r.beside(ctx, path, on)
	unknown.Similar = catalog.Similar(path, append(found, beside...))
	return errors.Join(unknown, err)
}

// KnownAsset is Asset, whose error of a name that none has is that of Unknown.
func (r *Rulebook) KnownAsset(ctx context.Context, ref catalog.Ref) (catalog.Asset, error) {
	a, err := r.Asset(ctx, ref)
	if errors.Is(err, catalog.ErrNotFound) && a.Ref == "" {
		err = r.Unknown(ctx, ref.Path(), catalog.Ref(ref.Connection()))
	}
	return a, err
}

// similarTo are searches that find names which begin alike.
func (r *Rulebook) similarTo(path []string, on catalog.Ref) (all []catalog.Query) {
	words := catalog.Words(path[len(path)-1])
	if len(words) == 0 {
		return nil
	}
	longest := []rune(slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) }))
	for _, n := range []int{len(longest), (2*len(longest) + 2) / 3, 3} {
		if n < 3 || n > len(longest) {
			continue
		}
		q := catalog.Query{Below: on, Text: string(longest[:n])}
		if len(all) == 0 || all[len(all)-1].Text != q.Text {
			all = append(all, q)
		}
	}
	return all
}

// beside are the assets directly in the container that a path names, if there is one.
func (r *Rulebook) beside(ctx context.Context, path []string, on catalog.Ref) ([]catalog.Asset, error) {
	above := path[:len(path)-1]
	in := on
	if on == "" {
		if len(above) == 0 {
			return nil, nil
		}
		containers, err := r.Inventory.Find(ctx, catalog.Name{Path: above})
		if err != nil || len(containers) == 0 {
			return nil, err
		}
		in = containers[0].Ref
	} else if len(above) > 0 {
		ref, err := catalog.NewRef(string(on), above...)
		if err != nil {
			return nil, nil // no name is beside one that cannot be
		}
		in = ref
	}
	return r.Inventory.Search(ctx, catalog.Query{In: in})
}
