package governance

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// AnyKind is a Kind of any types.
type AnyKind interface {
	builtIn(n records.DefinitionNeed) bool
	users(ctx context.Context, d *Revision, n records.DefinitionNeed, found func(user string) error) error
	alterations(gov *Governance) []Alteration

	// These do for all definitions of the kind what is done for many kinds at once.
	read(ctx context.Context, gov *Governance, all *manifest.Definitions) error
	check(ctx context.Context, gov *Governance, want manifest.Definitions) error
	saveAll(ctx context.Context, d *Revision, want manifest.Definitions, based map[named]int) error
	removeAll(ctx context.Context, d *Revision, differences manifest.Differences) error
	digests(of manifest.Definitions) (map[string]records.Said, error)
	furnishing(ctx context.Context, gov *Governance, file, stored manifest.Definitions) (said, error)
}

// Kinds are all kinds of definitions: those that others name come first.
func Kinds() []AnyKind {
	return []AnyKind{&Agreements, &Flows, &Forms, &Guardrails, &Classifications, &Masks, &Attachments}
}

func (k *Kind[N, T]) users(ctx context.Context, d *Revision, n records.DefinitionNeed, found func(user string) error) error {
	if k.Users == nil || n.Kind != k.File.Kind {
		return nil
	}
	return k.Users(ctx, d, N(n.Name), found)
}

func (k *Kind[N, T]) read(ctx context.Context, gov *Governance, all *manifest.Definitions) error {
	var list []T
	for after := N(""); ; {
		page, err := k.List(ctx, gov, after, store.MaxPage)
		if err != nil {
			return err
		}
		if list = append(list, page...); len(page) < store.MaxPage {
			return k.File.Put(all, list)
		}
		after = k.name(page[len(page)-1])
	}
}

func (k *Kind[N, T]) check(ctx context.Context, gov *Governance, want manifest.Definitions) error {
	list, err := k.File.List(want)
	faults, seen := []error{err}, map[N]bool{}
	for i, v := range list {
		if name := k.name(v); seen[name] {
			faults = append(faults, &request.InvalidError{What: "definitions", Faults: []request.Fault{{Field: fmt.Sprintf("%s[%d]", k.File.Kind, i), Reason: fmt.Sprintf("%q is there already", name)}}})
		}
		seen[k.name(v)] = true
		faults = append(faults, k.where(v, k.Check(ctx, gov, v)))
	}
	return errors.Join(faults...)
}

// where says which of many definitions an error is about, if its kind says so.
func (k *Kind[N, T]) where(v T, err error) error {
	if err == nil || k.Where == nil {
		return err
	}
	return fmt.Errorf("%s: %w", k.Where(v), err)
}

// saveAll saves those that differ, on top of the versions that they are based on.
func (k *Kind[N, T]) saveAll(ctx context.Context, d *Revision, want manifest.Definitions, based map[named]int) error {
	list, err := k.File.List(want)
	for _, v := range list {
		if base, differs := based[named{k.word(), string(k.name(v))}]; err == nil && differs {
			_, err = k.save(ctx, d, v, base)
			err = k.where(v, err)
		}
	}
	return err
}

func (k *Kind[N, T]) removeAll(ctx context.Context, d *Revision, differences manifest.Differences) error {
	for _, one := range differences {
		if one.What != k.word() || one.How != manifest.Removed {
			continue
		}
		if err := k.remove(ctx, d, N(one.Name), one.Based); err != nil {
			return err
		}
	}
	return nil
}
