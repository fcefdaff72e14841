package notices

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// LinkAccount sends a code to an account at a channel, for ConfirmAccount to repeat.
func (no *Notices) LinkAccount(ctx context.Context, by request.Identity, channel, account string) error {
	linker, is := no.Channels[channel].(notify.Linker)
	if !is {
		return &request.InvalidError{What: "account", Faults: []request.Fault{{Field: "channel", Reason: fmt.Sprintf("is %q, where accounts are not linked", channel)}}}
	}
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		return err
	}
	code := fmt.Sprintf("%08d", n)
	next := notify.Account{Channel: channel, Person: by.Person(), Account: account, Code: CodeDigest(by, code), Until: no.Now().Add(LinkFor)}
	err = no.Commit(ctx, func(c *store.Change) error {
		read, err := records.Accounts.Some(ctx, no.Store, records.AccountKey(channel, by.Person()))
		if err != nil {
			return err
		}
		if len(read) == 0 {
			records.Accounts.Insert(c, next)
			return nil
		}
		if sent := read[0].Value.Until.Add(-LinkFor); no.Now().Before(sent.Add(LinkPause)) {
			return fmt.Errorf("%w: a code was sent less than a minute ago", store.ErrState)
		}
		records.Accounts.Update(c, read[0], next)
		return nil
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, no.Timeout)
	defer cancel()
	return linker.SendCode(ctx, account, code)
}

// ConfirmAccount links the account to which a code was sent. A code counts a few times
// only.
func (no *Notices) ConfirmAccount(ctx context.Context, by request.Identity, channel, code string) error {
	wrong := false
	err := no.Commit(ctx, func(c *store.Change) error {
		read, err := records.Accounts.Get(ctx, no.Store, records.AccountKey(channel, by.Person()))
		if err != nil {
			return err
		}
		a := read.Value
		if a.Code == "" || !no.Now().Before(a.Until) || a.Tries >= LinkTries {
			return fmt.Errorf("%w: the code is over; ask for another", store.ErrState)
		}
		a.Tries++
		if wrong = subtle.ConstantTimeCompare([]byte(a.Code), []byte(CodeDigest(by, code))) == 0; !wrong {
			a.Linked, a.Code, a.Until, a.Tries = no.Now(), "", time.Time{}, 0
		}
		records.Accounts.Update(c, read, a)
		return nil
	})
	if err == nil && wrong {
		err = &request.InvalidError{What: "account", Faults: []request.Fault{{Field: "code", Reason: "is not the one that was sent"}}}
	}
	return err
}
