package web

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// transformed turns the errors of huma, which are about what was sent, into
// problem documents like all others.
func transformed(_ huma.Context, _ string, body any) (any, error) {
	model, is := body.(*huma.ErrorModel)
	if !is {
		return body, nil
	}
	p := &Problem{Status: model.Status, Code: "INVALID", Detail: capital(model.Detail)}
	switch model.Status {
	case http.StatusRequestEntityTooLarge:
		return errTooLarge.complete(), nil
	case http.StatusBadRequest:
		p.Code = "BODY"
	}
	for _, d := range model.Errors {
		p.Errors = append(p.Errors, faultOf(d))
	}
	return p.complete(), nil
}

// faultOf reads where huma found a fault, such as body.answers.purpose.
func faultOf(d *huma.ErrorDetail) Fault {
	where, field, _ := strings.Cut(d.Location, ".")
	switch {
	case where == "path" || where == "query":
		return Fault{Parameter: field, Detail: d.Message}
	case where == "header":
		return Fault{Header: field, Detail: d.Message}
	case field == "" && strings.HasPrefix(d.Message, "#/"): // as readJSON says it
		at, reason, _ := strings.Cut(d.Message, " ")
		return Fault{Pointer: at, Detail: reason}
	case field == "":
		return Fault{Pointer: "#", Detail: d.Message}
	}
	return Fault{Pointer: pointer(field), Detail: d.Message}
}
