package governance

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
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
	if err := gov.withAround(ctx, &stored, &want); err != nil {
		return nil, err
	}
	for _, attached := range slices.Concat(stored.Attachments, want.Attachments) {
		if err := gov.withFlow(ctx, attached.Flow, &stored, &want); err != nil {
			return nil, err
		}
	}
	return manifest.Compared(ctx, stored, want, differences)
}

// withAround adds what is attached around the places of definitions, where that stays as it
// is: who decides there has decided within them, and does where nothing nearer is set.
func (gov *Governance) withAround(ctx context.Context, stored, want *manifest.Definitions) error {
	altered := slices.Concat(stored.Attachments, want.Attachments)
	known := map[string]bool{}
	for _, a := range altered {
		known[a.Key()] = true
	}
	for _, a := range altered {
		for _, at := range a.At.Lineage() {
			key := request.Attachment{At: at, Type: a.Type}.Key()
			if known[key] {
				continue
			}
			known[key] = true
			around, err := Attachments.Newest(ctx, gov, key)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			stored.Attachments, want.Attachments = append(slices.Clip(stored.Attachments), around), append(slices.Clip(want.Attachments), around)
		}
	}
	return nil
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
