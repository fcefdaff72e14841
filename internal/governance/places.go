package governance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// maxLookedThrough bounds the pages of assets in which the columns of a mask are looked for.
// Where there are more, nothing is said of what was not found.
const maxLookedThrough = 20

// WarnInDifferences adds to differences what is most likely not meant in those that are
// added or changed: flows whose stewards nobody knows, places where nothing is, masks of
// columns that nothing has.
func (gov *Governance) WarnInDifferences(ctx context.Context, all manifest.Differences, want manifest.Definitions) manifest.Differences {
	for i, d := range all {
		if d.How == manifest.Removed {
			continue
		}
		found, err := gov.warningsOf(ctx, d, want)
		if err != nil {
			gov.Logger.WarnContext(ctx, "it is not known whether a change is likely meant", "what", d.What, "name", d.Name, "error", err)
		}
		for _, w := range found {
			all[i].Warnings = append(all[i].Warnings, w.String())
		}
	}
	return all
}

func (gov *Governance) warningsOf(ctx context.Context, d manifest.Difference, want manifest.Definitions) ([]review.Warning, error) {
	switch manifest.DefinitionKind(d.What + "s") {
	case manifest.FlowDefinition:
		for _, f := range oneOf(want.Flows, d.Name, func(f review.Flow) string { return string(f.Name) }) {
			return gov.WarnOfStewards(ctx, f), nil
		}
	case manifest.AttachmentDefinition:
		return gov.warnOfPlaces(ctx, Attachments.Unset(d.Name).At)
	case manifest.ClassificationDefinition:
		return gov.warnOfPlaces(ctx, catalog.Ref(d.Name))
	case manifest.GuardrailDefinition:
		var at []catalog.Ref
		for _, g := range oneOf(want.Guardrails, d.Name, func(g review.Guardrail) string { return string(g.Name) }) {
			at = append(at, g.At...)
		}
		return gov.warnOfPlaces(ctx, at...)
	case manifest.MaskDefinition:
		for _, m := range oneOf(want.Masks, d.Name, func(m catalog.Mask) string { return m.Name }) {
			return gov.warnOfMask(ctx, m)
		}
	}
	return nil, nil
}

// oneOf is the definition of a name, or none.
func oneOf[T any](all []T, name string, of func(T) string) []T {
	i := slices.IndexFunc(all, func(v T) bool { return of(v) == name })
	if i < 0 {
		return nil
	}
	return all[i : i+1]
}

// warnOfPlaces warns of places at which no asset is. Connections are known, or refused.
func (gov *Governance) warnOfPlaces(ctx context.Context, places ...catalog.Ref) (all []review.Warning, err error) {
	warn := func(text string) { all = append(all, review.Warning{Code: review.NothingThere, Text: text}) }
	for _, at := range places {
		if len(at.Path()) == 0 {
			continue
		}
		a, err := gov.Rules.Inventory.Asset(ctx, at)
		switch {
		case errors.Is(err, catalog.ErrNotFound):
			warn(fmt.Sprintf("nothing is known at %s: this holds only once an asset is there", at))
		case err != nil:
			return all, err
		case !a.Gone.IsZero():
			warn(fmt.Sprintf("%s is gone from the platform: this holds only once it is there again", at))
		}
	}
	return all, nil
}

// warnOfMask warns of a mask at a place where nothing is, of a view that is not there, and of
// columns and tags that nothing has at the place and below.
func (gov *Governance) warnOfMask(ctx context.Context, m catalog.Mask) ([]review.Warning, error) {
	places := []catalog.Ref{m.At}
	if m.View != "" {
		places = append(places, m.View)
	}
	all, err := gov.warnOfPlaces(ctx, places...)
	if err != nil || len(all) > 0 || len(m.Columns)+len(m.Tags) == 0 {
		return all, err
	}
	looked, err := gov.lookForColumns(ctx, m)
	if err != nil || !looked.through {
		return nil, err
	}
	if len(looked.columns) > 0 {
		all = append(all, review.Warning{Code: review.NoSuchColumn, Text: fmt.Sprintf("nothing at or below %s has a column named %s", m.At, listed(looked.columns))})
	}
	if len(looked.tags) > 0 {
		all = append(all, review.Warning{Code: review.NoSuchColumn, Text: fmt.Sprintf("no column at or below %s is classified as %s", m.At, listed(looked.tags))})
	}
	return all, nil
}

// lookedFor are the columns and tags of a mask that were not found yet.
type lookedFor struct {
	columns, tags []string
	through       bool // all assets were looked at, or everything was found
}

// lookForColumns looks through the assets at and below the place of a mask.
func (gov *Governance) lookForColumns(ctx context.Context, m catalog.Mask) (lookedFor, error) {
	left := lookedFor{columns: slices.Clone(m.Columns), tags: slices.Clone(m.Tags)}
	if len(m.At.Path()) > 0 {
		a, err := gov.Rules.Inventory.Asset(ctx, m.At)
		if err != nil {
			return left, err
		}
		if err := gov.strike(ctx, &left, []catalog.Asset{a}); err != nil || !a.Kind.Container() {
			left.through = true
			return left, err
		}
	}
	q := catalog.Query{Below: m.At}
	for range maxLookedThrough {
		page, err := gov.Rules.Inventory.Search(ctx, q)
		if err != nil {
			return left, err
		}
		if err := gov.strike(ctx, &left, page); err != nil {
			return left, err
		}
		if left.through = len(page) < catalog.MaxPage || len(left.columns)+len(left.tags) == 0; left.through {
			return left, nil
		}
		q.After = page[len(page)-1].Ref
	}
	return left, nil
}

// strike strikes what some assets have from what is looked for.
func (gov *Governance) strike(ctx context.Context, left *lookedFor, assets []catalog.Asset) error {
	has := map[string]bool{}
	for _, a := range assets {
		for _, c := range a.Columns {
			has[c.Name] = true
		}
	}
	left.columns = slices.DeleteFunc(left.columns, func(name string) bool { return has[name] })
	if len(left.tags) == 0 {
		return nil
	}
	said, err := gov.Rules.ClassifiedWith(ctx, assets)
	for _, a := range assets {
		tags := said.Of(a).TagsOf()
		left.tags = slices.DeleteFunc(left.tags, func(tag string) bool { return slices.Contains(tags, tag) })
	}
	return err
}

// warnOfFlow warns of what is dangerous in a flow, with the forms that it is used with now, and
// of selectors that nobody is behind.
func (gov *Governance) warnOfFlow(ctx context.Context, f review.Flow) ([]review.Warning, error) {
	forms, err := gov.FormsWith(ctx, f.Name)
	if err != nil {
		return nil, err
	}
	found, err := review.Lint(f, forms...)
	return append(found, gov.WarnOfStewards(ctx, f)...), err
}

// warnOfStewardsOf warns of selectors, of a flow by its name, that nobody is behind.
func (gov *Governance) warnOfStewardsOf(ctx context.Context, name request.FlowName) ([]review.Warning, error) {
	if name == "" {
		return nil, nil
	}
	f, err := gov.Rules.Flow(ctx, name)
	if err != nil {
		return nil, err
	}
	return gov.WarnOfStewards(ctx, f), nil
}

// warnOfAttachment warns of a place where nothing is, and of a flow that nobody is behind.
func (gov *Governance) warnOfAttachment(ctx context.Context, a request.Attachment) ([]review.Warning, error) {
	places, err := gov.warnOfPlaces(ctx, a.At)
	if err != nil {
		return nil, err
	}
	stewards, err := gov.warnOfStewardsOf(ctx, a.Flow)
	return append(places, stewards...), err
}

// wantedBy are the definitions that an alteration wants.
func wantedBy(ctx context.Context, a Alteration) (want manifest.Definitions, err error) {
	if c, is := a.(defining); is {
		_, want, err = c.between(ctx)
	}
	return want, err
}

// attachedBy are the attachments that an alteration sets, and that name a flow.
func attachedBy(a Alteration) (all []request.Attachment) {
	switch a := a.(type) {
	case *saving[string, request.Attachment]:
		all = []request.Attachment{a.value}
	case *Application:
		all = a.Changed.Attachments
	case *Furnishing:
		all = a.Changed.Attachments
	}
	return slices.DeleteFunc(slices.Clone(all), func(a request.Attachment) bool { return a.Flow == "" })
}
