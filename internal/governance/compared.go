package governance

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// defining is an alteration of definitions: those that stand, and those that it wants.
type defining interface {
	between(ctx context.Context) (stored, want manifest.Definitions, err error)
}

// compared are the differences of an alteration, with what they let through.
func (gov *Governance) compared(ctx context.Context, a Alteration) (manifest.Differences, error) {
	c, is := a.(defining)
	if !is {
		return a.Differences(ctx)
	}
	stored, want, err := c.between(ctx)
	if err != nil {
		return nil, err
	}
	differences := manifest.Diff(stored, want)
	for _, attached := range slices.Concat(stored.Attachments, want.Attachments) {
		if err := gov.withFlow(ctx, attached.Flow, &stored, &want); err != nil {
			return nil, err
		}
	}
	return manifest.Compared(ctx, stored, want, differences)
}

// withFlow adds a flow that is attached to definitions that hold no flows at all.
func (gov *Governance) withFlow(ctx context.Context, name request.FlowName, stored, want *manifest.Definitions) error {
	if name == "" || slices.ContainsFunc(slices.Concat(stored.Flows, want.Flows), func(f review.Flow) bool { return f.Name == name }) {
		return nil
	}
	f, err := Flows.Newest(ctx, gov, name)
	if err != nil {
		return journal.UnlessMissing(err)
	}
	stored.Flows, want.Flows = append(slices.Clip(stored.Flows), f), append(slices.Clip(want.Flows), f)
	return nil
}
