package governance

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
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
	if err := gov.withAround(ctx, differences, &stored, &want); err != nil {
		return nil, err
	}
	for _, attached := range slices.Concat(stored.Attachments, want.Attachments) {
		if err := Forms.beside(ctx, gov, attached.Form, &stored, &want); err != nil {
			return nil, err
		}
		if err := Flows.beside(ctx, gov, attached.Flow, &stored, &want); err != nil {
			return nil, err
		}
	}
	for _, form := range slices.Concat(stored.Forms, want.Forms) {
		if err := Flows.beside(ctx, gov, form.Flow, &stored, &want); err != nil {
			return nil, err
		}
	}
	return manifest.Compared(ctx, stored, want, differences)
}

// withAround adds what is attached around the places of attachments that differ, where that
// stays as it is: who decides there has decided within them, and does where nothing nearer is
// set.
func (gov *Governance) withAround(ctx context.Context, differences manifest.Differences, stored, want *manifest.Definitions) error {
	known := map[string]bool{}
	for _, a := range slices.Concat(stored.Attachments, want.Attachments) {
		known[a.Key()] = true
	}
	var around []string
	for _, one := range differences {
		if one.What != manifest.AttachmentDefinition.Singular() {
			continue
		}
		a := Attachments.Unset(one.Name)
		for _, at := range a.At.Lineage() {
			if key := (request.Attachment{At: at, Type: a.Type}).Key(); !known[key] {
				known[key] = true
				around = append(around, key)
			}
		}
	}
	for some := range slices.Chunk(around, store.MaxPage) {
		read, err := journal.Values(records.Attachments.Some(ctx, gov.Store, some...))
		if err != nil {
			return err
		}
		stored.Attachments, want.Attachments = append(slices.Clip(stored.Attachments), read...), append(slices.Clip(want.Attachments), read...)
	}
	return nil
}

// beside adds what stands under a name to definitions that do not hold it at all.
func (k *Kind[N, T]) beside(ctx context.Context, gov *Governance, name N, stored, want *manifest.Definitions) error {
	was, failed := k.File.List(*stored)
	is, err := k.File.List(*want)
	if err := errors.Join(failed, err); err != nil {
		return err
	}
	if name == "" || slices.ContainsFunc(slices.Concat(was, is), func(v T) bool { return k.name(v) == name }) {
		return nil
	}
	v, err := k.Newest(ctx, gov, name)
	if err != nil {
		return journal.UnlessMissing(err)
	}
	return errors.Join(k.File.Put(stored, append(slices.Clip(was), v)), k.File.Put(want, append(slices.Clip(is), v)))
}
