package governance

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/store"
)

// owned is the record of what a file keeps for itself; its version is zero where there is none.
func (gov *Governance) owned(ctx context.Context) (store.Stored[records.Furnished], error) {
	read, err := records.Furnishings.Some(ctx, gov.Store, records.OwnedFurnished)
	if err != nil || len(read) == 0 {
		return store.Stored[records.Furnished]{}, err
	}
	return read[0], nil
}

// UnlessOwned refuses to change what a file keeps for itself, but as that file.
func (d *Revision) UnlessOwned(ctx context.Context, what, name string) error {
	if d.ofFile {
		return nil
	}
	read, err := d.governance.owned(ctx)
	if err != nil {
		return err
	}
	if _, is := read.Value.Said[records.OwnedKey(what, name)]; is && d.as != read.Value.File {
		return &manifest.OwnedError{What: what, Name: name, File: read.Value.File}
	}
	return nil
}

// OfFile lets the revision change what a file keeps for itself.
func (d *Revision) OfFile() { d.ofFile = true }

// own notes what a file keeps for itself from now on: all that it holds, if it says so, and
// else nothing.
func (d *Revision) own(ctx context.Context, file *manifest.File) error {
	read, err := d.governance.owned(ctx)
	if err != nil {
		return err
	}
	next := records.Furnished{What: records.OwnedFurnished, File: file.Owned, Said: map[string]records.Said{}}
	if file.Owned != "" {
		for _, c := range file.Connections {
			c.Technology = "" // another spelling of it is no difference
			next.Said[records.OwnedKey("connection", c.Name)] = records.Said{Digest: manifest.Digest(c)}
		}
		if next.Said, err = d.governance.digestsOf(file.Definitions(), next.Said); err != nil {
			return err
		}
	}
	switch {
	case file.Owned == "" && read.Version > 0:
		records.Furnishings.Delete(d.C, read)
	case file.Owned != "" && read.Version == 0:
		records.Furnishings.Insert(d.C, next)
	case file.Owned != "" && (read.Value.File != next.File || !maps.Equal(read.Value.Said, next.Said)):
		records.Furnishings.Update(d.C, read, next)
	}
	return nil
}

// ownAgain notes what a file keeps for itself where it is applied between two starts.
func (d *Revision) ownAgain(ctx context.Context, a *Application) error {
	read, err := d.governance.owned(ctx)
	if err != nil || a.Owned == "" || read.Value.File != a.Owned || d.ofFile {
		return err
	}
	next := read.Value
	if next.Said, err = d.governance.digestsOf(a.Changed, maps.Clone(next.Said)); err != nil {
		return err
	}
	for _, gone := range a.Removed {
		delete(next.Said, records.OwnedKey(gone.What, gone.Name))
	}
	if !maps.Equal(read.Value.Said, next.Said) {
		records.Furnishings.Update(d.C, read, next)
	}
	return nil
}

// digestsOf adds the digests of all definitions to some others.
func (gov *Governance) digestsOf(of manifest.Definitions, all map[string]records.Said) (map[string]records.Said, error) {
	for _, k := range gov.Kinds {
		digests, err := k.digests(of)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, digests)
	}
	return all, nil
}

// digests are those of some definitions of the kind, by their keys.
func (k *Kind[N, T]) digests(of manifest.Definitions) (map[string]records.Said, error) {
	all := map[string]records.Said{}
	list, err := k.File.List(of)
	for _, v := range list {
		all[records.OwnedKey(k.word(), string(k.name(v)))] = records.Said{Digest: manifest.Digest(v)}
	}
	return all, err
}

// Owned is what a file keeps for itself, by kind and name, and whether what is stored differs.
func (gov *Governance) Owned(ctx context.Context) (o manifest.Ownership, err error) {
	read, err := gov.owned(ctx)
	if err != nil || read.Version == 0 {
		return o, err
	}
	stored, err := gov.Definitions(ctx)
	if err != nil {
		return o, err
	}
	now, err := gov.digestsOf(stored, map[string]records.Said{})
	if err != nil {
		return o, err
	}
	o.File = read.Value.File
	for _, key := range slices.Sorted(maps.Keys(read.Value.Said)) {
		what, name, _ := strings.Cut(key, "/")
		one := manifest.Owned{What: what, Name: name}
		if what == "connection" {
			one.Differs, err = gov.connectionDiffers(ctx, name, read.Value.Said[key])
		} else {
			one.Differs = now[key].Digest != read.Value.Said[key].Digest
		}
		if err != nil {
			return o, err
		}
		o.All = append(o.All, one)
	}
	return o, nil
}

// connectionDiffers reports whether a registered connection is not as a file said last.
func (gov *Governance) connectionDiffers(ctx context.Context, name string, said records.Said) (bool, error) {
	read, err := records.Connections.Some(ctx, gov.Store, name)
	if err != nil || len(read) == 0 {
		return true, err
	}
	c := read[0].Value
	c.Registered, c.Technology = time.Time{}, ""
	return manifest.Digest(c) != said.Digest, nil
}
