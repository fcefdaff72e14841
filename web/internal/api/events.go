package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/route"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Events is one page of events.
type Events struct {
	Items []store.Event `json:"items" nullable:"false"`
	After int64         `json:"after,omitempty" doc:"Where the next page begins; missing if there is none yet"`
}

// eventsPage is the answer of a route that lists events.
type eventsPage struct{ Body Events }

func (e *eventsPage) Next() (name, value string) {
	if e.Body.After == 0 {
		return "after", ""
	}
	return "after", strconv.FormatInt(e.Body.After, 10)
}

// EventsAfter are the parameters of every route that lists events.
type EventsAfter struct {
	After int64 `query:"after" minimum:"0" doc:"Only events after this number"`
	Limit int   `query:"limit" minimum:"1" maximum:"500" doc:"At most this many, 50 if it is missing"`
}

// EventFilter are the parameters that filter the log.
type EventFilter struct {
	Type    []string         `query:"type" maxItems:"20" nullable:"false" doc:"Only events of these types, or of a first part and a star" example:"[\"grant.*\"]"`
	By      request.PersonID `query:"by" maxLength:"512" doc:"Only what this person did; system for what the engine did by itself"`
	Subject string           `query:"subject" maxLength:"1024" doc:"Only events about this record: kind, slash, id. They are in the order of their times" example:"connections/warehouse"`
	From    time.Time        `query:"from" doc:"Only events of this time and later" example:"2026-03-01T12:00:00Z"`
	Until   time.Time        `query:"until" doc:"Only events before this time" example:"2026-04-01T00:00:00Z"`
}

func (s *server) routeEvents() {
	serve(s, http.MethodGet, "/events", "events", "The log, by number", s.events, s.inOtherForms,
		described("Takes AUDIT. Numbers have no holes: a reader who has seen number n never finds a smaller one that is new. With a filter a page may be short although others follow. "+
			"`Accept: text/event-stream` follows the log from after on, in the order of the numbers and with the same filters, but limit and until: each message has the number of its event as id, its type as event, and a CloudEvent as data; the header Last-Event-ID goes before after. It ends after ten minutes, and a client comes back."))
}

// inOtherForms documents the answers of the log that are not our own JSON.
func (s *server) inOtherForms(op *huma.Operation) {
	schemas := s.API.OpenAPI().Components.Schemas
	one := schemas.Schema(reflect.TypeFor[notify.CloudEvent](), true, "")
	message := &huma.Schema{Type: huma.TypeObject, Required: []string{"id", "event", "data"}, Properties: map[string]*huma.Schema{
		"id": {Type: huma.TypeInteger, Description: "The number of the event"}, "event": {Type: huma.TypeString, Description: "Its type"}, "data": one}}
	op.Responses["200"] = &huma.Response{Description: "A page of the log, or the log as it goes on", Content: map[string]*huma.MediaType{
		"application/json": {Schema: schemas.Schema(reflect.TypeFor[Events](), true, "")},
		cloudEventsIn:      {Schema: &huma.Schema{Type: huma.TypeArray, Items: one, Description: "The same in the batched JSON format of CloudEvents 1.0; Link leads to the next page"}},
		eventStream: {Schema: &huma.Schema{Type: huma.TypeArray, Items: message,
			Description: "Messages, as the text of server-sent events. While there is nothing new a comment comes every 15 seconds, with the id as far as which the log was read"}},
	}}
}

func (s *server) events(ctx context.Context, by request.Identity, in *struct {
	EventsAfter
	EventFilter
}) (*eventsAnswer, error) {
	f := event.Filter{Types: in.Type, By: in.By, Subject: in.Subject, From: in.From, Until: in.Until}
	kind := route.Kind(ctx)
	if kind == eventStream {
		return s.streamed(ctx, f, in.EventsAfter)
	}
	text, next, err := s.eventsPage(ctx, by, kind, f, in.After, site.PageSize(in.Limit))
	if err == nil && next > 0 {
		s.Link(ctx, "after", strconv.FormatInt(next, 10))
	}
	return &eventsAnswer{ContentType: kind, Body: func(c huma.Context) { _, _ = c.BodyWriter().Write(text) }}, err
}

// eventsPage is a page of the log in one of its forms.
func (s *server) eventsPage(ctx context.Context, by request.Identity, kind string, f event.Filter, after int64, limit int) ([]byte, int64, error) {
	if kind == cloudEventsIn {
		found, next, err := s.Engine.Log().FindCloudEvents(ctx, by, f, after, limit)
		if err != nil {
			return nil, 0, err
		}
		text, err := json.Marshal(append([]notify.CloudEvent{}, found...))
		return text, next, err
	}
	found, next, err := s.Engine.Log().Find(ctx, by, f, after, limit)
	if err != nil {
		return nil, 0, err
	}
	text, err := json.Marshal(Events{append([]store.Event{}, found...), next})
	return text, next, err
}

// eventsAnswer is the log in one of its forms.
type eventsAnswer struct {
	ContentType string `header:"Content-Type"`
	Body        func(huma.Context)
}
