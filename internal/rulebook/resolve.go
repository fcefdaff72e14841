package rulebook

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
)

// Find looks the name of a link up as it is written, and then on each connection that the
// link may mean: as it is written, and as the platform would read it.
func (r *Rulebook) Find(ctx context.Context, link catalog.Link) ([]catalog.Asset, error) {
	found, err := r.Inventory.Find(ctx, link.Name())
	if err != nil || len(found) > 0 || link.Exact && link.Technology == "" {
		return found, err
	}
	for after := ""; ; {
		page, err := records.Connections.All(ctx, r.Store, after, catalog.MaxPage)
		if err != nil || len(page) == 0 {
			return found, err
		}
		for _, c := range page {
			more, err := r.findOn(ctx, link, c.Value)
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

// findOn looks the name of a link up on one connection. Where the link names no platform, it
// was looked for as it is written already.
func (r *Rulebook) findOn(ctx context.Context, link catalog.Link, on catalog.Connection) ([]catalog.Asset, error) {
	if !on.Is(link.Technology, link.Host) {
		return nil, nil
	}
	var paths [][]string
	if link.Technology != "" {
		paths = append(paths, link.Path)
	}
	if platform, err := r.Platforms.Platform(on); err == nil && platform.Fold != nil && !link.Exact {
		var folded []string
		for _, part := range link.Path {
			folded = append(folded, platform.Fold(on, part))
		}
		paths = append(paths, folded)
	}
	for _, path := range paths {
		found, err := r.Inventory.Find(ctx, catalog.Name{Path: path, Host: on.Name})
		found = slices.DeleteFunc(found, func(a catalog.Asset) bool { return a.Ref.Connection() != on.Name })
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	return nil, nil
}

// RequestType is the type of the requests that a link asks for.
func RequestType(t catalog.LinkType) request.Type {
	if t == catalog.LinkMaskingException {
		return request.MaskingException
	}
	return request.DataAccess
}

// Entry finds the form, the agreements and the masks that hold for an asset now.
func (r *Rulebook) Entry(ctx context.Context, a catalog.Asset, t request.Type) (request.Entry, error) {
	var lineage []request.Attachment
	var keys []string
	for _, ref := range a.Ref.Lineage() {
		keys = append(keys, request.Attachment{At: ref, Type: t}.Key())
	}
	attached, err := records.Attachments.Some(ctx, r.Store, keys...)
	if err != nil {
		return request.Entry{}, err
	}
	for _, at := range attached {
		lineage = append(lineage, at.Value)
	}
	entry := request.Entry{Asset: a, Type: t, From: request.Resolve(t, lineage)}
	if entry.Form, err = r.Form(ctx, entry.From.Form); err != nil {
		return entry, err
	}
	if entry.Agreements, err = r.agreements(ctx, entry.Form); err != nil {
		return entry, err
	}
	entry.Masks, err = r.MasksOf(ctx, request.Identity{}, a.Ref)
	return entry, err
}

// Form returns the newest version of a form.
func (r *Rulebook) Form(ctx context.Context, name request.FormName) (request.Form, error) {
	if name == request.DefaultForm.Name {
		return request.DefaultForm, nil
	}
	return Newest(ctx, r, FormNamed(name), records.Forms)
}

// FormVersion returns the form that a request was made with.
func (r *Rulebook) FormVersion(ctx context.Context, v request.FormVersion) (request.Form, error) {
	if v.Name == request.DefaultForm.Name {
		return request.DefaultForm, nil
	}
	read, err := records.Forms.Get(ctx, r.Store, records.VersionKey(v.Name, v.Version))
	return read.Value, err
}

// Asset returns an asset that the last sync has seen.
func (r *Rulebook) Asset(ctx context.Context, ref catalog.Ref) (catalog.Asset, error) {
	if _, err := catalog.ParseRef(string(ref)); err != nil {
		return catalog.Asset{}, err
	}
	a, err := r.Inventory.Asset(ctx, ref)
	if err == nil && !a.Gone.IsZero() {
		err = fmt.Errorf("%w: %s has been gone since %s", catalog.ErrNotFound, ref, a.Gone.Format("2006-01-02 15:04 MST"))
	}
	return a, err
}
