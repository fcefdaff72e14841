// Package notify says who is told what.
//
// What happens to a request makes a Notice for each person whom it concerns,
// kept with the change itself: there is no change without its notices, and no
// notice without its change. A person reads their notices in their inbox, where
// each is unread until they have seen it. Whoever acted is not told of it, and
// nobody is told twice.
package notify

import (
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Topic is what a notice is about: the type of the event.
type Topic string

// Notice tells one person of one thing that happened to a request.
type Notice struct {
	ID      string           `json:"id"`
	To      request.PersonID `json:"to"`
	Topic   Topic            `json:"topic"`
	Request request.ID       `json:"request"`
	Asset   catalog.Ref      `json:"asset"`
	Status  request.Status   `json:"status"`           // of the request, by then
	Detail  string           `json:"detail,omitempty"` // a reason, or the platform's own words
	By      request.PersonID `json:"by"`               // who did it
	At      time.Time        `json:"at"`
	Read    time.Time        `json:"read,omitzero"` // when the person had seen it; zero while unread
}

// To lists who is told of something that somebody did to a request: the
// requester, the beneficiary, and those stewards whom it concerns. The one who
// did it is left out.
func To(req request.Request, by request.PersonID, stewards ...request.PersonID) []request.PersonID {
	who := append([]request.PersonID{req.Requester, req.Beneficiary}, stewards...)
	slices.Sort(who)
	return slices.DeleteFunc(slices.Compact(who), func(p request.PersonID) bool { return p == by || p == request.SystemID })
}

// Seen is the notice after its person has seen it. The first time counts.
func (n Notice) Seen(now time.Time) Notice {
	if n.Read.IsZero() {
		n.Read = now.UTC()
	}
	return n
}
