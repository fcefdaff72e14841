package grantwright

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Link begins to link somebody's account at a channel: a code is sent to the
// account, and Confirm repeats it here. Whoever does both is one person; no address
// is ever taken for one.
func (i Inbox) Link(ctx context.Context, by request.Identity, channel, account string) error {
	if err := by.CheckActs("link an account"); err != nil {
		return err
	}
	return i.e.notices.LinkAccount(ctx, by, channel, account)
}

// Confirm links the account to which a code was sent. An account that somebody else
// has linked is a *store.TakenError.
func (i Inbox) Confirm(ctx context.Context, by request.Identity, channel, code string) error {
	if err := by.CheckActs("link an account"); err != nil {
		return err
	}
	return i.e.notices.ConfirmAccount(ctx, by, channel, code)
}

// Unlink lets go of somebody's account at a channel.
func (i Inbox) Unlink(ctx context.Context, by request.Identity, channel string) error {
	if err := by.CheckActs("unlink an account"); err != nil {
		return err
	}
	return i.e.journal.Commit(ctx, func(c *store.Change) error {
		read, err := records.Accounts.Get(ctx, i.e.journal.Store, records.AccountKey(channel, by.Person()))
		if err == nil {
			records.Accounts.Delete(c, read)
		}
		return journal.UnlessMissing(err)
	})
}

// Account is what somebody has linked at a channel, or is about to; zero for
// nothing. The code is left out.
func (i Inbox) Account(ctx context.Context, by request.Identity, channel string) (notify.Account, error) {
	if err := by.Check(); err != nil {
		return notify.Account{}, err
	}
	read, err := records.Accounts.Some(ctx, i.e.journal.Store, records.AccountKey(channel, by.Person()))
	if err != nil || len(read) == 0 {
		return notify.Account{}, err
	}
	a := read[0].Value
	a.Code = ""
	return a, nil
}

// Linkable lists the names of the channels at which accounts are linked, sorted.
func (i Inbox) Linkable() []string {
	var names []string
	for _, name := range i.e.notices.ChannelNames() {
		if i.e.notices.Links(name) {
			names = append(names, name)
		}
	}
	return names
}

// LinkedTo returns whoever has linked an account at a channel, as they are now. It is
// for requests of the channel that the caller has verified: the caller vouches for the
// account. If nobody has linked it, the error wraps request.ErrUnknownPerson.
func (i Inbox) LinkedTo(ctx context.Context, channel, account string) (request.Identity, error) {
	found, err := records.AccountsLinked.Find(ctx, i.e.journal.Store, channel+"/"+account, store.Position{}, 1)
	if err != nil {
		return request.Identity{}, err
	}
	if len(found) == 0 {
		return request.Identity{}, fmt.Errorf("%w: nobody has linked this account", request.ErrUnknownPerson)
	}
	return i.e.people.Person(ctx, found[0].Value.Person, request.Identity{})
}
