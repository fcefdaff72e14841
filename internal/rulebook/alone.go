package rulebook

import (
	"context"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// AddAlone adds to facts who has changed alone, without a second person, what holds for an
// asset: guardrails, masks, classifications, mappings and where its connection leads, and the attachments that lead to
// the form and the flow of a request, or that would if they were still there. Of a request
// whose flows are pinned from is nil: its review holds its attachments.
func (r *Rulebook) AddAlone(ctx context.Context, f *review.Facts, a catalog.Asset, from *request.Resolved) error {
	all, err := records.Alones.Some(ctx, r.Store, a.Ref.Lineage()...)
	for _, place := range all {
		for _, c := range place.Value.Changes {
			one := review.Alone{What: fmt.Sprintf("%s at %s", c.Kind.Singular(), place.Value.At), By: c.By}
			switch c.Kind {
			case records.Many:
				one.What = fmt.Sprintf("many things at %s", place.Value.At)
			case records.Mapping:
				one.What = fmt.Sprintf("who is who on %s", place.Value.At)
			case records.Leading:
				one.What = fmt.Sprintf("where %s leads", place.Value.At)
			case manifest.ClassificationDefinition:
				one.Tags = true
			case manifest.AttachmentDefinition:
				if one.Pinned = true; from == nil || !strings.HasPrefix(c.Name, f.Request.Type+" ") || beyond(place.Value.At, from.FlowFrom, from.FormFrom) {
					continue
				}
			}
			f.Alone = append(f.Alone, one)
		}
	}
	return err
}

// beyond reports whether something nearer than a place sets the flow, and the form if any
// does: what is set there leads to neither.
func beyond(at, flow, form catalog.Ref) bool {
	above := func(nearer catalog.Ref) bool { return nearer != at && at.Covers(nearer) }
	return flow != "" && above(flow) && (form == "" || above(form))
}

// addClassifiers adds who has classified alone, without a second person.
func addClassifiers(f *review.Facts, said Classified) {
	for _, c := range said {
		if c.AgreedBy == "" && c.SavedBy != "" {
			f.Alone = append(f.Alone, review.Alone{What: "the classification of " + string(c.At), By: request.PersonID(c.SavedBy), Tags: true})
		}
	}
}
