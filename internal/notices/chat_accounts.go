package notices

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// The bounds of linking an account at a channel.
const (
	LinkFor   = 10 * time.Minute // a code is good
	LinkPause = time.Minute      // between two codes to one person
	LinkTries = 5                // of one code
)

// CodeDigest is the digest under which a code to link an account is stored.
func CodeDigest(by request.Identity, code string) string {
	return store.Digest(string(by.Person()) + "\n" + code)
}

// account is the account that a person has linked at a channel; empty if none.
func (no *Notices) account(ctx context.Context, channel string, p request.PersonID) (string, error) {
	read, err := records.Accounts.Get(ctx, no.Store, records.AccountKey(channel, p))
	if errors.Is(err, store.ErrNotFound) || err == nil && read.Value.Linked.IsZero() {
		return "", nil
	}
	return read.Value.Account, err
}
