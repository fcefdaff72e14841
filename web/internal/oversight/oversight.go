// Package oversight has those routes of the API by which people look after what runs: the
// tests and the health of connections, people, failed access, acts on several grants, claims
// of what others gave, and the figures of the log.
//
// The types of bodies and parameters are exported because huma reads exported
// types and fields only, and names its schemas after them.
package oversight

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/route"
)

// server is the API over a site.
type server struct{ *route.Server }

// Register adds the routes to an API.
func Register(on *route.Server) {
	s := &server{on}
	s.routeConnections()
	s.routePeople()
	s.routeGrants()
	s.routeFigures()
	s.routeClaims()
}

// Paged are the parameters of every route that lists.
type Paged = route.Paged

// listed is the answer of a route that lists.
type listed[T any] = route.Listed[T]

func list[T any](items []T, next string) *listed[T] { return route.ListOf(items, next) }

// shown is the answer of a route that shows one thing.
type shown[T any] struct{ Body T }

func serve[I, O any](s *server, method, path, id, summary, description string, f func(context.Context, request.Identity, *I) (*O, error), change ...func(*huma.Operation)) {
	route.Serve(s.Server, method, path, id, summary, f, append(change, route.Described(description))...)
}
