// Package self has those routes of the API that are about whoever calls: who they are,
// what they are told and where, and by what they come in: their tokens, the logins of
// their programs and devices, and their sessions.
//
// The types of bodies and parameters are exported because huma reads exported
// types and fields only, and names its schemas after them.
package self

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/limit"
	"github.com/grantwright/grantwright/web/internal/route"
)

// server is the API over a site.
type server struct {
	*route.Server
	devices *limit.Limiter // by address
}

// perAddress bounds the devices of one address that begin a login: nobody has signed in
// for that, and all that wait are bounded.
var perAddress = limit.Rate{PerSecond: 0.1, AtOnce: 20}

// Register adds the routes to an API.
func Register(on *route.Server) {
	s := &server{on, limit.New(perAddress, time.Now)}
	s.routeMe()
	s.routeInbox()
	s.routeAccounts()
	s.routeSessions()
	s.routeTokens()
	s.routeLogins()
}

// The names of package route, short.
var (
	asked, nextIfFull    = route.Asked, route.NextIfFull
	answering, described = route.Answering, route.Described
)

// Paged are the parameters of every route that lists.
type Paged = route.Paged

// listed is the answer of a route that lists.
type listed[T any] = route.Listed[T]

func list[T any](items []T, next string) *listed[T] { return route.ListOf(items, next) }

// shown is the answer of a route that shows one thing.
type shown[T any] struct{ Body T }

func serve[I, O any](s *server, method, path, id, summary string, f func(context.Context, request.Identity, *I) (*O, error), change ...func(*huma.Operation)) {
	route.Serve(s.Server, method, path, id, summary, f, change...)
}
