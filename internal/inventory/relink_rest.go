package inventory

import (
	"context"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// everyOne calls f with each record of a kind, page by page.
func everyOne[T any](ctx context.Context, s store.Store, k store.Kind[string, T], f func(id string, read store.Stored[T])) error {
	for after := ""; ; {
		page, err := k.All(ctx, s, after, store.MaxPage)
		if err != nil {
			return err
		}
		for _, read := range page {
			after = k.Of(read.Value)
			f(after, read)
		}
		if len(page) < store.MaxPage {
			return nil
		}
	}
}

// services finds those that the person answers for, or of which they have secrets. No index
// does: it looks through everybody who was seen.
func (a *PersonRelink) services(ctx context.Context) (found []store.Stored[request.Identity], err error) {
	for after := request.PersonID(""); ; {
		page, err := store.People.All(ctx, a.Inventory.Store, after, store.MaxPage)
		if err != nil {
			return nil, err
		}
		for _, read := range page {
			who := read.Value
			if after = who.Person(); who.Is(request.Service) && (who.Owner == a.Was || slices.Contains(who.Holders, a.Was)) {
				found = append(found, read)
			}
		}
		if len(page) < store.MaxPage {
			return found, nil
		}
	}
}

// askedFor adds what is pending for a service of theirs: the owner decides on it under no id.
func (a *PersonRelink) askedFor(ctx context.Context, all *theirs) error {
	for _, service := range all.services {
		err := records.RequestsOf.Each(ctx, a.Inventory.Store, service.Value.Person(), func(read store.Stored[request.Request]) error {
			known := slices.ContainsFunc(all.open, func(o opened) bool { return o.request.Value.ID == read.Value.ID })
			if read.Value.Status == request.Pending && !known {
				all.open = append(all.open, opened{request: read})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// moveServices has the services of tokens go to the new id. Who answers for others is the
// host's to say.
func (a *PersonRelink) moveServices(d *governance.Revision, all theirs) {
	for _, read := range all.services {
		next := read.Value
		if next.Issuer != request.ServiceIssuer {
			if next.Owner == a.Was {
				a.Stays = append(a.Stays, "service "+string(next.Person())+", whose owner the host names")
			}
			continue
		}
		if next.Owner == a.Was {
			next.Owner = a.Now
		}
		next.Holders = renamed(next.Holders, a.Was, a.Now)
		store.People.Update(d.C, read, next)
	}
}

// moveTokens has the tokens that may still be used go to the new id: those that act for the
// person, and for their services.
func (a *PersonRelink) moveTokens(ctx context.Context, d *governance.Revision, about *[]store.Subject) error {
	i := a.Inventory
	return records.TokensUnrevoked.Each(ctx, i.Store, a.Was, func(read store.Stored[records.Token]) error {
		next := read.Value
		if next.StateAt(i.Now()) != request.TokenActive {
			return nil
		}
		if next.Owner = a.Now; next.Actor == a.Was {
			next.Actor = a.Now
		}
		records.Tokens.Update(d.C, read, next)
		*about = append(*about, records.Tokens.Subject(next.ID))
		return nil
	})
}

// moveTold has the ways by which the person is told go to the new id. What they have chosen
// under that already stands.
func (a *PersonRelink) moveTold(ctx context.Context, d *governance.Revision) error {
	i := a.Inventory
	both, err := records.Preferences.Some(ctx, i.Store, a.Was, a.Now)
	if err != nil {
		return err
	}
	switch {
	case len(both) == 2:
		a.Stays = append(a.Stays, "the channels chosen under the id of before: the new id has chosen its own")
	case len(both) == 1 && both[0].Value.Person == a.Was:
		next := both[0].Value
		next.Person = a.Now
		records.Preferences.Delete(d.C, both[0])
		records.Preferences.Insert(d.C, next)
	}
	if err := a.moveAccounts(ctx, d); err != nil {
		return err
	}
	for _, index := range []store.Index[request.PersonID, notify.Notice]{records.NoticesUnread, records.NoticesRead} {
		if told, err := index.Find(ctx, i.Store, a.Was, store.Position{}, 1); err != nil {
			return err
		} else if len(told) > 0 {
			a.Stays = append(a.Stays, "the notices of the id of before")
			return nil
		}
	}
	return nil
}

// moveAccounts has the accounts at channels go to the new id.
func (a *PersonRelink) moveAccounts(ctx context.Context, d *governance.Revision) error {
	has := map[string]bool{} // channels at which the new id has linked one
	var theirs []store.Stored[notify.Account]
	err := everyOne(ctx, a.Inventory.Store, records.Accounts, func(_ string, read store.Stored[notify.Account]) {
		switch read.Value.Person {
		case a.Was:
			theirs = append(theirs, read)
		case a.Now:
			has[read.Value.Channel] = true
		}
	})
	for _, read := range theirs {
		next := read.Value
		switch {
		case has[next.Channel] && !next.Linked.IsZero():
			a.Stays = append(a.Stays, "the account at "+next.Channel+": the new id has begun to link one itself")
			continue
		case !has[next.Channel] && !next.Linked.IsZero():
			next.Person = a.Now
			records.Accounts.Insert(d.C, next)
		}
		records.Accounts.Delete(d.C, read) // a link that was only begun is begun anew
	}
	return err
}

// shown are the ids of services, for people to read.
func shown(services []store.Stored[request.Identity]) []string {
	var all []string
	for _, s := range services {
		all = append(all, string(s.Value.Person()))
	}
	slices.SortFunc(all, strings.Compare)
	return all
}
