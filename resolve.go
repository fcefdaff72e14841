package grantwright

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Entry is where a link leads: an asset and the form to fill in.
type Entry struct {
	Asset catalog.Asset
	Type  request.Type
	Form  request.Form
	From  request.Resolved // where the form and the flow are attached

	Agreements []request.Agreement // of the form, as they have to be accepted now
	Masks      AssetMasks          // how the asset is shown to those who may not see it clear
}

// AmbiguousError lists the assets that a link may mean. A person has to choose.
type AmbiguousError struct {
	Candidates []catalog.Asset // at most catalog.MaxCandidates
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("grantwright: the link fits %d assets, such as %s and %s", len(e.Candidates), e.Candidates[0].Ref, e.Candidates[1].Ref)
}

// Resolve finds the asset that a request link leads to, and its form. A name that
// none has is read as its platform reads it without quotes. If the name fits several assets, the error is an *AmbiguousError; if it fits none, it
// wraps catalog.ErrNotFound.
func (e *Engine) Resolve(ctx context.Context, by request.Identity, link catalog.Link) (Entry, error) {
	if err := by.Check(); err != nil {
		return Entry{}, err
	}
	found, err := e.find(ctx, link)
	if err != nil {
		return Entry{}, err
	}
	switch len(found) {
	case 0:
		return Entry{}, fmt.Errorf("%w: %s", catalog.ErrNotFound, catalog.FormatPath(link.Path))
	case 1:
		return e.entry(ctx, found[0], typeOf(link.Type))
	}
	return Entry{}, &AmbiguousError{Candidates: found}
}

// find looks the name of a link up as it is written, and then as the platform of
// each connection that the link may mean would read it.
func (e *Engine) find(ctx context.Context, link catalog.Link) ([]catalog.Asset, error) {
	found, err := e.config.Inventory.Find(ctx, link.Name())
	if err != nil || len(found) > 0 || link.Exact {
		return found, err
	}
	for after := ""; ; {
		page, err := store.Connections.All(ctx, e.config.Store, after, catalog.MaxPage)
		if err != nil || len(page) == 0 {
			return found, err
		}
		for _, c := range page {
			more, err := e.findFolded(ctx, link, c.Value)
			if err != nil {
				return nil, err
			}
			if found = append(found, more...); len(found) >= catalog.MaxCandidates {
				return found[:catalog.MaxCandidates], nil
			}
			after = c.Value.Name
		}
	}
}

// findFolded looks the name of a link up as the platform of a connection reads it.
func (e *Engine) findFolded(ctx context.Context, link catalog.Link, on catalog.Connection) ([]catalog.Asset, error) {
	fold := e.config.Platforms[on.Technology].Fold
	if fold == nil || link.Technology != "" && link.Technology != on.Technology || link.Host != "" && link.Host != on.Host && link.Host != on.Name {
		return nil, nil
	}
	name := catalog.Name{Technology: on.Technology, Host: on.Name}
	for _, part := range link.Path {
		name.Path = append(name.Path, fold(on, part))
	}
	found, err := e.config.Inventory.Find(ctx, name)
	return slices.DeleteFunc(found, func(a catalog.Asset) bool { return a.Ref.Connection() != on.Name }), err
}

func typeOf(t catalog.LinkType) request.Type {
	if t == catalog.LinkMaskingException {
		return request.MaskingException
	}
	return request.DataAccess
}

// entry finds what holds for an asset now.
func (e *Engine) entry(ctx context.Context, a catalog.Asset, t request.Type) (Entry, error) {
	var lineage []request.Attachment
	var keys []string
	for _, ref := range a.Ref.Lineage() {
		keys = append(keys, request.Attachment{At: ref, Type: t}.Key())
	}
	attached, err := store.Attachments.Some(ctx, e.config.Store, keys...)
	if err != nil {
		return Entry{}, err
	}
	for _, at := range attached {
		lineage = append(lineage, at.Value)
	}
	entry := Entry{Asset: a, Type: t, From: request.Resolve(t, lineage)}
	if entry.Form, err = e.form(ctx, entry.From.Form); err != nil {
		return entry, err
	}
	if entry.Agreements, err = e.agreements(ctx, entry.Form); err != nil {
		return entry, err
	}
	entry.Masks, err = e.masksOf(ctx, request.Identity{}, a.Ref)
	return entry, err
}

// form returns the newest version of a form.
func (e *Engine) form(ctx context.Context, name request.FormName) (request.Form, error) {
	if name == request.DefaultForm.Name {
		return request.DefaultForm, nil
	}
	return newest(ctx, e, formNamed(name), store.Forms)
}

// formVersion returns the form that a request was made with.
func (e *Engine) formVersion(ctx context.Context, v request.FormVersion) (request.Form, error) {
	if v.Name == request.DefaultForm.Name {
		return request.DefaultForm, nil
	}
	read, err := store.Forms.Get(ctx, e.config.Store, store.VersionKey(v.Name, v.Version))
	return read.Value, err
}

// asset returns an asset that stands.
func (e *Engine) asset(ctx context.Context, ref catalog.Ref) (catalog.Asset, error) {
	if _, err := catalog.ParseRef(string(ref)); err != nil {
		return catalog.Asset{}, err
	}
	a, err := e.config.Inventory.Asset(ctx, ref)
	if err == nil && !a.Gone.IsZero() {
		err = fmt.Errorf("%w: %s has been gone since %s", catalog.ErrNotFound, ref, a.Gone.Format("2006-01-02 15:04 MST"))
	}
	return a, err
}

// unlessMissing leaves out the error that something is not there.
func unlessMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
