// Package notifytest is the suite for a notify.Channel.
package notifytest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
)

// Harness is a channel with the far end of it, as a test sees it.
type Harness struct {
	Channel notify.Channel

	// Received returns all that has arrived since the last call, one text for each
	// message, as its reader would see it: decoded, and as the channel shows it.
	Received func() []string

	// Down makes the far end fail for a while, or work again.
	Down func(down bool)

	// Lost is a recipient whom the channel can never reach.
	Lost request.Identity

	// Room says that the channel writes to a room, and knows no recipients.
	Room bool
}

// Hostile is what people may call themselves, and say.
const Hostile = "<script>alert(1)</script>\r\nBcc: mallory@example.com <!channel> [click](https://evil.example.com) *x*"

// Reader is who the messages of the suite are for.
var Reader = request.Identity{ID: "reader", Name: "Reader\r\nBcc: mallory@example.com", Email: "reader@example.com"}

// Message is one about a topic, with text of people's that means harm.
func Message(topic notify.Topic, id string) notify.Message {
	asset := catalog.Ref("warehouse:sales.public.orders")
	return notify.Message{
		Notice: notify.Notice{ID: id, To: Reader.Person(), Topic: topic, Concern: notify.ToAct, Request: "r1", Asset: asset, Status: request.Pending, Version: 3,
			Detail: Hostile, By: "eve", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Count: 30,
			Waiting: []notify.Waiting{{Request: "r1", Asset: asset, Requester: "eve", Since: time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)}}},
		Recipient: Reader, Account: "U0READER", Requester: "eve", Beneficiary: "frank", Privilege: request.Read, Duration: request.For(30, request.Days),
		Names:    map[request.PersonID]string{"eve": Hostile, "frank": "Frank"},
		Link:     "https://access.example.com/requests/r1",
		Settings: "https://access.example.com/preferences",
		Links:    map[request.ID]string{"r1": "https://access.example.com/requests/r1"},
	}
}

// Run holds a channel to its contract. Each subtest has a fresh one.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	t.Run("every topic arrives", func(t *testing.T) { everyTopic(t, open(t)) })
	t.Run("what is down can be tried again", func(t *testing.T) { down(t, open(t)) })
	t.Run("a lost recipient is permanent", func(t *testing.T) { lost(t, open(t)) })
	t.Run("it ends with its context", func(t *testing.T) { ends(t, open(t)) })
}

func everyTopic(t *testing.T, h Harness) {
	for _, topic := range notify.Topics() {
		m := Message(topic, "n-"+string(topic))
		if err := h.Channel.Send(t.Context(), m); err != nil {
			t.Errorf("%s: %v", topic, err)
			continue
		}
		got := h.Received()
		if len(got) != 1 || !strings.Contains(got[0], m.Link) {
			t.Errorf("%s: %d messages came, the first reads %q; want one with the link", topic, len(got), strings.Join(got, "\n---\n"))
		}
	}
}

func down(t *testing.T, h Harness) {
	h.Down(true)
	m := Message("request.created", "n1")
	if err := h.Channel.Send(t.Context(), m); err == nil || errors.Is(err, notify.ErrPermanent) {
		t.Errorf("down: %v, want an error that is not permanent", err)
	}
	h.Down(false)
	h.Received()
	if err := h.Channel.Send(t.Context(), m); err != nil || len(h.Received()) != 1 {
		t.Errorf("up again: %v", err)
	}
}

func lost(t *testing.T, h Harness) {
	if h.Room {
		return
	}
	m := Message("request.created", "n1")
	m.Recipient, m.To, m.Account = h.Lost, h.Lost.Person(), ""
	if err := h.Channel.Send(t.Context(), m); !errors.Is(err, notify.ErrPermanent) {
		t.Errorf("a recipient who cannot be reached: %v, want ErrPermanent", err)
	}
}

func ends(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Channel.Send(ctx, Message("request.created", "n1")); err == nil || errors.Is(err, notify.ErrPermanent) {
		t.Errorf("after its context has ended: %v, want an error that is not permanent", err)
	}
}
