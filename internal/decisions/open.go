package decisions

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// counting is how many requests are added to those of one person, and for one person.
type counting struct {
	person  request.PersonID
	by, of  int
	field   string // of the first that is for them
	created []request.Request
}

// boundOpen adds new requests to the counts of those whom they concern, and refuses them
// where somebody has too many that are pending. The counts are read with the other records
// of the act; the requests are counted only where a count says that there may be too many.
func (ds *Decisions) boundOpen(ctx context.Context, c *store.Change, field func(i int) string, created ...request.Request) error {
	var all []*counting
	of := func(person request.PersonID) *counting {
		i := slices.IndexFunc(all, func(n *counting) bool { return n.person == person })
		if i < 0 {
			all = append(all, &counting{person: person, created: created})
			i = len(all) - 1
		}
		return all[i]
	}
	for i, req := range created {
		if req.Status != request.Pending {
			continue
		}
		of(req.Requester).by++
		if req.Beneficiary == req.Requester {
			continue
		}
		n := of(req.Beneficiary)
		if n.of++; n.field == "" {
			n.field = field(i)
		}
	}
	for _, n := range all {
		if err := ds.count(ctx, c, n); err != nil {
			return err
		}
	}
	return nil
}

// count adds to the count of one person.
func (ds *Decisions) count(ctx context.Context, c *store.Change, n *counting) error {
	read, err := records.OpenCounts.Get(ctx, ds.Store, n.person)
	if journal.UnlessMissing(err) != nil {
		return err
	}
	next := read.Value
	next.Person = n.person
	if next.By+n.by > ds.MaxOpen || next.For+n.of > ds.MaxOpenFor {
		if next, err = ds.recount(ctx, n); err != nil {
			return err
		}
	}
	switch {
	case n.by > 0 && next.By+n.by > ds.MaxOpen:
		return &request.LimitError{What: "requests", Most: ds.MaxOpen, Field: "requester", Right: "wait until some of them are decided, or cancel those that you need no more"}
	case n.of > 0 && next.For+n.of > ds.MaxOpenFor:
		return &request.LimitError{What: "requests of others for this person", Most: ds.MaxOpenFor, Field: n.field, Right: "let the person ask, or cancel some of them, or wait until they are decided"}
	}
	next.By, next.For = next.By+n.by, next.For+n.of
	if read.Version == 0 {
		records.OpenCounts.Insert(c, next)
	} else {
		records.OpenCounts.Update(c, read, next)
	}
	return nil
}

// recount counts the requests of a person that are pending. Where one of the new ones is
// among them, the error says so as the store does: the first is the answer then.
func (ds *Decisions) recount(ctx context.Context, n *counting) (records.OpenCount, error) {
	o := records.OpenCount{Person: n.person}
	for after := (store.Position{}); ; {
		page, err := records.RechecksFor.Find(ctx, ds.Store, n.person, after, store.MaxPage)
		if err != nil {
			return o, err
		}
		var ids []request.ID
		for _, r := range page {
			after, ids = r.At, append(ids, r.Value.Request)
		}
		for some := range slices.Chunk(ids, namedAtOnce) {
			open, err := journal.Values(records.Requests.Some(ctx, ds.Store, some...))
			if err != nil {
				return o, err
			}
			for _, req := range open {
				if err := n.add(&o, req); err != nil {
					return o, err
				}
			}
		}
		if len(page) < store.MaxPage {
			return o, nil
		}
	}
}

// add counts one request, unless it is decided.
func (n *counting) add(o *records.OpenCount, req request.Request) error {
	if req.Status != request.Pending {
		return nil
	}
	if same := req.Open(); slices.ContainsFunc(n.created, func(c request.Request) bool { return c.Open() == same }) {
		return &store.TakenError{Name: "open", ID: string(req.ID), Value: store.Digest(same)}
	}
	if req.Requester == n.person {
		o.By++
	} else if req.Beneficiary == n.person {
		o.For++
	}
	return nil
}
