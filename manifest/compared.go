package manifest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/comparison"
)

// maxCompared bounds the time in which changes are compared with what stands. What comes
// later is not decided.
const maxCompared = 10 * time.Second

// Compared adds to differences what each flow and guardrail that changes lets through, and
// each attachment of another flow, or of a form with another flow of its own. It is shown
// whatever is answered: the questions of forms are not asked.
func Compared(ctx context.Context, stored, want Definitions, all Differences) (Differences, error) {
	within, cancel := context.WithTimeout(ctx, maxCompared)
	defer cancel()
	all = slices.Clone(all)
	for i, d := range all {
		found, compares, err := d.compare(within, stored, want)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case within.Err() != nil && compares:
			all[i].Lets = []string{"not decided: there is too much to compare at once"}
		case err == nil && compares: // a flow that does not compile is refused where it is applied
			all[i].Lets = found.Lines()
		}
	}
	return all, nil
}

// compare compares one thing that differs with what it was; false where it lets nothing
// through by its kind.
func (d Difference) compare(ctx context.Context, stored, want Definitions) (found comparison.Comparison, compares bool, err error) {
	switch d.What {
	case FlowDefinition.Singular():
		is := one(want.Flows, d.Name, func(f review.Flow) string { return string(f.Name) })
		was := one(stored.Flows, d.Name, func(f review.Flow) string { return string(f.Name) })
		if is == nil {
			return found, false, nil
		}
		if was == nil {
			found, err = comparison.Approvals(ctx, *is)
			return found, true, err
		}
		found, err = comparison.Flows(ctx, *was, *is)
		return found, true, err
	case GuardrailDefinition.Singular():
		is := one(want.Guardrails, d.Name, func(g review.Guardrail) string { return string(g.Name) })
		was := one(stored.Guardrails, d.Name, func(g review.Guardrail) string { return string(g.Name) })
		if was == nil {
			return found, false, nil
		}
		if is == nil {
			return gone(*was), true, nil
		}
		found, err = comparison.Guardrails(ctx, *was, *is)
		return found, true, err
	case FormDefinition.Singular():
		return d.compareForm(ctx, stored, want)
	case AttachmentDefinition.Singular():
		return d.compareAttached(ctx, stored, want)
	}
	return found, false, nil
}

// compareForm compares the flow of a form's own with the one that it had. Where there is none,
// the flow of the asset is asked at once.
func (d Difference) compareForm(ctx context.Context, stored, want Definitions) (found comparison.Comparison, compares bool, err error) {
	own := func(all Definitions) review.Flow {
		form := one(all.Forms, d.Name, func(f request.Form) string { return string(f.Name) })
		if form == nil {
			return passesOn
		}
		flow := one(all.Flows, string(form.Flow), func(f review.Flow) string { return string(f.Name) })
		if flow == nil {
			return passesOn
		}
		return *flow
	}
	was, is := own(stored), own(want)
	if was.Name == is.Name {
		return found, false, nil // a flow that itself changes is compared by its name
	}
	found, err = comparison.Flows(ctx, was, is)
	return found, true, err
}

// passesOn is what a form without a flow of its own amounts to.
var passesOn = review.Flow{Name: "the flow of the asset", Default: review.Action{Act: review.Delegate}}

// compareAttached compares the flow that decides somewhere with the one that did: set there
// or above. Where none did, it says what the new one approves.
func (d Difference) compareAttached(ctx context.Context, stored, want Definitions) (found comparison.Comparison, compares bool, err error) {
	named := func(a request.Attachment) string { return a.Key() }
	at := cmp.Or(one(want.Attachments, d.Name, named), one(stored.Attachments, d.Name, named))
	if at == nil {
		return found, false, nil
	}
	before, changed := firstApart(stored.decide(*at), want.decide(*at))
	switch {
	case changed == nil:
		return found, false, nil // a flow that itself changes is compared by its name
	case before == nil:
		found, err = comparison.Approvals(ctx, *changed)
	default:
		found, err = comparison.Flows(ctx, *before, *changed)
	}
	return found, true, err
}

// firstApart are the first flows in which two lists of those that decide one after another
// differ; nil where one has no more.
func firstApart(before, changed []*review.Flow) (was, is *review.Flow) {
	at := func(all []*review.Flow, i int) *review.Flow {
		if i < len(all) {
			return all[i]
		}
		return nil
	}
	for i := range max(len(before), len(changed)) {
		if was, is = at(before, i), at(changed, i); was == nil || is == nil || was.Name != is.Name {
			return was, is
		}
	}
	return nil, nil
}

// decide are the flows that are asked one after another at the place of an attachment about
// requests of its type: of the form there, and of the place itself.
func (d Definitions) decide(at request.Attachment) (flows []*review.Flow) {
	around := slices.DeleteFunc(slices.Clone(d.Attachments), func(a request.Attachment) bool { return !a.At.Covers(at.At) })
	slices.SortStableFunc(around, func(a, b request.Attachment) int { return len(b.At) - len(a.At) }) // the nearest first
	resolved := request.Resolve(at.Type, around)
	var form request.Form
	if f := one(d.Forms, string(resolved.Form), func(f request.Form) string { return string(f.Name) }); f != nil {
		form = *f
	}
	for _, name := range resolved.Flows(form) {
		if flow := one(d.Flows, string(name), func(f review.Flow) string { return string(f.Name) }); flow != nil {
			flows = append(flows, flow)
		}
	}
	return flows
}

// gone says that nothing is prevented any more by a guardrail.
func gone(g review.Guardrail) comparison.Comparison {
	c := comparison.Comparison{}
	for _, at := range g.At {
		c.Ways = append(c.Ways, comparison.Way{Kind: comparison.Allows, Rule: "guardrail " + string(g.Name), Says: fmt.Sprintf("no longer prevents anything at %s", at)})
	}
	return c
}

// one finds what has a name; nil if there is nothing.
func one[T any](all []T, name string, of func(T) string) *T {
	i := slices.IndexFunc(all, func(v T) bool { return of(v) == name })
	if i < 0 {
		return nil
	}
	return &all[i]
}
