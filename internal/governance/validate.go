package governance

import (
	"context"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// flowNewsOf is the payload of a flow that was saved.
func flowNewsOf(f review.Flow) event.Flow {
	news := event.Flow{Name: f.Name, Version: f.Version}
	found, _ := review.Lint(f) // it compiles, and what cannot be looked at has no warnings
	for _, w := range found {
		news.Warnings = append(news.Warnings, string(w.Code))
	}
	return news
}

// maxUses bounds how many places a lint looks at where a flow is used.
const maxUses = 100

// FormsWith finds the forms that a flow is used with now: those that name it, and
// those that hold where it is attached.
func (gov *Governance) FormsWith(ctx context.Context, flow request.FlowName) ([]request.Form, error) {
	names := map[request.FormName]bool{}
	naming, err := records.DefinitionsNeeding.Find(ctx, gov.Store, rulebook.FlowNamed(flow).Key(), store.Position{}, maxUses)
	if err != nil {
		return nil, err
	}
	for _, n := range naming {
		names[request.FormName(n.Value.Name)] = n.Value.Kind == manifest.FormDefinition && !n.Value.Deleted
	}
	attached, err := records.AttachmentsNaming.Find(ctx, gov.Store, rulebook.FlowNamed(flow).Key(), store.Position{}, maxUses)
	if err != nil {
		return nil, err
	}
	for _, a := range attached {
		entry, err := gov.Rules.Entry(ctx, catalog.Asset{Ref: a.Value.At}, a.Value.Type)
		if err != nil {
			return nil, err
		}
		names[entry.Form.Name] = true
	}
	var forms []request.Form
	for name, uses := range names {
		if !uses {
			continue
		}
		form, err := gov.Rules.Form(ctx, name)
		if err != nil {
			return nil, err
		}
		forms = append(forms, form)
	}
	slices.SortFunc(forms, func(a, b request.Form) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return forms, nil
}
