package catalog

import (
	"errors"
	"fmt"
	"iter"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// Checked passes a stream on as every Inventory may take it, because what a
// Source says comes from outside. It ends the stream in an error that wraps
// ErrRef where root is no Ref, where an asset is not at or below root, and where
// a *PartialError names no Ref: it would spare nothing. An asset that holds text
// which no store can keep becomes a *PartialError of its own.
func Checked(root Ref, assets iter.Seq2[Asset, error]) iter.Seq2[Asset, error] {
	return func(yield func(Asset, error) bool) {
		if err := checkRef(root); err != nil {
			yield(Asset{}, fmt.Errorf("root: %w", err))
			return
		}
		for a, err := range assets {
			a, err = checked(root, a, err)
			var partial *PartialError
			if !yield(a, err) || err != nil && !errors.As(err, &partial) {
				return
			}
		}
	}
}

func checked(root Ref, a Asset, err error) (Asset, error) {
	var partial *PartialError
	if errors.As(err, &partial) {
		if checkRef(partial.Ref) != nil {
			return Asset{}, fmt.Errorf("%w: a part that could not be read has no name: %v", ErrRef, partial.Err)
		}
		return Asset{}, partial
	}
	if err != nil {
		return Asset{}, err
	}
	if err := checkRef(a.Ref); err != nil {
		return Asset{}, err
	}
	if !root.Covers(a.Ref) || a.Ref.Parent() == "" {
		return Asset{}, fmt.Errorf("%w: asset %s is not below %s", ErrRef, excerpt.Of(a.Ref, maxShown), root)
	}
	if err := a.checkText(); err != nil {
		return Asset{}, &PartialError{Ref: a.Ref, Err: err}
	}
	return a, nil
}

// checkRef refuses text that is not a Ref in its one spelling.
func checkRef(r Ref) error {
	same, err := ParseRef(string(r))
	if err == nil && same != r {
		err = fmt.Errorf("%w: %q must be written %q", ErrRef, excerpt.Of(r, maxShown), excerpt.Of(same, maxShown))
	}
	return err
}

func (a Asset) checkText() error {
	texts := append([]string{string(a.Kind), a.ID, a.Technology, a.Host, a.Source.Owner, a.Source.Comment}, a.Source.Tags...)
	for _, c := range a.Columns {
		texts = append(append(texts, c.Name, c.Type, c.Comment), c.From...)
	}
	for _, t := range a.Through {
		texts = append(append(texts, t.Name), t.Columns...)
	}
	for _, text := range texts {
		if err := checkText(text); err != nil {
			return err
		}
	}
	return nil
}
