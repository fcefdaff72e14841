package grantwright

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// Answer records what a service says of a call that it was to answer later. The
// token proves who answers, and is good once: the same answer may come again, and
// another is ErrState. Where the answer comes too late, or a later call or another
// decision has overtaken it, it is recorded and not followed: late says why. Is the
// platform not as it should be by then, because access was given that has ended
// since, it is called again.
func (g Grants) Answer(ctx context.Context, token string, o provision.Outcome) (late string, err error) {
	said, err := provisioning.OutcomeDigest(o)
	if err != nil {
		return "", err
	}
	wrong, call := false, provision.Call{}
	err = g.e.journal.Change(ctx, func(c *store.Change) error {
		read, err := g.e.provisioning.FindCall(ctx, token)
		if err != nil {
			return err
		}
		call, wrong = read.Value, !provisioning.MatchesToken(read.Value, token)
		switch {
		case call.Tries >= provisioning.TokenTries:
			return provision.ErrToken
		case wrong:
			call.Tries++
		case !call.Answered.IsZero() && call.Answer != said:
			return fmt.Errorf("%w: the call was answered already, otherwise", store.ErrState)
		case !call.Answered.IsZero():
			return nil
		default:
			call.Answered, call.Answer = g.e.journal.Now(), said
			if call.Late, err = g.e.provisioning.RecordAnswer(ctx, c, call, o); err != nil {
				return err
			}
		}
		records.Calls.Update(c, read, call)
		return nil
	})
	if err == nil && wrong {
		err = provision.ErrToken
	}
	if err != nil {
		return "", err
	}
	g.e.provisioning.WorkOn(call.Asset)
	return call.Late, nil
}

// Awaits says whether a token is that of a call that waits for an answer: with
// ErrToken that it is none, which counts as a try.
func (g Grants) Awaits(ctx context.Context, token string) error {
	wrong := false
	err := g.e.journal.Commit(ctx, func(c *store.Change) error {
		read, err := g.e.provisioning.FindCall(ctx, token)
		if err != nil {
			return err
		}
		call := read.Value
		switch wrong = !provisioning.MatchesToken(call, token); {
		case call.Tries >= provisioning.TokenTries:
			return provision.ErrToken
		case wrong:
			call.Tries++
			records.Calls.Update(c, read, call)
		}
		return nil
	})
	if err == nil && wrong {
		err = provision.ErrToken
	}
	return err
}
