package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/once"
	"github.com/grantwright/grantwright/web/internal/site"
)

const yamlKind = "application/yaml" // RFC 9512

// DefinitionsBody holds all definitions as YAML.
type DefinitionsBody struct {
	Text string `json:"text" doc:"All that is to be defined, as GET /definitions returns it: what is not in it goes"`
}

// AppliedBody holds all definitions as YAML, and what was seen of their effect.
type AppliedBody struct {
	DefinitionsBody
	Reviewed string `json:"reviewed" maxLength:"200" doc:"The hash of the changes that diff-definitions has returned: with others by now, the answer is 409"`
}

// Changes are the changes that definitions would make.
type Changes struct {
	Changes []manifest.Difference `json:"changes" nullable:"false"`
	Hash    string                `json:"hash" doc:"Of the changes, for apply-definitions"`
}

// exported is the answer with all definitions.
type exported struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *server) routeDefinitions() {
	serve(s, http.MethodGet, "/definitions", "export-definitions", "All that governance defines, as YAML", s.exportDefinitions, described("Takes GOVERNANCE or AUDIT."), func(op *huma.Operation) {
		op.Responses["200"] = &huma.Response{Description: "The definitions", Content: map[string]*huma.MediaType{yamlKind: {Schema: &huma.Schema{Type: huma.TypeString}}}}
	})
	serve(s, http.MethodPost, "/definitions/diff", "diff-definitions", "Say in what definitions differ from those that are stored, and what that would let through", s.diffDefinitions, once.Reads, described("Takes GOVERNANCE or AUDIT. Nothing is saved."))
	serve(s, http.MethodPost, "/definitions/apply", "apply-definitions", "Bring all definitions to those of a text in one go, or change nothing", s.applyDefinitions, s.takesTwo, described("Takes GOVERNANCE."))
}

func (s *server) exportDefinitions(ctx context.Context, by request.Identity, _ *struct{}) (*exported, error) {
	all, err := s.Engine.Governance().Export(ctx, by)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = manifest.Export(&text, all)
	return &exported{yamlKind, text.Bytes()}, err
}

func (s *server) diffDefinitions(ctx context.Context, by request.Identity, in *struct{ Body DefinitionsBody }) (*shown[Changes], error) {
	want, err := s.wantedIn(ctx, by, in.Body.Text)
	if err != nil {
		return nil, err
	}
	found, err := s.Engine.Governance().Diff(ctx, by, want)
	return &shown[Changes]{Changes{append([]manifest.Difference{}, found...), found.Hash()}}, err
}

func (s *server) applyDefinitions(ctx context.Context, by request.Identity, in *struct{ Body AppliedBody }) (*shown[Changes], error) {
	want, err := s.wantedIn(ctx, by, in.Body.Text)
	if err != nil {
		return nil, err
	}
	done, err := s.Engine.Governance().Apply(ctx, by, want, in.Body.Reviewed)
	return &shown[Changes]{Changes{append([]manifest.Difference{}, done...), done.Hash()}}, err
}

// wantedIn reads the definitions of a text. Whoever may not read those that are stored is
// refused first.
func (s *server) wantedIn(ctx context.Context, by request.Identity, text string) (manifest.Definitions, error) {
	stored, err := s.Engine.Governance().Export(ctx, by)
	if err != nil {
		return stored, err
	}
	file, err := manifest.ReadOnto("text", strings.NewReader(text), stored)
	if faults := (*manifest.Error)(nil); errors.As(err, &faults) {
		invalid := &request.InvalidError{What: "definitions"}
		for _, f := range faults.Faults {
			invalid.Faults = append(invalid.Faults, request.Fault{Field: "text", Reason: fmt.Sprintf("line %d, column %d: %s", f.Line, f.Column, strings.TrimSpace(f.Field+" "+f.Reason))})
		}
		return stored, invalid
	}
	if err == nil && len(file.Connections)+len(file.People)+len(file.Assets) > 0 {
		err = site.Invalid("definitions", "text", "holds connections, people or assets; here is what governance defines only")
	}
	if err != nil {
		return stored, err
	}
	return file.Definitions(), nil
}
