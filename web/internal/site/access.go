package site

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Entitlements reads one page of entitlements.
type Entitlements func(ctx context.Context, q grantwright.AccessQuery) (grantwright.AccessPage, error)

// AccessTo reads who has access to an asset.
func (s *Site) AccessTo(by request.Identity, ref catalog.Ref) Entitlements {
	return func(ctx context.Context, q grantwright.AccessQuery) (grantwright.AccessPage, error) {
		if q.Person == "me" {
			q.Person = by.Person()
		}
		return s.Engine.Access().To(ctx, by, ref, q)
	}
}

// AccessOf reads the access of a person, a group or a service; me is whoever asks.
func (s *Site) AccessOf(by request.Identity, person request.PersonID) Entitlements {
	if person == "me" {
		person = by.Person()
	}
	return func(ctx context.Context, q grantwright.AccessQuery) (grantwright.AccessPage, error) {
		return s.Engine.Access().Of(ctx, by, person, q)
	}
}

// Others is the part of a list of access that we did not give: what others gave on the
// platform, or why that is not in the list.
type Others struct {
	All  []provision.Foreign
	Next string // the cursor of the next part; empty on the last
	Why  string // it is not known, as a sentence; empty where All is
}

// The sentences that say why a list lacks what others gave.
const (
	OthersBefore   = "Only access through Grantwright is known for a time before now. What others gave on the platform then is not listed."
	OthersOfPerson = "Access that others gave on the platforms is not listed by person. Name an asset too, and it is."
	othersMore     = "Others gave more on the platform than is listed here. The list of access that others gave has all of it."
	othersUntold   = "This platform cannot say what others gave."
	othersAway     = "The platform could not be asked what others gave. Try again later."
)

// Note is what a file lacks of what others gave; empty where it has all.
func (o Others) Note() string {
	if o.Next != "" {
		return othersMore
	}
	return o.Why
}

// surveyTimeout is how long a list waits for a platform to say what others gave.
const surveyTimeout = 4 * time.Second

// Others asks the platform for what others gave at and below a place, for a list of who has
// access there. Without a place, and of a time before, it only says why that is not listed.
// That a platform does not answer is no error.
func (s *Site) Others(ctx context.Context, by request.Identity, ref catalog.Ref, q grantwright.AccessQuery) (Others, error) {
	switch {
	case !q.At.IsZero():
		return Others{Why: OthersBefore}, nil
	case ref == "":
		return Others{Why: OthersOfPerson}, nil
	}
	if q.Person == "me" {
		q.Person = by.Person()
	}
	asking, cancel := context.WithTimeout(ctx, surveyTimeout)
	defer cancel()
	all, next, err := s.Engine.Access().Foreign(asking, by, ref, q)
	switch unknown, invalid := (*catalog.UnknownError)(nil), (*request.InvalidError)(nil); {
	case err == nil:
		return Others{All: all, Next: FormatCursor(next)}, nil
	case ctx.Err() != nil:
		return Others{}, ctx.Err()
	case errors.Is(err, request.ErrForbidden), errors.As(err, &invalid), errors.As(err, &unknown):
		return Others{}, err
	case errors.Is(err, provision.ErrNoPlatform):
		return Others{Why: othersUntold}, nil
	}
	s.Log.Warn("a platform does not say what others gave", "asset", ref, "error", err)
	return Others{Why: othersAway}, nil
}
