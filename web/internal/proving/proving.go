// Package proving has those routes of the API by which the log proves itself: its
// checkpoint, proofs of events and of requests, and an export with the hashes. What they
// answer is checked offline, by the public key of the log.
//
// The types of parameters are exported because huma reads exported types and fields only.
package proving

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/route"
	"github.com/grantwright/grantwright/web/internal/site"
)

// server is the API over a site.
type server struct{ *route.Server }

// Register adds the routes to an API.
func Register(on *route.Server) {
	s := &server{on}
	const audits = "Takes AUDIT. "
	route.Serve(on, http.MethodGet, "/log/checkpoint", "log-checkpoint", "The last signed checkpoint of the log", s.checkpoint, asNote,
		route.Described(audits+"A signed note with the origin, the size and the root of the log, as C2SP tlog-checkpoint has it. There is none where the server has no key for it, and in the first minute."))
	route.Serve(on, http.MethodGet, "/log/proofs/{number}", "event-proof", "The proof that an event is recorded in the log", s.event,
		route.Described(audits+"It is of the last checkpoint, which may be a minute older than the event: then there is none yet."))
	route.Serve(on, http.MethodGet, "/log/consistency", "log-consistency", "The proof that the log begins with all that it held at an earlier size", s.consistency, route.Described(audits+"Proofs are those of RFC 6962."))
	route.Serve(on, http.MethodGet, "/log/export", "log-export", "The log as it is hashed, by number", s.export,
		route.Described(audits+"Each leaf comes with the hash that the log keeps of it. Events of the last minute may be missing."))
	route.Serve(on, http.MethodGet, "/requests/{id}/proof", "request-proof", "All that the log says of a request, with proofs", s.story,
		route.Described(audits+"One file that others check by the public key of the log alone: gw log verify does. Events that are newer than the last checkpoint are counted, and left out."))
}

// asNote documents an answer that is a signed note.
func asNote(op *huma.Operation) {
	op.Responses["200"] = &huma.Response{Description: "A signed note", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}}}
}

// noted is the answer that is a signed note.
type noted struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// shown is the answer of a route that shows one thing.
type shown[T any] struct{ Body T }

func (s *server) checkpoint(ctx context.Context, by request.Identity, _ *struct{}) (*noted, error) {
	last, err := s.Engine.Log().Checkpoint(ctx, by)
	return &noted{"text/plain; charset=utf-8", []byte(last.Note)}, err
}

func (s *server) event(ctx context.Context, by request.Identity, in *struct {
	Number int64 `path:"number" minimum:"1" doc:"The number of the event"`
}) (*shown[proof.Story], error) {
	found, err := s.Engine.Log().Proof(ctx, by, in.Number)
	return &shown[proof.Story]{found}, err
}

func (s *server) consistency(ctx context.Context, by request.Identity, in *struct {
	From int64 `query:"from" minimum:"1" required:"true" doc:"The size of an earlier checkpoint"`
	To   int64 `query:"to" minimum:"0" doc:"The size of a later one; that of the last if it is missing"`
}) (*shown[proof.Consistency], error) {
	found, err := s.Engine.Log().Consistency(ctx, by, in.From, in.To)
	return &shown[proof.Consistency]{found}, err
}

func (s *server) story(ctx context.Context, by request.Identity, in *struct {
	ID request.ID `path:"id" maxLength:"255"`
}) (*shown[proof.Story], error) {
	found, err := s.Engine.Log().Story(ctx, by, in.ID)
	return &shown[proof.Story]{found}, err
}

// Leaves is one page of the log as it is hashed.
type Leaves struct {
	Items []proof.Hashed `json:"items" nullable:"false"`
	After int64          `json:"after,omitempty" doc:"Where the next page begins; missing if there is none yet"`
}

// leavesPage is the answer of the route that lists leaves.
type leavesPage struct{ Body Leaves }

func (l *leavesPage) Next() (name, value string) {
	if l.Body.After == 0 {
		return "after", ""
	}
	return "after", strconv.FormatInt(l.Body.After, 10)
}

func (s *server) export(ctx context.Context, by request.Identity, in *struct {
	After int64 `query:"after" minimum:"0" doc:"Only events after this number"`
	Limit int   `query:"limit" minimum:"1" maximum:"500" doc:"At most this many, 50 if it is missing"`
}) (*leavesPage, error) {
	limit := site.PageSize(in.Limit)
	found, err := s.Engine.Log().Export(ctx, by, in.After, limit)
	page := &leavesPage{Leaves{Items: found}}
	if len(found) == limit {
		page.Body.After = in.After + int64(limit)
	}
	return page, err
}
