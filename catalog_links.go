package grantwright

import (
	"context"
	"errors"
	"iter"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
)

// Links streams the request links of everything that stands on a connection, in
// the order of the Refs, below base, the address at which a browser finds the
// pages. Everyone may build links from names: the list takes ADMIN, GOVERNANCE or
// AUDIT. An error ends the stream.
func (s Connections) Links(ctx context.Context, by request.Identity, connection, base string) iter.Seq2[catalog.AssetLinks, error] {
	return func(yield func(catalog.AssetLinks, error) bool) {
		if err := s.mayLink(ctx, by, connection); err != nil {
			yield(catalog.AssetLinks{}, err)
			return
		}
		for q := (catalog.Query{Below: catalog.Ref(connection)}); ; {
			page, err := s.e.rules.Inventory.Search(ctx, q)
			if err != nil {
				yield(catalog.AssetLinks{}, err)
				return
			}
			for _, a := range page {
				if !yield(catalog.LinksTo(a, base), nil) {
					return
				}
				q.After = a.Ref
			}
			if len(page) < catalog.MaxPage {
				return
			}
		}
	}
}

func (s Connections) mayLink(ctx context.Context, by request.Identity, connection string) error {
	if err := permit(by, "list the links of a connection", request.Admin, request.Governance, request.Audit); err != nil {
		return err
	}
	_, err := records.Connections.Get(ctx, s.e.journal.Store, connection)
	return err
}

// PublishLinks writes the links of a connection into an external catalog. One that
// cannot be written holds up no other: the error joins the first 100 of them, and
// may be tried again. It ends early, not Whole, where the assets cannot be read on, or ctx ends.
// It takes ADMIN.
func (s Connections) PublishLinks(ctx context.Context, by request.Identity, connection, base string, into catalog.Linker) (catalog.Published, error) {
	if err := permit(by, "publish the links of a connection", request.Admin); err != nil {
		return catalog.Published{}, err
	}
	var p catalog.Published
	var faults, batch = []error(nil), []catalog.AssetLinks(nil)
	write := func() {
		for _, err := range into.Link(ctx, batch) {
			if err == nil {
				p.Written++
			} else if p.Failed++; len(faults) < 100 {
				faults = append(faults, err)
			}
		}
		batch = batch[:0]
	}
	for links, err := range s.Links(ctx, by, connection, base) {
		if err != nil {
			return p, errors.Join(append(faults, err)...)
		}
		if batch = append(batch, links); len(batch) == catalog.MaxPage {
			write()
		}
	}
	if len(batch) > 0 {
		write()
	}
	p.Whole = true
	return p, errors.Join(faults...)
}
