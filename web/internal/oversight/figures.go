package oversight

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
)

// Figures are the counts of the log.
type Figures struct {
	Days   []event.Tally `json:"days" nullable:"false" doc:"Today first; days on which nothing happened are left out"`
	Behind int64         `json:"behind" doc:"How many events are not counted so far"`
}

func (s *server) routeFigures() {
	serve(s, http.MethodGet, "/figures", "figures", "How often something happened on each of the last days",
		"Takes GOVERNANCE or AUDIT. It follows the log in the background.", s.figures)
}

func (s *server) figures(ctx context.Context, by request.Identity, in *struct {
	Days int `query:"days" minimum:"1" maximum:"500" default:"90" doc:"How many of the days on which something happened, at most"`
}) (*shown[Figures], error) {
	days, behind, err := s.Engine.Log().Tallies(ctx, by)
	if err != nil {
		return nil, err
	}
	return &shown[Figures]{Figures{append([]event.Tally{}, days[:min(len(days), in.Days)]...), behind}}, nil
}
