package api

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/dossier"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/once"
	"github.com/grantwright/grantwright/web/internal/sheet"
	"github.com/grantwright/grantwright/web/internal/site"
)

// SubmissionBody submits a request.
type SubmissionBody struct {
	Asset       catalog.Ref       `json:"asset" example:"warehouse:sales.public.orders"`
	Type        request.Type      `json:"type,omitempty" enum:"DATA_ACCESS,MASKING_EXCEPTION" doc:"DATA_ACCESS if it is missing"`
	Beneficiary request.PersonID  `json:"beneficiary,omitempty" doc:"The id of the person who is to have the access; yourself if it is missing"`
	Privilege   request.Privilege `json:"privilege,omitempty" enum:"READ,READ_WRITE" doc:"READ if it is missing"`
	Columns     []string          `json:"columns,omitempty" nullable:"false" doc:"The whole asset if it is missing"`
	Answers     request.Answers   `json:"answers,omitempty" doc:"By the id of the question: one text, or any number for checkboxes; a duration reads like 30 DAYS or ENDLESS"`

	Agreements []request.AgreementVersion `json:"agreements,omitempty" nullable:"false" doc:"Those of the form that you accept, each in the version that you have read"`

	Renews request.ID `json:"renews,omitempty" doc:"An approved request for the same whose access is to go on: what is granted ends at the later of the two ends"`
}

// DeterminationBody determines a request.
type DeterminationBody struct {
	Act      review.Act `json:"act" enum:"APPROVE,DENY"`
	Duration string     `json:"duration,omitempty" doc:"Of APPROVE: for this long at most; as it was asked if it is missing" example:"7 DAYS"`
	Reason   string     `json:"reason,omitempty" doc:"Required where the review flow says so"`

	Privilege request.Privilege `json:"privilege,omitempty" enum:"READ,READ_WRITE" doc:"Of APPROVE: no more than this; as it was asked if it is missing"`
	Columns   []string          `json:"columns,omitempty" nullable:"false" doc:"Of APPROVE: these of the columns only; as they were asked if it is missing"`

	Version int `json:"version,omitempty" minimum:"1" doc:"Of the review that you saw: if it has changed since, nothing counts"`
}

// ReasonBody gives the reason of an act.
type ReasonBody struct {
	Reason string `json:"reason,omitempty"`
}

// Case is everything about one request.
type Case struct {
	Request request.Request  `json:"request"`
	Review  review.Review    `json:"review"`
	Grant   *provision.Grant `json:"grant,omitempty" doc:"Missing unless the request was approved"`
	Events  []store.Event    `json:"events" nullable:"false" doc:"Its time line: the last 100 events, the oldest of them first"`

	Prevented []review.Prevention `json:"prevented,omitempty" nullable:"false" doc:"The guardrails that keep a pending request from being approved now"`

	Deciders request.Deciders `json:"deciders,omitempty" enum:"KNOWN,PARTLY,UNKNOWN,NONE" doc:"Of a pending request: KNOWN if the directory knows all who could decide; PARTLY if it may not know all; UNKNOWN if it knows nobody, and somebody may come; NONE if there is nobody, nor anybody of GOVERNANCE. As of the last look, within an hour"`

	Excluded []catalog.Ref `json:"excluded,omitempty" nullable:"false" doc:"Of a container: what access to it does not cover now, because others decide there; the first 100"`
	May      review.Rights `json:"may" doc:"What you may do with it now"`
}

// RequestNamed is a route about one request.
type RequestNamed struct {
	ID request.ID `path:"id" maxLength:"255"`
}

func (s *server) routeRequests() {
	serve(s, http.MethodPost, "/requests", "submit", "Submit a request", s.submit, answering(http.StatusCreated), makes, answeringExisting,
		described("A flow may decide it at once. Where you have the same request open already, that one is the answer, with 200 and existing. A repeated Idempotency-Key gives the request that the first submission made."))
	serve(s, http.MethodGet, "/requests", "list-requests", "List requests, the newest first; for stewards the oldest first", s.requests,
		described("What is filtered is looked through 2,000 requests a page: a page may be short, or empty, although others follow. With role OVERSEER, person and flow are found at once."))
	serve(s, http.MethodGet, "/requests.csv", "list-requests-csv", "List requests as CSV", s.requestsCSV,
		described("Filtered as list-requests is, in its order. The column answers is JSON."), asCSV)
	serve(s, http.MethodGet, "/requests/{id}", "request", "One request with its review, its grant and its time line", s.oneRequest,
		described("For its requester, its beneficiary, its data stewards, GOVERNANCE and AUDIT; to others it is not there."))
	serve(s, http.MethodGet, "/requests/{id}/events", "request-events", "The events of a request, by their number within it", s.requestEvents,
		described("For those who may see the request."))
	serve(s, http.MethodPost, "/requests/{id}/determinations", "determine", "Approve, deny, or approve less than was asked", s.determine, answering(http.StatusCreated), makes,
		described("For its data stewards, while it is pending. With version, nothing counts if the review has changed since."))
	serve(s, http.MethodPost, "/requests/{id}/cancel", "cancel", "Withdraw a request of your own that is pending", s.cancel,
		described("For its requester and its beneficiary."))
	serve(s, http.MethodPost, "/requests/{id}/revoke", "revoke", "End what an approved request gives", s.revoke,
		described("For its beneficiary, whoever has decided on it, the data stewards of its asset, and GOVERNANCE."))
	serve(s, http.MethodGet, "/requests/{id}/plan", "plan", "The statements that the platform would run if the request were approved as it is", s.plan,
		described("For its data stewards, ADMIN, GOVERNANCE and AUDIT. Answers 409 where the platform cannot say."))
}

// Submitted is the request that a submission has made, or that was open before it.
type Submitted struct {
	request.Request
	Existing bool `json:"existing,omitempty" doc:"You had the same request open already: this is it, and what was submitted now counts for nothing. Change its answers with edit-answers"`
}

// submitted answers 201, or 200 where nothing was made.
type submitted struct {
	Status int
	Body   Submitted
}

// answeringExisting documents the answer to a submission of what is asked for already.
func answeringExisting(op *huma.Operation) {
	op.Responses["200"] = &huma.Response{Description: "The same request was open already: existing is true", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/Submitted"}}}}
}

func (s *server) submit(ctx context.Context, by request.Identity, in *struct {
	Key  string `header:"Idempotency-Key" doc:"At most 255 bytes; makes a repeated submission the same one, for at least a day"`
	Body SubmissionBody
}) (*submitted, error) {
	asked, replayed, existing := in.Body.submission(), false, []request.ID(nil)
	asked.Key = in.Key
	req, err := s.Engine.Submit(request.NoteExisting(request.NoteReplays(ctx, &replayed), &existing), by, asked)
	if err != nil {
		return nil, err
	}
	noteReplay(ctx, replayed)
	s.Made(ctx, "/requests/"+url.PathEscape(string(req.ID)))
	out := &submitted{http.StatusCreated, Submitted{req, len(existing) > 0}}
	if out.Body.Existing {
		out.Status = http.StatusOK
	}
	return out, nil
}

// noteReplay says that an answer was given before under the same key.
func noteReplay(ctx context.Context, replayed bool) {
	if replayed {
		setHeader(ctx, once.ReplayedHeader, "true")
	}
}

// RequestFilter are the parameters that filter requests.
type RequestFilter struct {
	Asset      catalog.Ref      `query:"asset" maxLength:"512" doc:"Only for this asset, or for what lies below it" example:"warehouse:sales"`
	Connection string           `query:"connection" maxLength:"200" doc:"Only for assets on this connection"`
	Person     request.PersonID `query:"person" maxLength:"512" doc:"Only those that this person has made, or that were made for them"`
	Type       request.Type     `query:"type" enum:"DATA_ACCESS,MASKING_EXCEPTION"`
	From       time.Time        `query:"from" doc:"Only those that were submitted then or later" example:"2026-03-01T12:00:00Z"`
	Until      time.Time        `query:"until" doc:"Only those that were submitted before" example:"2026-04-01T00:00:00Z"`
	Text       string           `query:"text" maxLength:"512" doc:"Only those with this text in their asset, a person, an answer or a reason, whatever its case"`
	Flow       request.FlowName `query:"flow" maxLength:"200" doc:"Only those that this review flow was asked about, in any version"`
	DecidedBy  request.PersonID `query:"decidedBy" maxLength:"512" doc:"Only those on which this person has decided something"`
	EndsBefore time.Time        `query:"endsBefore" doc:"Only those whose access stands, and ends before this time" example:"2026-04-01T00:00:00Z"`
	DueBefore  time.Time        `query:"dueBefore" doc:"Only those that are pending, and have to be decided before this time" example:"2026-04-01T00:00:00Z"`
	Assigned   request.PersonID `query:"assigned" maxLength:"512" doc:"Only those on which this person was asked by name to decide"`
}

// RequestList are the parameters of a list of requests.
type RequestList struct {
	RequestFilter
	Role   grantwright.Role `query:"role" enum:"CONCERNED,STEWARD,DECIDER,OVERSEER" default:"CONCERNED" doc:"What you are to them: requester or beneficiary; who may decide now; who has decided something; GOVERNANCE or AUDIT, who see all"`
	Order  dossier.Order    `query:"order" enum:"OLDEST,NEWEST,DUE" doc:"Of role STEWARD: OLDEST if it is missing; DUE lists first what has to be decided first"`
	Status request.Status   `query:"status" enum:"PENDING,APPROVED,DENIED,CANCELED,LAPSED,EXPIRED,REVOKED" doc:"All if it is missing"`
}

func (l RequestList) query(after store.Position, limit int) grantwright.RequestQuery {
	return grantwright.RequestQuery{Filter: request.Filter(l.RequestFilter), Role: l.Role, Order: l.Order, Status: l.Status, After: after, Limit: limit}
}

func (s *server) requests(ctx context.Context, by request.Identity, in *struct {
	Paged
	RequestList
}) (*listed[request.Request], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	page, err := s.Engine.Requests(ctx, by, in.query(after, site.PageSize(in.Limit)))
	if err != nil {
		return nil, err
	}
	return list(page.Requests, site.FormatCursor(page.Next)), nil
}

func (s *server) requestsCSV(ctx context.Context, by request.Identity, in *struct {
	RequestList
	CSVPaged
}) (*csvAnswer, error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	lines, q, some := sheet.New(&b, sheet.Requests), in.query(after, store.MaxPage), 0
	for pages := 0; pages == 0 || !q.After.Zero() && some+store.MaxPage <= maxLines && pages < maxLines/store.MaxPage; pages++ {
		page, err := s.Engine.Requests(ctx, by, q)
		if err != nil {
			return nil, err
		}
		for _, req := range page.Requests {
			lines.Request(req)
		}
		some, q.After = some+len(page.Requests), page.Next
	}
	_ = lines.Flush() // into memory: it cannot fail
	return s.csvOf(ctx, "requests.csv", b.Bytes(), q.After), nil
}

func (s *server) oneRequest(ctx context.Context, by request.Identity, in *struct {
	RequestNamed
	Wait int `query:"wait" minimum:"0" maximum:"30" doc:"Wait up to this many seconds for the platform to answer"`
}) (*shown[Case], error) {
	if in.Wait > 0 {
		if err := s.WaitForGrant(ctx, by, in.ID, time.Duration(in.Wait)*time.Second); err != nil {
			return nil, err
		}
	}
	all, events, err := s.ReadCase(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	out := &shown[Case]{Case{Request: all.Request, Review: all.Review, Events: append([]store.Event{}, events...), Prevented: all.Prevented, Deciders: all.Deciders, Excluded: all.Excluded, May: all.May}}
	if all.Grant.ID != "" {
		out.Body.Grant = &all.Grant
	}
	return out, nil
}

func (s *server) requestEvents(ctx context.Context, by request.Identity, in *struct {
	RequestNamed
	EventsAfter
}) (*eventsPage, error) {
	limit := site.PageSize(in.Limit)
	found, err := s.Engine.Log().Of(ctx, by, in.ID, int(in.After), limit)
	if err != nil {
		return nil, err
	}
	out := Events{Items: append([]store.Event{}, found...)}
	if len(found) == limit {
		out.After = int64(found[limit-1].Seq)
	}
	return &eventsPage{out}, nil
}

func (s *server) determine(ctx context.Context, by request.Identity, in *struct {
	RequestNamed
	Body DeterminationBody
}) (*shown[request.Request], error) {
	d, err := in.Body.determination()
	if err != nil {
		return nil, err
	}
	req, err := s.Engine.Determine(ctx, by, in.ID, d)
	if err == nil {
		s.Made(ctx, "/requests/"+url.PathEscape(string(req.ID)))
	}
	return &shown[request.Request]{Body: req}, err
}

func (s *server) cancel(ctx context.Context, by request.Identity, in *RequestNamed) (*shown[request.Request], error) {
	req, err := s.Engine.Cancel(ctx, by, in.ID)
	return &shown[request.Request]{Body: req}, err
}

func (s *server) revoke(ctx context.Context, by request.Identity, in *struct {
	RequestNamed
	Body ReasonBody
}) (*shown[request.Request], error) {
	req, err := s.Engine.Revoke(ctx, by, in.ID, in.Body.Reason)
	return &shown[request.Request]{Body: req}, err
}

func (s *server) plan(ctx context.Context, by request.Identity, in *RequestNamed) (*shown[site.Plan], error) {
	plan, err := s.Engine.Grants().Plan(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	return &shown[site.Plan]{site.PlanOf(plan)}, nil
}
