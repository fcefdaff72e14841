package body

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/grantwright/grantwright/web/internal/site"
)

// Transformed turns the errors of huma, which are about the request, into
// problem documents like all others.
func Transformed(ctx huma.Context, _ string, body any) (any, error) {
	model, is := body.(*huma.ErrorModel)
	if !is {
		return body, nil
	}
	r, _ := humago.Unwrap(ctx)
	id := site.VisitOf(r.Context()).ID
	p := &site.Problem{ID: id, Status: model.Status, Code: "INVALID", Detail: site.Capital(model.Detail)}
	switch model.Status {
	case http.StatusRequestEntityTooLarge:
		p = site.ErrTooLarge.Complete()
		p.ID = id
		return p, nil
	case http.StatusBadRequest:
		p.Code = "BODY"
	}
	for _, d := range model.Errors {
		p.Errors = append(p.Errors, faultOf(d))
	}
	return p.Complete(), nil
}

// faultOf reads where huma found a fault, such as body.answers.purpose.
func faultOf(d *huma.ErrorDetail) site.Fault {
	where, field, _ := strings.Cut(d.Location, ".")
	switch {
	case where == "path" || where == "query":
		return site.Fault{Parameter: field, Detail: d.Message}
	case where == "header":
		return site.Fault{Header: field, Detail: d.Message}
	case field == "" && strings.HasPrefix(d.Message, "#/"): // an error of ReadJSON
		at, reason, _ := strings.Cut(d.Message, " ")
		return site.Fault{Pointer: at, Detail: reason}
	case field == "":
		return site.Fault{Pointer: "#", Detail: d.Message}
	}
	return site.Fault{Pointer: site.Pointer(field), Detail: d.Message}
}
