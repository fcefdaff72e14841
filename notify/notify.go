// Package notify decides who is told of an event, why, by which channels, and in which
// words.
//
// Events stand in the log. Each becomes one Notice for each person whom it concerns,
// however many reasons there are to tell them; whoever did it is not told. A person
// reads their notices in their inbox, where each is unread until they have seen it. By
// the channels that a person wishes, such as mail, a notice is sent as a Post, again
// and again until it has arrived or is known never to.
//
// Services are told by Webhooks: each event that one wants becomes a Delivery, signed,
// tried again when it fails, and kept as history.
package notify

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Topic is what a notice is about: the name of an event, or a topic of its own.
type Topic string

// Notice tells one person, or one room, of one thing that happened.
type Notice struct {
	ID      string           `json:"id"`
	To      request.PersonID `json:"to,omitempty"` // empty for a room
	Topic   Topic            `json:"topic"`
	Concern Concern          `json:"concern,omitempty"` // why they are told
	Request request.ID       `json:"request,omitempty"` // empty where it is about none
	Asset   catalog.Ref      `json:"asset,omitempty"`
	Status  request.Status   `json:"status,omitempty"`  // of the request, by then
	Subject string           `json:"subject,omitempty"` // what it is about, if not a request: kind, slash, id
	Named   string           `json:"named,omitempty"`   // what the subject is called, where its id says nothing
	Page    string           `json:"page,omitempty"`    // that it leads to, if not the one of its request or subject: a path
	Ends    time.Time        `json:"ends,omitzero"`     // of access whose end is near
	Version int              `json:"version,omitempty"` // of the review that waits for them, when they are asked to act
	Detail  string           `json:"detail,omitempty"`  // a reason, or the platform's own words
	Waiting []Waiting        `json:"waiting,omitempty"` // of a digest
	Count   int              `json:"count,omitempty"`   // of a digest: how many wait, of which Waiting are the oldest; of a comparison that has stopped: how many accesses it would have removed; of access with gaps: how many parts do not work
	Advice  *AdviceBrief     `json:"advice,omitempty"`  // to whoever is asked to decide; nil where there is none
	By      request.PersonID `json:"by"`                // who did it
	At      time.Time        `json:"at"`
	Number  int64            `json:"number,omitempty"` // of the event in the log
	Read    time.Time        `json:"read,omitzero"`    // when the person had seen it; zero while unread
}

// Waiting is one request that waits for a steward.
type Waiting struct {
	Request   request.ID       `json:"request"`
	Asset     catalog.Ref      `json:"asset"`
	Requester request.PersonID `json:"requester"`
	Since     time.Time        `json:"since"`

	Type      request.Type      `json:"type,omitempty"`
	Privilege request.Privilege `json:"privilege,omitempty"`
	Columns   []string          `json:"columns,omitempty"`
}

// MaxWaiting bounds how many requests a digest names.
const MaxWaiting = 20

// Path is the page that the notice leads to.
func (n Notice) Path() string {
	switch {
	case n.Page != "":
		return n.Page
	case n.Request != "" && n.Concern == DoByHand:
		return "/tasks/" + string(n.Request) // a grant has the id of its request
	case n.Request != "":
		return "/requests/" + string(n.Request)
	case n.Topic == ReviewWaiting:
		return "/reviews"
	case strings.HasPrefix(n.Subject, "stops/"):
		return "/stops"
	case strings.HasPrefix(n.Subject, "tokens/"):
		return "/tokens"
	case strings.HasPrefix(n.Subject, "webhooks/"), strings.HasPrefix(n.Subject, "proposals/"):
		return "/" + n.Subject
	}
	return "/inbox"
}

// About names the subject of the notice: by its name, its asset or its id, the first of
// these that it has.
func (n Notice) About() string {
	_, id, _ := strings.Cut(n.Subject, "/")
	return cmp.Or(n.Named, string(n.Asset), id)
}

// Seen marks the notice as read. Read stays the time at which it was seen first.
func (n Notice) Seen(now time.Time) Notice {
	if n.Read.IsZero() {
		n.Read = now.UTC()
	}
	return n
}

// ErrPermanent is wrapped by a Channel when trying again cannot help.
var ErrPermanent = errors.New("notify: it can never be delivered")

// Message is a notice on its way by a channel, with what it takes to write it.
type Message struct {
	Notice
	Recipient request.Identity // as they are now; zero for a room
	Account   string           // that the recipient has linked at the channel; empty if none

	// Of the request, where it is about one.
	Requester, Beneficiary request.PersonID
	Type                   request.Type
	Privilege              request.Privilege
	Columns                []string         // that were asked for; none means the whole asset
	Duration               request.Duration // that was asked for
	Stands                 request.Status   // as it is now
	Purpose                string           // the first answer, to whoever is to act; else empty

	// Masks are those of the asset, or of the first assets in it, to whoever is to give or
	// take the access by hand: the access is to what shows them masked.
	Masks []request.AssetMasks

	// Prevented says why guardrails keep the access from the beneficiary, to whoever is asked
	// to decide; empty where none does. Then nobody can approve.
	Prevented []string

	Names    map[request.PersonID]string // of the people in it, where they are known
	Link     string                      // the page that it leads to; empty where it is not known
	Settings string                      // the page of the recipient's preferences; empty where it is not known
	Links    map[request.ID]string       // the pages of what waits, of a digest
}

// Name is what a person is called, or their id where nobody knows.
func (m Message) Name(p request.PersonID) string {
	if name := m.Names[p]; name != "" {
		return name
	}
	return p.Identity().ID
}

// maxNamed is how many columns a message names.
const maxNamed = 5

// Few names the columns that were asked for, the first few of many.
func (m Message) Few() string {
	return Line(strings.Join(m.Columns[:min(len(m.Columns), maxNamed)], ", "))
}

// Rest is how many columns were asked for beside those that Few names.
func (m Message) Rest() int { return max(0, len(m.Columns)-maxNamed) }

// Hidden names the assets that are masked, with their masked columns and what shows them.
func (m Message) Hidden() string {
	var all []string
	for _, a := range m.Masks {
		var names []string
		for _, c := range a.Show.Columns {
			names = append(names, c.Name)
		}
		if names = append(names, a.Show.Out...); len(names) > maxNamed {
			names = append(names[:maxNamed], "…")
		}
		text := string(a.Asset)
		if len(names) > 0 {
			text += " (" + strings.Join(names, ", ") + ")"
		}
		if shows := Masked(a); shows != "" {
			text += " → " + shows
		}
		all = append(all, text)
	}
	return Line(strings.Join(all, "; "))
}

// Masked names what shows an asset masked; empty while nothing does.
func Masked(m request.AssetMasks) string {
	return cmp.Or(m.Query, string(m.Show.View), string(m.Show.Under))
}

// Length is the count of the duration that was asked for, as in "30"; empty where
// it is none or endless.
func (m Message) Length() string { return lengthOf(m.Duration) }

// Unit is the unit of the duration that was asked for, such as "DAYS"; "ENDLESS", or
// empty where none was.
func (m Message) Unit() string { return unitOf(m.Duration) }

func lengthOf(d request.Duration) string {
	count, _, counted := strings.Cut(d.String(), " ")
	if !counted {
		return ""
	}
	return count
}

func unitOf(d request.Duration) string {
	text := d.String()
	return text[strings.LastIndex(text, " ")+1:]
}

// Channel carries messages to people, one recipient each. Package notifytest has
// the suite for it.
//
// Send returns when the message was handed over, or with the reason why not. It
// returns before ctx ends. If trying again cannot help, because the recipient has
// no address or is refused for good, the error wraps ErrPermanent. The same
// message may come again after a crash: it has the same ID. Errors hold no secret.
type Channel interface {
	Send(ctx context.Context, m Message) error
}

// Linker is a Channel whose recipients have accounts of their own there, which
// they link once: they say which it is, are sent a code there, and repeat it.
type Linker interface {
	Channel

	// SendCode writes a code to an account. If there is no such account, or it may
	// not be linked, the error wraps ErrAccount.
	SendCode(ctx context.Context, account, code string) error
}

// ErrAccount is wrapped when an account cannot be linked.
var ErrAccount = errors.New("notify: the account cannot be linked")

// Account is one that a person has linked at a channel, or is about to.
type Account struct {
	Channel string           `json:"channel"`
	Person  request.PersonID `json:"person"`
	Account string           `json:"account"`
	Linked  time.Time        `json:"linked,omitzero"` // zero until the code was repeated

	Code  string    `json:"code,omitempty"` // a digest of the code that was sent
	Until time.Time `json:"until,omitzero"` // when the code is over
	Tries int       `json:"tries,omitempty"`
}
