package records

import (
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Notices are the entries of the inboxes of people.
var Notices = store.Kind[string, notify.Notice]{
	Name:    "notices",
	Of:      func(n notify.Notice) string { return n.ID },
	Indexes: []store.Indexed[notify.Notice]{NoticesRead, NoticesUnread},
	Quiet:   true,
}

// The orders in which the notices to somebody are found, each in one of them: by the time
// of their events.
var (
	NoticesRead = store.Index[request.PersonID, notify.Notice]{Kind: "notices", Name: "read",
		Values: func(n notify.Notice) []request.PersonID { return store.Only(n.To, !n.Read.IsZero()) },
		Order:  noticeOrder}

	NoticesUnread = store.Index[request.PersonID, notify.Notice]{Kind: "notices", Name: "unread",
		Values: func(n notify.Notice) []request.PersonID { return store.Only(n.To, n.Read.IsZero()) },
		Order:  noticeOrder}
)

func noticeOrder(n notify.Notice) string { return store.OrderTime(n.At) + store.OrderNumber(n.Number) }

// Webhooks are the services that receive events.
var Webhooks = store.Kind[notify.WebhookID, notify.Webhook]{
	Name: "webhooks",
	Of:   func(w notify.Webhook) notify.WebhookID { return w.ID },
}

// Deliveries are the events on their way to each webhook, and those that arrived.
var Deliveries = store.Kind[string, notify.Delivery]{
	Name:    "deliveries",
	Of:      func(d notify.Delivery) string { return d.ID },
	Indexes: []store.Indexed[notify.Delivery]{DeliveriesTo, DeliveriesPending},
	Quiet:   true,
}

// The orders in which deliveries are found: by the time they were made, and the
// place of their event in the log.
var (
	DeliveriesTo = store.Index[notify.WebhookID, notify.Delivery]{Kind: "deliveries", Name: "webhook",
		Values: func(d notify.Delivery) []notify.WebhookID { return []notify.WebhookID{d.Webhook} },
		Order:  func(d notify.Delivery) string { return store.OrderTime(d.Made) + store.OrderNumber(d.Number) }}

	DeliveriesPending = store.Index[notify.WebhookID, notify.Delivery]{Kind: "deliveries", Name: "pending",
		Values: func(d notify.Delivery) []notify.WebhookID {
			return store.Only(d.Webhook, d.State == notify.DeliveryPending)
		},
		Order: func(d notify.Delivery) string { return store.OrderNumber(d.Number) }}
)

// Cursor is how far a reader has come in the log: a webhook, or the writer of notices.
type Cursor struct {
	ID       string    `json:"id"`
	After    int64     `json:"after"`              // the number of the last event that was read
	Failures int       `json:"failures,omitempty"` // in a row, of a webhook that answers nothing well
	Retry    time.Time `json:"retry,omitzero"`     // not before, after a failure
}

// Cursors are those of all readers of the log, each under its own name. They are
// stored as "lanes".
var Cursors = store.Kind[string, Cursor]{
	Name:  "lanes",
	Of:    func(l Cursor) string { return l.ID },
	Quiet: true,
}

// Posts are the notices on their way by each channel.
var Posts = store.Kind[string, notify.Post]{
	Name:    "posts",
	Of:      func(p notify.Post) string { return p.ID },
	Indexes: []store.Indexed[notify.Post]{PostsPending, PostsFailed},
	Quiet:   true,
}

// The orders in which posts are found: those that are pending by when they are
// due, and those that have failed by when they were made.
var (
	PostsPending = store.Index[string, notify.Post]{Kind: "posts", Name: "pending",
		Values: func(p notify.Post) []string { return store.Only(p.Channel, p.State == notify.PostPending) },
		Order:  func(p notify.Post) string { return store.OrderTime(p.Next) }}

	PostsFailed = store.Index[string, notify.Post]{Kind: "posts", Name: "failed",
		Values: func(p notify.Post) []string { return store.Only(p.Channel, p.State == notify.PostFailed) },
		Order:  func(p notify.Post) string { return store.OrderTime(p.Made) }}
)

// Preferences say by which channels people wish to receive notices.
var Preferences = store.Kind[request.PersonID, notify.Preferences]{
	Name:  "preferences",
	Of:    func(p notify.Preferences) request.PersonID { return p.Person },
	Quiet: true,
}

// Accounts are the accounts of people at channels. No two people link the same one.
var Accounts = store.Kind[string, notify.Account]{
	Name: "accounts",
	Of:   func(a notify.Account) string { return AccountKey(a.Channel, a.Person) },
	Unique: func(a notify.Account) []store.Unique {
		return store.Only(store.Unique{Name: "account", Value: a.Channel + "/" + a.Account}, !a.Linked.IsZero())
	},
	Indexes: []store.Indexed[notify.Account]{AccountsLinked},
	Quiet:   true,
}

// AccountsLinked finds a linked account by the name of the channel, a slash, and the
// name of the account there.
var AccountsLinked = store.Index[string, notify.Account]{Kind: "accounts", Name: "account",
	Values: func(a notify.Account) []string { return store.Only(a.Channel+"/"+a.Account, !a.Linked.IsZero()) }}

// AccountKey is the id of a person's account at a channel.
func AccountKey(channel string, p request.PersonID) string { return channel + "/" + string(p) }
