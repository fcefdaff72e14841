package tests

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// chat is a channel whose recipients link accounts.
type chat struct {
	postbox
	mu    sync.Mutex
	codes map[string]string
}

func (c *chat) SendCode(_ context.Context, account, code string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.codes[account] = code
	return nil
}

func TestAccountsAreLinkedByTheirOwners(t *testing.T) {
	t.Parallel()
	ch := &chat{codes: map[string]string{}}
	w := newWorld(t, func(c *grantwright.Config) { c.Channels = map[string]notify.Channel{"chat": ch} })
	ctx, inbox := t.Context(), w.Inbox()
	must(t, inbox.Link(ctx, owner, "chat", "U1"))
	if err := inbox.Link(ctx, owner, "chat", "U1"); !errors.Is(err, store.ErrState) {
		t.Errorf("another code at once: %v", err)
	}
	if _, err := inbox.LinkedTo(ctx, "chat", "U1"); !errors.Is(err, request.ErrUnknownPerson) {
		t.Errorf("before the code was repeated: %v", err)
	}
	if err := inbox.Confirm(ctx, owner, "chat", "nothing"); !errors.As(err, new(*request.InvalidError)) {
		t.Errorf("a wrong code: %v", err)
	}
	if err := inbox.Confirm(ctx, privacy, "chat", ch.codes["U1"]); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("somebody else's code: %v", err)
	}
	must(t, inbox.Confirm(ctx, owner, "chat", ch.codes["U1"]))
	if who, err := inbox.LinkedTo(ctx, "chat", "U1"); err != nil || who.Person() != owner.Person() || len(who.Groups) == 0 {
		t.Errorf("the account is %+v, %v", who, err)
	}

	must(t, inbox.Link(ctx, privacy, "chat", "U1"))
	if err := inbox.Confirm(ctx, privacy, "chat", ch.codes["U1"]); !errors.As(err, new(*store.TakenError)) {
		t.Errorf("an account that is somebody's: %v", err)
	}
	must(t, inbox.Unlink(ctx, owner, "chat"))
	if _, err := inbox.LinkedTo(ctx, "chat", "U1"); !errors.Is(err, request.ErrUnknownPerson) {
		t.Errorf("after it was let go of: %v", err)
	}
	must(t, inbox.Confirm(ctx, privacy, "chat", ch.codes["U1"]))
	w.submit(t, eve, "30 DAYS")
	w.work(t)
	if len(ch.sent) != 1 || ch.sent[0].Recipient.ID != privacy.ID || ch.sent[0].Account != "U1" {
		t.Errorf("written to are %+v, want whoever has linked an account", ch.sent)
	}
	if left, err := records.Posts.All(ctx, w.store, "", 10); err != nil || len(left) != 0 {
		t.Errorf("%d posts are left, %v", len(left), err)
	}
}

func TestCodesEnd(t *testing.T) {
	t.Parallel()
	ch := &chat{codes: map[string]string{}}
	w := newWorld(t, func(c *grantwright.Config) { c.Channels = map[string]notify.Channel{"chat": ch} })
	ctx, inbox := t.Context(), w.Inbox()
	must(t, inbox.Link(ctx, owner, "chat", "U1"))
	for range 5 {
		_ = inbox.Confirm(ctx, owner, "chat", "nothing")
	}
	if err := inbox.Confirm(ctx, owner, "chat", ch.codes["U1"]); !errors.Is(err, store.ErrState) {
		t.Errorf("the right code after five wrong ones: %v", err)
	}
	w.clock.Move(time.Minute)
	must(t, inbox.Link(ctx, owner, "chat", "U1"))
	w.clock.Move(10 * time.Minute)
	if err := inbox.Confirm(ctx, owner, "chat", ch.codes["U1"]); !errors.Is(err, store.ErrState) {
		t.Errorf("a code that is over: %v", err)
	}
	if err := inbox.Link(ctx, owner, "mail", "U1"); !errors.As(err, new(*request.InvalidError)) {
		t.Errorf("a channel that links nothing: %v", err)
	}
}
