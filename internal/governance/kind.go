package governance

import (
	"context"
	"fmt"
	"reflect"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Kind declares one kind of definitions: N is the type of their names, T their own.
// Each save adds a version, and all versions stay; a kind with Empty has no versions.
type Kind[N ~string, T any] struct {
	File    manifest.Kind[T]
	Records store.Kind[string, T] // of all versions
	Now     store.Kind[N, T]      // of the newest versions that are not deleted, where these are searched; else zero
	Stamp   func(v *T, version int, by, agreed request.PersonID)

	BuiltIn *T                               // it exists without being saved
	Needs   func(T) []records.DefinitionNeed // names other definitions
	Places  func(T) []catalog.Ref            // by which the head is found
	Holds   func(T) []catalog.Ref            // where it holds, with all below; nil for what holds where others name it

	// Check finds the faults that show without other definitions.
	Check func(ctx context.Context, gov *Governance, v T) error

	// Warn finds what is most likely not meant; nil where nothing is looked for.
	Warn func(ctx context.Context, gov *Governance, v T) ([]review.Warning, error)

	// Users finds users of a definition that are no definitions themselves.
	Users func(ctx context.Context, d *Revision, name N, found func(user string) error) error

	// Changed notes in d where others have to look again, and returns of what else the
	// event speaks. It may refuse the change. Was is nil for what is new, is for what goes.
	Changed func(ctx context.Context, d *Revision, was, is *T) ([]store.Subject, error)

	Saved   func(T) event.Event
	Deleted func(T) event.Event // of the last version

	Where func(T) string      // names a definition in errors about many of them; may be nil
	Empty func(T) bool        // saving such a one takes away what was set
	Unset func(name string) T // an Empty one of that name

	Digest func(*T) *int // of a kind without versions: where one names the Sum of the one that it is to replace
	Sum    func(T) int
	Plain  bool // the proposal to delete one holds its name and version below no word
}

// word is that for one definition of the kind, such as "form".
func (k *Kind[N, T]) word() string { return k.File.Kind.Singular() }

func (k *Kind[N, T]) name(v T) N { name, _ := k.File.Named(v); return N(name) }

func (k *Kind[N, T]) version(v T) int { _, version := k.File.Named(v); return version }

func (k *Kind[N, T]) need(name N) records.DefinitionNeed {
	return records.DefinitionNeed{Kind: k.File.Kind, Name: string(name)}
}

// unversioned reports whether the records of the kind are those that hold, each once.
func (k *Kind[N, T]) unversioned() bool { return k.Empty != nil }

func (k *Kind[N, T]) noVersions(name N) error {
	return fmt.Errorf("%w: %s %q has no versions", store.ErrNotFound, k.word(), name)
}

func (k *Kind[N, T]) builtIn(n records.DefinitionNeed) bool {
	return k.BuiltIn != nil && n == k.need(k.name(*k.BuiltIn))
}

// Newest returns the newest version of a definition.
func (k *Kind[N, T]) Newest(ctx context.Context, gov *Governance, name N) (T, error) {
	switch {
	case k.builtIn(k.need(name)):
		return *k.BuiltIn, nil
	case k.unversioned():
		read, err := k.Records.Get(ctx, gov.Store, string(name))
		return read.Value, err
	}
	return rulebook.Newest(ctx, gov.Rules, k.need(name), k.Records)
}

// At returns one version of a definition, also of one that was deleted. That of a
// kind without versions is 0.
func (k *Kind[N, T]) At(ctx context.Context, gov *Governance, name N, version int) (none T, err error) {
	switch {
	case k.builtIn(k.need(name)):
		return *k.BuiltIn, nil
	case k.unversioned() && version != 0:
		return none, k.noVersions(name)
	case k.unversioned():
		return k.Newest(ctx, gov, name)
	}
	read, err := k.Records.Get(ctx, gov.Store, records.VersionKey(name, version))
	return read.Value, err
}

// List reads one page of the newest versions, by name, from the one after a given
// name.
func (k *Kind[N, T]) List(ctx context.Context, gov *Governance, after N, limit int) ([]T, error) {
	if !k.unversioned() {
		return rulebook.List(ctx, gov.Rules, k.File.Kind, k.Records, string(after), limit)
	}
	if limit <= 0 || limit > store.MaxPage {
		limit = store.MaxPage
	}
	return journal.Values(k.Records.All(ctx, gov.Store, string(after), limit))
}

// Lint finds what is most likely not meant in a definition that could be saved.
func (k *Kind[N, T]) Lint(ctx context.Context, gov *Governance, v T) ([]review.Warning, error) {
	if err := k.Check(ctx, gov, v); err != nil || k.Warn == nil {
		return nil, err
	}
	return k.Warn(ctx, gov, v)
}

// Save saves the next version of a definition, or proposes to.
func (k *Kind[N, T]) Save(ctx context.Context, gov *Governance, by request.Identity, v T) (T, error) {
	a := &saving[N, T]{kind: k, governance: gov, value: v}
	err := gov.Alter(ctx, by, a)
	return a.saved, err
}

// Delete deletes a definition whose newest version is the given one, or proposes to.
func (k *Kind[N, T]) Delete(ctx context.Context, gov *Governance, by request.Identity, name N, version int) error {
	if k.unversioned() {
		unset := k.Unset(string(name))
		*k.Digest(&unset) = version
		_, err := k.Save(ctx, gov, by, unset)
		return err
	}
	return gov.Alter(ctx, by, &deleting[N, T]{kind: k, governance: gov, versioned: versioned[N]{name, version}})
}

// save adds the next version of a definition to a revision.
func (k *Kind[N, T]) save(ctx context.Context, d *Revision, v T, base int) (T, error) {
	if err := d.UnlessOwned(ctx, k.word(), string(k.name(v))); err != nil {
		return v, err
	}
	if k.unversioned() {
		return v, k.set(ctx, d, v)
	}
	n := k.need(k.name(v))
	was, err := k.standing(ctx, d, n)
	if err != nil {
		return v, err
	}
	version, err := d.next(ctx, n, base, needsOf(k.Needs, v))
	if err != nil {
		return v, err
	}
	k.Stamp(&v, version, d.By, d.agreed)
	about, err := k.changed(ctx, d, was, &v)
	if err != nil {
		return v, err
	}
	if k.Places != nil {
		d.heads[n.Key()].next.At = k.Places(v)
	}
	k.Records.Insert(d.C, v)
	d.emit(k.Saved(v), append(about, k.Records.Subject(records.VersionKey(n.Name, version)))...)
	return v, nil
}

// remove adds the end of a definition to a revision.
func (k *Kind[N, T]) remove(ctx context.Context, d *Revision, name N, version int) error {
	if err := d.UnlessOwned(ctx, k.word(), string(name)); err != nil {
		return err
	}
	if k.unversioned() {
		return k.set(ctx, d, k.Unset(string(name)))
	}
	n := k.need(name)
	was, err := k.standing(ctx, d, n)
	if err != nil {
		return err
	}
	newest, err := d.remove(ctx, n)
	if err != nil {
		return err
	}
	if newest != version {
		return &manifest.StaleError{What: n.Kind, Name: n.Name, Based: version, Newest: newest}
	}
	about, err := k.changed(ctx, d, was, nil)
	if err != nil {
		return err
	}
	d.emit(k.Deleted(*was), about...)
	return nil
}

// set writes a definition of a kind without versions, in the place of the one of its
// name.
func (k *Kind[N, T]) set(ctx context.Context, d *Revision, v T) error {
	for _, need := range needsOf(k.Needs, v) {
		if err := d.need(ctx, need); err != nil {
			return err
		}
	}
	read, err := k.Records.Some(ctx, d.governance.Store, string(k.name(v)))
	if err == nil {
		err = k.replaces(&v, read)
	}
	if err != nil || len(read) == 0 && k.Empty(v) || len(read) > 0 && reflect.DeepEqual(read[0].Value, v) {
		return err
	}
	about, err := k.changed(ctx, d, nil, &v)
	switch missing := len(read) == 0; {
	case err != nil:
		return err
	case missing:
		k.Records.Insert(d.C, v)
	case k.Empty(v):
		k.Records.Delete(d.C, read[0])
	default:
		k.Records.Update(d.C, read[0], v)
	}
	d.emit(k.Saved(v), append(about, k.Records.Subject(string(k.name(v))))...)
	return nil
}

// replaces refuses a definition without versions that is to replace another one than stands,
// and clears the digest of that.
func (k *Kind[N, T]) replaces(v *T, read []store.Stored[T]) error {
	stands, digest := k.Unset(string(k.name(*v))), k.Digest(v)
	if len(read) > 0 {
		stands = read[0].Value
	}
	based, now := *digest, k.Sum(stands)
	if *digest = 0; based == 0 || based == now {
		return nil
	}
	return &manifest.StaleError{What: k.File.Kind, Name: string(k.name(*v)), Based: based, Newest: now, Unversioned: true}
}

// Stands reports whether a definition is just the one that stands, by its version too, and
// returns that.
func (k *Kind[N, T]) Stands(ctx context.Context, gov *Governance, v T) (T, bool, error) {
	newest, err := k.Newest(ctx, gov, k.name(v))
	if err != nil || k.unversioned() || k.version(newest) != k.version(v) {
		return newest, false, journal.UnlessMissing(err)
	}
	was, is := newest, v
	k.Stamp(&was, 0, "", "")
	k.Stamp(&is, 0, "", "")
	return newest, len(manifest.Between(k.word(), string(k.name(v)), was, is)) == 0, nil
}

// standing is the version that stands before a revision; nil if there is none.
func (k *Kind[N, T]) standing(ctx context.Context, d *Revision, n records.DefinitionNeed) (*T, error) {
	h, err := d.head(ctx, n)
	if err != nil || !h.stands() {
		return nil, err
	}
	read, err := k.Records.Get(ctx, d.governance.Store, records.VersionKey(n.Name, h.next.Newest))
	return &read.Value, err
}

// changed keeps the newest versions, and asks the kind.
func (k *Kind[N, T]) changed(ctx context.Context, d *Revision, was, is *T) (about []store.Subject, err error) {
	for _, v := range []*T{was, is} {
		if v != nil && k.Holds != nil {
			d.SetAt(records.Change{Kind: k.File.Kind, Name: string(k.name(*v))}, k.Holds(*v)...)
		}
	}
	if k.Changed != nil {
		if about, err = k.Changed(ctx, d, was, is); err != nil {
			return nil, err
		}
	}
	if k.Now.Name == "" {
		return about, nil
	}
	if was == nil {
		k.Now.Insert(d.C, *is)
		return about, nil
	}
	old, err := k.Now.Get(ctx, d.governance.Store, k.name(*was))
	switch {
	case err != nil:
	case is == nil:
		k.Now.Delete(d.C, old)
	default:
		k.Now.Update(d.C, old, *is)
	}
	return about, err
}

func needsOf[T any](needs func(T) []records.DefinitionNeed, v T) []records.DefinitionNeed {
	if needs == nil {
		return nil
	}
	return needs(v)
}
