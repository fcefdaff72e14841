package api

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/route"
)

const scriptKind = "application/sql" // RFC 6922

// Setup lists the statements that an administrator of the platform runs once.
type Setup struct {
	Statements []provision.Statement `json:"statements" nullable:"false"`
}

// setupAnswer is the setup as JSON, or as a script.
type setupAnswer struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// setupForms documents the forms of the setup.
func (s *server) setupForms(op *huma.Operation) {
	op.Responses["200"] = &huma.Response{Description: "The statements; none once nothing is to be done", Content: map[string]*huma.MediaType{
		"application/json": {Schema: s.API.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Setup](), true, "")},
		scriptKind:         {Schema: &huma.Schema{Type: huma.TypeString}}}}
}

func (s *server) setup(ctx context.Context, by request.Identity, in *ConnectionNamed) (*setupAnswer, error) {
	kind := route.Kind(ctx)
	if kind != scriptKind {
		statements, err := s.Engine.Connections().Setup(ctx, by, in.Name)
		if err != nil {
			return nil, err
		}
		body, err := json.Marshal(Setup{append([]provision.Statement{}, statements...)})
		return &setupAnswer{kind, body}, err
	}
	script, err := s.Engine.Connections().SetupScript(ctx, by, in.Name)
	return &setupAnswer{kind + "; charset=utf-8", []byte(script)}, err
}
