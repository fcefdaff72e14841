package api

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/web/internal/once"
)

// AdviceReport says how review assist does.
type AdviceReport struct {
	Scope  string         `json:"scope" example:"connection/warehouse"`
	Months []assist.Score `json:"months" nullable:"false" doc:"The earliest first. Months in which people determined nothing are missing"`

	CalibrationError *float64 `json:"calibrationError,omitempty" doc:"Of all these months: by how much the chances were off, on average; missing where nothing was determined"`
	Brier            *float64 `json:"brier,omitempty" doc:"Of all these months: the mean of the squared errors of the chances; missing where nothing was determined"`
}

func (s *server) routeAssist() {
	serve(s, http.MethodPost, "/requests/{id}/advice", "advise", "How others have determined what is like a request, for whoever decides on it now", s.advise, once.Reads,
		described("For whoever may decide on it now. It decides nothing. That they were shown it, and when first, is kept. Answers 409 where administrators have switched it off on the connection."))
	serve(s, http.MethodGet, "/requests/{id}/advice", "shown-advice", "The advice that was shown of a request, and what those did who saw it", s.shownAdvice, described("For its data stewards, GOVERNANCE and AUDIT."))
	serve(s, http.MethodGet, "/advice", "advice-briefs", "The advice in short on some requests that you may decide on now", s.adviceBriefs,
		described("It is at most a minute behind. A request that is missing has none, or is not yours to decide on."))
	serve(s, http.MethodGet, "/advice/report", "advice-report", "How review assist does: agreement, calibration, and how long people look", s.adviceReport, described("Takes GOVERNANCE, AUDIT or ADMIN."))
	serve(s, http.MethodPost, "/advice/rebuild", "rebuild-advice", "Count all determinations anew from the log", s.rebuildAdvice, described("Takes ADMIN. Answers when it is done; until then, advice has less to go by."))
}

func (s *server) advise(ctx context.Context, by request.Identity, in *RequestNamed) (*shown[assist.Advice], error) {
	a, err := s.Engine.Assist().Advise(ctx, by, in.ID)
	return &shown[assist.Advice]{a}, err
}

func (s *server) shownAdvice(ctx context.Context, by request.Identity, in *RequestNamed) (*listed[assist.Shown], error) {
	all, err := s.Engine.Assist().Shown(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	return list(all, ""), nil
}

func (s *server) adviceBriefs(ctx context.Context, by request.Identity, in *struct {
	Requests []request.ID `query:"request,explode" required:"true" minItems:"1" maxItems:"100" doc:"Their ids, one parameter each"`
}) (*listed[assist.Brief], error) {
	found, err := s.Engine.Assist().Briefs(ctx, by, in.Requests...)
	if err != nil {
		return nil, err
	}
	var all []assist.Brief
	for _, id := range in.Requests {
		if b, is := found[id]; is {
			all = append(all, b)
		}
	}
	return list(all, ""), nil
}

func (s *server) adviceReport(ctx context.Context, by request.Identity, in *struct {
	Scope  string `query:"scope" maxLength:"300" default:"all" doc:"all, or that of a connection or a flow" example:"flow/default"`
	Months int    `query:"months" minimum:"1" maximum:"120" default:"12" doc:"The last so many"`
}) (*shown[AdviceReport], error) {
	months, err := s.Engine.Assist().Report(ctx, by, in.Scope, in.Months)
	if err != nil {
		return nil, err
	}
	out := AdviceReport{Scope: in.Scope, Months: append([]assist.Score{}, months...)}
	var sum assist.Score
	for _, m := range months {
		sum = sum.Sum(m)
	}
	if sum.Determined > 0 {
		off, brier := sum.CalibrationError(), sum.Brier()
		out.CalibrationError, out.Brier = &off, &brier
	}
	return &shown[AdviceReport]{out}, nil
}

func (s *server) rebuildAdvice(ctx context.Context, by request.Identity, _ *struct{}) (*struct{}, error) {
	return nil, s.Engine.Assist().Rebuild(ctx, by)
}
