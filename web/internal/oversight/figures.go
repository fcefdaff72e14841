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
	serve(s, http.MethodGet, "/definitions/owned", "owned-definitions", "What a configuration file keeps for itself, and what of it is stored otherwise",
		"Takes GOVERNANCE or AUDIT. Single acts on it are refused with 409.", s.owned)
}

// Ownership is what a configuration file keeps for itself.
type Ownership struct {
	File string  `json:"file" doc:"The name that it gives itself; empty: no file keeps anything"`
	All  []Owned `json:"all" nullable:"false" doc:"By kind and name"`
}

// Owned is a connection or a definition that the file keeps.
type Owned struct {
	What    string `json:"what" example:"flow"`
	Name    string `json:"name"`
	Differs bool   `json:"differs,omitempty" doc:"What is stored is not what the file said when it was carried out last"`
}

func (s *server) owned(ctx context.Context, by request.Identity, _ *struct{}) (*shown[Ownership], error) {
	found, err := s.Engine.Governance().Owned(ctx, by)
	if err != nil {
		return nil, err
	}
	out := Ownership{File: found.File, All: make([]Owned, len(found.All))}
	for i, one := range found.All {
		out.All[i] = Owned(one)
	}
	return &shown[Ownership]{out}, nil
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
