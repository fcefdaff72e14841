package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// AttestationBody attests that access was given or taken by hand.
type AttestationBody struct {
	Done bool   `json:"done" doc:"It stands now, or is gone now; false if it could not be done"`
	Note string `json:"note,omitempty" doc:"What those who see the request should know; required if it could not be done"`

	State provision.State `json:"state,omitempty" doc:"The state of the grant as you saw it; if the access was to be given then and is to be taken now, the answer is 409. Empty leaves that open"`
}

// GrantNamed is a route about one grant. A grant has the id of its request.
type GrantNamed struct {
	ID provision.GrantID `path:"id" maxLength:"255"`
}

func (s *server) routeGrants() {
	serve(s, http.MethodGet, "/grants/todo", "grants-to-do", "The grants that wait for a person to do something on the platform, those due first first", s.todo, described("Takes ADMIN or GOVERNANCE."))
	serve(s, http.MethodGet, "/grants/{id}/job", "grant-job", "What a person has to do on the platform for a grant, and by which statements", s.job, described("Takes ADMIN or GOVERNANCE. Answers 409 where nothing is to be done by hand."))
	serve(s, http.MethodPost, "/grants/{id}/attestations", "attest", "Say that you have done on the platform what a grant waits for", s.attest, answering(http.StatusCreated), makes,
		described("Takes ADMIN or GOVERNANCE, and is refused to the requester, the beneficiary, and the members of a group that is the beneficiary."))
	serve(s, http.MethodPost, "/grants/{id}/retry", "retry-grant", "Make the next attempt of a grant that has failed at once", s.retry,
		described("For its requester and beneficiary, ADMIN and GOVERNANCE. GET /requests/{id}?wait=30 waits for what comes of it."))
	serve(s, http.MethodPost, "/grants/{id}/resume", "resume-grant", "Put a grant that is SUSPENDED into effect again", s.resume,
		described("Takes GOVERNANCE, and is refused to the requester and the beneficiary. It is given to the principal and on the object that stand under their names now: whoever resumes it vouches for them."))
}

func (s *server) retry(ctx context.Context, by request.Identity, in *GrantNamed) (*shown[provision.Grant], error) {
	grant, err := s.Engine.Grants().Retry(ctx, by, in.ID)
	return &shown[provision.Grant]{Body: grant}, err
}

func (s *server) resume(ctx context.Context, by request.Identity, in *struct {
	GrantNamed
	Body ReasonBody
}) (*shown[provision.Grant], error) {
	grant, err := s.Engine.Grants().Resume(ctx, by, in.ID, in.Body.Reason)
	return &shown[provision.Grant]{Body: grant}, err
}

func (s *server) todo(ctx context.Context, by request.Identity, in *Paged) (*listed[provision.Grant], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	found, next, err := s.Engine.Grants().ToDo(ctx, by, after, limit)
	if err != nil {
		return nil, err
	}
	return list(found, nextIfFull(len(found), limit, next)), nil
}

func (s *server) job(ctx context.Context, by request.Identity, in *GrantNamed) (*shown[site.Job], error) {
	job, err := s.Engine.Grants().Job(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	return &shown[site.Job]{site.JobOf(job)}, nil
}

func (s *server) attest(ctx context.Context, by request.Identity, in *struct {
	GrantNamed
	Body AttestationBody
}) (*shown[provision.Grant], error) {
	grant, err := s.Engine.Grants().Attest(ctx, by, in.ID, provision.Attest(in.Body))
	if err == nil {
		s.Made(ctx, "/requests/"+url.PathEscape(string(grant.Request)))
	}
	return &shown[provision.Grant]{Body: grant}, err
}
