package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/dossier"
	"github.com/grantwright/grantwright/web/internal/site"
)

// DeterminationsBody determines several requests.
type DeterminationsBody struct {
	Items []ManyBody `json:"items" minItems:"1" maxItems:"100" nullable:"false"`
	Try   bool       `json:"try,omitempty" doc:"Count nothing, and say what each would come to"`
}

// ManyBody is a determination of one of several requests.
type ManyBody struct {
	Request request.ID `json:"request" maxLength:"255"`
	DeterminationBody
}

// Decided is the result of one of several determinations.
type Decided struct {
	ID      request.ID       `json:"id"`
	Request *request.Request `json:"request,omitempty" doc:"As it is after the determination; missing if that did not count"`
	Problem *site.Problem    `json:"problem,omitempty" doc:"Why the determination did not count"`
}

// TakeBackBody takes back an approval.
type TakeBackBody struct {
	Version int    `json:"version,omitempty" minimum:"1" doc:"Of the review that you saw: if it has changed since, nothing is taken back"`
	Reason  string `json:"reason,omitempty"`
}

// AssignBody asks a data steward by name.
type AssignBody struct {
	Person request.PersonID `json:"person" doc:"The id of a person whom a selector of the open stage matches"`
	Reason string           `json:"reason,omitempty"`
}

// Dossier is what surrounds a request.
type Dossier struct {
	dossier.Dossier
	Has []grantwright.Held `json:"has" nullable:"false" doc:"What the beneficiary has from us already, alone or in a group, the first of it"`
}

// RemarkBody adds a remark to a request.
type RemarkBody struct {
	Kind request.RemarkKind `json:"kind,omitempty" enum:"COMMENT,QUESTION,ANSWER" doc:"QUESTION is a data steward's, to the requester; ANSWER is the requester's; COMMENT if it is missing"`
	Text string             `json:"text"`
}

// AnswersBody changes the answers of a request.
type AnswersBody struct {
	Answers request.Answers `json:"answers" nullable:"false" doc:"All of them, by the id of the question, as they are to be"`
}

// SubstituteBody names a substitute.
type SubstituteBody struct {
	Substitute request.PersonID `json:"substitute" doc:"The id of the person who is to decide in your place"`
	From       time.Time        `json:"from,omitzero" doc:"Now if it is missing"`
	Until      time.Time        `json:"until" doc:"At most 30 days after it begins"`
	Reason     string           `json:"reason,omitempty"`
}

// Substitutions are somebody's own.
type Substitutions struct {
	Named     *request.Substitution  `json:"named,omitempty" doc:"Whom you have named; missing if nobody"`
	StandsFor []request.Substitution `json:"standsFor" nullable:"false" doc:"Who has named you, now or later"`
}

func (s *server) routeReviews() {
	serve(s, http.MethodPost, "/determinations", "determine-many", "Decide on several requests, each by itself", s.determineMany,
		described("Each item has a result of its own, in the same order. Each is for the data stewards of its request."))
	serve(s, http.MethodPost, "/requests/{id}/take-back", "take-back", "Take back an approval of your own while the request is pending", s.takeBack, described("For whoever has approved."))
	serve(s, http.MethodGet, "/requests/{id}/remarks", "remarks", "What was said about a request, the oldest first", s.remarks, described("For those who may see the request."))
	serve(s, http.MethodPost, "/requests/{id}/remarks", "remark", "Comment on a request, ask its requester for more, or answer", s.remark, answering(http.StatusCreated), makes,
		described("Its requester, its beneficiary, its data stewards and GOVERNANCE comment; its data stewards ask, and its requester answers, while it is pending."))
	serve(s, http.MethodPut, "/requests/{id}/answers", "edit-answers", "Change the answers of a request of your own that is pending", s.editAnswers,
		described("For its requester. All approvals so far are void, and the review flow is opened again; it may decide at once."))
	serve(s, http.MethodGet, "/requests/{id}/dossier", "dossier", "What surrounds a request: the asset, the beneficiary, what was decided before, and who decides", s.dossier,
		described("For its data stewards, GOVERNANCE and AUDIT. Answers of other requests are not in it."))
	serve(s, http.MethodPost, "/requests/{id}/assign", "assign", "Ask a data steward by name to decide", s.assign,
		described("For its data stewards and GOVERNANCE, while it is pending and not their own. It gives nobody a right: whoever matches the open stage decides, as before."))
	serve(s, http.MethodPost, "/requests/{id}/remind", "remind", "Have the data stewards of the open stage reminded", s.remind,
		described("For its requester, its beneficiary, its data stewards and GOVERNANCE, while it is pending. Answers 409 within a day of the opening of the stage, or of the reminder before."))
	serve(s, http.MethodGet, "/emergencies", "list-emergencies", "List the requests that were approved at once, the newest first", s.emergencies,
		described("GOVERNANCE and AUDIT see all; others see their own, and those that a review flow has them watch over: a page may be short where more follow."))
	serve(s, http.MethodPost, "/requests/{id}/emergency-review", "review-emergency", "Say whether access that was had at once was justified", s.reviewEmergency,
		described("For GOVERNANCE and whom the review flow names, where it is not their own request. Answers 409 where it was reviewed. It changes nothing of the access: revoke ends that."))
	serve(s, http.MethodGet, "/substitute", "substitute", "Who decides in your place, and in whose place you decide", s.substitute, described("Everyone has their own."))
	serve(s, http.MethodPut, "/substitute", "name-substitute", "Have somebody decide in your place for some time", s.nameSubstitute, described("Your own."))
	serve(s, http.MethodDelete, "/substitutes/{person}", "end-substitute", "End that somebody decides in a person's place: your own, one where you are the substitute, or with ADMIN anyone's", s.endSubstitute,
		answering(http.StatusNoContent), described("For the person, their substitute, and ADMIN."))
}

// determination reads the determination of a body.
func (b DeterminationBody) determination() (review.Determination, error) {
	d := review.Determination{Act: b.Act, Privilege: b.Privilege, Columns: b.Columns, Reason: b.Reason, Version: b.Version}
	if b.Duration != "" {
		var err error
		if d.Duration, err = request.ParseDuration(b.Duration); err != nil {
			return d, site.Invalid("determination", "duration", "must be a number from 1 to 999 and a unit, such as 30 DAYS, or ENDLESS")
		}
	}
	return d, nil
}

func (s *server) determineMany(ctx context.Context, by request.Identity, in *struct{ Body DeterminationsBody }) (*listed[Decided], error) {
	results := make([]Decided, len(in.Body.Items))
	var all []review.Decision
	var places []int
	for i, item := range in.Body.Items {
		d, err := item.determination()
		if results[i].ID = item.Request; err != nil {
			results[i].Problem = s.Problem(asked(ctx), err)
			continue
		}
		all, places = append(all, review.Decision{Request: item.Request, Determination: d}), append(places, i)
	}
	if len(all) == 0 {
		return list(results, ""), nil
	}
	determine := s.Engine.Reviews().Determine
	if in.Body.Try {
		determine = s.Engine.Reviews().Try
	}
	decided, err := determine(ctx, by, all)
	if err != nil {
		return nil, err
	}
	for i, d := range decided {
		if d.Err != nil {
			results[places[i]].Problem = s.Problem(asked(ctx), d.Err)
		} else {
			results[places[i]].Request = &d.Request
		}
	}
	return list(results, ""), nil
}

func (s *server) takeBack(ctx context.Context, by request.Identity, in *struct {
	RequestNamed
	Body TakeBackBody
}) (*shown[request.Request], error) {
	req, err := s.Engine.Reviews().TakeBack(ctx, by, in.ID, in.Body.Version, in.Body.Reason)
	return &shown[request.Request]{Body: req}, err
}

func (s *server) dossier(ctx context.Context, by request.Identity, in *RequestNamed) (*shown[Dossier], error) {
	found, has, err := s.Engine.Reviews().Dossier(ctx, by, in.ID)
	return &shown[Dossier]{Body: Dossier{found, append([]grantwright.Held{}, has...)}}, err
}

func (s *server) assign(ctx context.Context, by request.Identity, in *struct {
	RequestNamed
	Body AssignBody
}) (*shown[request.Request], error) {
	req, err := s.Engine.Reviews().Assign(ctx, by, in.ID, in.Body.Person, in.Body.Reason)
	return &shown[request.Request]{Body: req}, err
}

func (s *server) remind(ctx context.Context, by request.Identity, in *struct {
	RequestNamed
	Body ReasonBody
}) (*shown[request.Request], error) {
	req, err := s.Engine.Reviews().Remind(ctx, by, in.ID, in.Body.Reason)
	return &shown[request.Request]{Body: req}, err
}

// EmergencyReviewBody says whether access was an emergency.
type EmergencyReviewBody struct {
	Verdict request.Verdict `json:"verdict" enum:"JUSTIFIED,NOT_JUSTIFIED"`
	Note    string          `json:"note" doc:"What was looked at, and what follows"`
}

func (s *server) emergencies(ctx context.Context, by request.Identity, in *struct {
	Paged
	Verdict request.Verdict `query:"verdict" enum:"UNREVIEWED,JUSTIFIED,NOT_JUSTIFIED" doc:"UNREVIEWED are those that wait for their review; all if it is missing"`
}) (*listed[request.Request], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := s.Engine.Reviews().Emergencies(ctx, by, in.Verdict, after, site.PageSize(in.Limit))
	if err != nil {
		return nil, err
	}
	return list(all, site.FormatCursor(next)), nil
}

func (s *server) reviewEmergency(ctx context.Context, by request.Identity, in *struct {
	RequestNamed
	Body EmergencyReviewBody
}) (*shown[request.Request], error) {
	req, err := s.Engine.Reviews().ReviewEmergency(ctx, by, in.ID, in.Body.Verdict, in.Body.Note)
	return &shown[request.Request]{Body: req}, err
}

func (s *server) remarks(ctx context.Context, by request.Identity, in *struct {
	RequestNamed
	Paged
}) (*listed[request.Remark], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	all, next, err := s.Engine.Reviews().Remarks(ctx, by, in.ID, after, limit)
	if err != nil {
		return nil, err
	}
	if len(all) < limit {
		return list(all, ""), nil
	}
	return list(all, site.FormatCursor(next)), nil
}

func (s *server) remark(ctx context.Context, by request.Identity, in *struct {
	RequestNamed
	Body RemarkBody
}) (*shown[request.Remark], error) {
	made, err := s.Remark(ctx, by, in.ID, in.Body.Kind, in.Body.Text)
	if err == nil {
		s.Made(ctx, "/requests/"+url.PathEscape(string(in.ID))+"/remarks")
	}
	return &shown[request.Remark]{Body: made}, err
}

func (s *server) editAnswers(ctx context.Context, by request.Identity, in *struct {
	RequestNamed
	Body AnswersBody
}) (*shown[request.Request], error) {
	req, err := s.Engine.Reviews().Edit(ctx, by, in.ID, in.Body.Answers)
	return &shown[request.Request]{Body: req}, err
}

func (s *server) substitute(ctx context.Context, by request.Identity, _ *struct{}) (*shown[Substitutions], error) {
	mine, err := s.Engine.Substitutes().Mine(ctx, by)
	if err != nil {
		return nil, err
	}
	out := Substitutions{StandsFor: append([]request.Substitution{}, mine.StandsFor...)}
	if mine.Named.Substitute != "" {
		out.Named = &mine.Named
	}
	return &shown[Substitutions]{out}, nil
}

func (s *server) nameSubstitute(ctx context.Context, by request.Identity, in *struct{ Body SubstituteBody }) (*shown[request.Substitution], error) {
	b := in.Body
	named, err := s.Engine.Substitutes().Name(ctx, by, b.Substitute, b.From, b.Until, b.Reason)
	return &shown[request.Substitution]{Body: named}, err
}

func (s *server) endSubstitute(ctx context.Context, by request.Identity, in *struct {
	Person request.PersonID `path:"person" maxLength:"512"`
}) (*struct{}, error) {
	return nil, s.Engine.Substitutes().End(ctx, by, in.Person)
}
