package store

import (
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
)

// Notices are what people are told.
var Notices = Kind[string, notify.Notice]{
	Name:    "notices",
	Of:      func(n notify.Notice) string { return n.ID },
	Indexes: []Indexed[notify.Notice]{NoticesTo, NoticesUnread},
	Quiet:   true,
}

// The orders in which notices are found: by the time of what they tell.
var (
	NoticesTo = Index[request.PersonID, notify.Notice]{Kind: "notices", Name: "person",
		Values: func(n notify.Notice) []request.PersonID { return []request.PersonID{n.To} },
		Order:  told}

	NoticesUnread = Index[request.PersonID, notify.Notice]{Kind: "notices", Name: "unread",
		Values: func(n notify.Notice) []request.PersonID { return only(n.To, n.Read.IsZero()) },
		Order:  told}
)

func told(n notify.Notice) string { return OrderTime(n.At) + OrderNumber(n.Number) }

// Webhooks are the services that are told of events.
var Webhooks = Kind[notify.WebhookID, notify.Webhook]{
	Name: "webhooks",
	Of:   func(w notify.Webhook) notify.WebhookID { return w.ID },
}

// Deliveries are the events on their way to each webhook, and those that arrived.
var Deliveries = Kind[string, notify.Delivery]{
	Name:    "deliveries",
	Of:      func(d notify.Delivery) string { return d.ID },
	Indexes: []Indexed[notify.Delivery]{DeliveriesTo, DeliveriesPending},
	Quiet:   true,
}

// The orders in which deliveries are found: by the time they were made, and the
// place of their event in the log.
var (
	DeliveriesTo = Index[notify.WebhookID, notify.Delivery]{Kind: "deliveries", Name: "webhook",
		Values: func(d notify.Delivery) []notify.WebhookID { return []notify.WebhookID{d.Webhook} },
		Order:  func(d notify.Delivery) string { return OrderTime(d.Made) + OrderNumber(d.Number) }}

	DeliveriesPending = Index[notify.WebhookID, notify.Delivery]{Kind: "deliveries", Name: "pending",
		Values: func(d notify.Delivery) []notify.WebhookID {
			return only(d.Webhook, d.State == notify.DeliveryPending)
		},
		Order: func(d notify.Delivery) string { return OrderNumber(d.Number) }}
)

// Lane is how far something has read the log: a webhook, or what tells people.
type Lane struct {
	ID       string    `json:"id"`
	After    int64     `json:"after"`              // the number of the last event that was read
	Failures int       `json:"failures,omitempty"` // in a row, of a webhook that answers nothing well
	Retry    time.Time `json:"retry,omitzero"`     // not before, after a failure
}

// Lanes are all readers of the log, each under its own name.
var Lanes = Kind[string, Lane]{
	Name:  "lanes",
	Of:    func(l Lane) string { return l.ID },
	Quiet: true,
}

// Posts are the notices on their way by each channel.
var Posts = Kind[string, notify.Post]{
	Name:    "posts",
	Of:      func(p notify.Post) string { return p.ID },
	Indexes: []Indexed[notify.Post]{PostsPending, PostsFailed},
	Quiet:   true,
}

// The orders in which posts are found: those that are pending by when they are
// due, and those that have failed by when they were made.
var (
	PostsPending = Index[string, notify.Post]{Kind: "posts", Name: "pending",
		Values: func(p notify.Post) []string { return only(p.Channel, p.State == notify.PostPending) },
		Order:  func(p notify.Post) string { return OrderTime(p.Next) }}

	PostsFailed = Index[string, notify.Post]{Kind: "posts", Name: "failed",
		Values: func(p notify.Post) []string { return only(p.Channel, p.State == notify.PostFailed) },
		Order:  func(p notify.Post) string { return OrderTime(p.Made) }}
)

// Preferences are how people wish to be told.
var Preferences = Kind[request.PersonID, notify.Preferences]{
	Name:  "preferences",
	Of:    func(p notify.Preferences) request.PersonID { return p.Person },
	Quiet: true,
}

// Accounts are what people have linked at channels. An account is one person's.
var Accounts = Kind[string, notify.Account]{
	Name: "accounts",
	Of:   func(a notify.Account) string { return AccountKey(a.Channel, a.Person) },
	Unique: func(a notify.Account) []Unique {
		return only(Unique{"account", a.Channel + "/" + a.Account}, !a.Linked.IsZero())
	},
	Indexes: []Indexed[notify.Account]{AccountsLinked},
	Quiet:   true,
}

// AccountsLinked finds the account of a channel, a slash, and its name there.
var AccountsLinked = Index[string, notify.Account]{Kind: "accounts", Name: "account",
	Values: func(a notify.Account) []string { return only(a.Channel+"/"+a.Account, !a.Linked.IsZero()) }}

// AccountKey is the id of a person's account at a channel.
func AccountKey(channel string, p request.PersonID) string { return channel + "/" + string(p) }
