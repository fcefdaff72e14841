// Package api is the JSON API below /api/v1 and its OpenAPI document. Each route
// calls the engine on behalf of whoever is signed in and answers with a record of
// package request, review, provision or catalog, or with a form declared here. The
// routes that are about the caller are those of package self.
//
// The types of bodies and parameters are exported because huma reads exported
// types and fields only, and names its schemas after them.
package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/route"
)

// server is the API over a site.
type server struct {
	*route.Server
	followers chan struct{} // holds a token for each that follows the log
}

// Register adds the routes to an API.
func Register(on *route.Server) {
	s := &server{Server: on, followers: make(chan struct{}, maxFollowers)}
	s.routePeople()
	s.routeConnections()
	s.routeAssets()
	s.routeForms()
	s.routeGuardrails()
	s.routeMasks()
	s.routeLinks()
	s.routeRequests()
	s.routeReviews()
	s.routeBatches()
	s.routeAccess()
	s.routeGrants()
	s.routeStops()
	s.routeAssist()
	s.routeRelinks()
	s.routeWebhooks()
	s.routeProposals()
	s.routeFlows()
	s.routeDefinitions()
	s.routeEvents()
}

// The names of package route, short.
var (
	asked, setHeader, tag = route.Asked, route.SetHeader, route.Tag
	answering, described  = route.Answering, route.Described
	edited, makes         = route.Edited, route.Makes
	nextIfFull, awaiting  = route.NextIfFull, route.AwaitingOf
)

// List is one page of things.
type List[T any] = route.List[T]

// Paged are the parameters of every route that lists.
type Paged = route.Paged

// Awaiting is the answer to a change that a second person has to see first.
type Awaiting = route.Awaiting

// listed is the answer of a route that lists.
type listed[T any] = route.Listed[T]

func list[T any](items []T, next string) *listed[T] { return route.ListOf(items, next) }

// shown is the answer of a route that shows one thing.
type shown[T any] struct{ Body T }

func serve[I, O any](s *server, method, path, id, summary string, f handler[I, O], change ...func(*huma.Operation)) {
	route.Serve(s.Server, method, path, id, summary, f, change...)
}

// handler answers a route.
type handler[I, O any] = func(ctx context.Context, by request.Identity, in *I) (*O, error)
