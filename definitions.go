package grantwright

import (
	"context"
	"strings"

	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Definitions are one kind of what governance defines: N is the type of their names,
// such as request.FormName, and T that of each, such as request.Form.
type Definitions[N ~string, T any] struct {
	e    *Engine
	kind *governance.Kind[N, T]
	open bool // everyone may read one
}

// Newest returns the newest version of a definition, a built-in one included. It takes
// GOVERNANCE or AUDIT; agreements are read by everyone.
func (d Definitions[N, T]) Newest(ctx context.Context, by request.Identity, name N) (none T, err error) {
	if err := d.mayRead(by); err != nil {
		return none, err
	}
	return d.kind.Newest(ctx, d.e.governance, name)
}

// At returns one version of a definition, also of one that was deleted. It takes what
// Newest takes.
func (d Definitions[N, T]) At(ctx context.Context, by request.Identity, name N, version int) (none T, err error) {
	if err := d.mayRead(by); err != nil {
		return none, err
	}
	return d.kind.At(ctx, d.e.governance, name, version)
}

// List lists the newest versions of all definitions but built-in ones by name, from the
// one after a given name, at most limit of them. It takes GOVERNANCE or AUDIT.
func (d Definitions[N, T]) List(ctx context.Context, by request.Identity, after N, limit int) ([]T, error) {
	if err := permit(by, "list the "+string(d.kind.File.Kind), request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return d.kind.List(ctx, d.e.governance, after, limit)
}

// Save saves the next version of a definition, and returns it. The Version of v names
// the one that it was based on, 0 for a new definition: if someone has saved another
// meanwhile, the error is a *StaleError. It takes GOVERNANCE.
func (d Definitions[N, T]) Save(ctx context.Context, by request.Identity, v T) (none T, err error) {
	if err := permit(by, "save "+d.one(), request.Governance); err != nil {
		return none, err
	}
	return d.kind.Save(ctx, d.e.governance, by, v)
}

// Lint finds what is most likely not meant in a definition, or dangerous: places at which
// nothing is, columns and tags that nothing has, stewards of whom there are none, and what a
// flow approves on claims alone or for anybody. Nothing of it stops a save. It knows what is
// stored now, and asks the directory; where there is very much to look through, nothing is said
// of what was not found. It takes GOVERNANCE or AUDIT.
func (d Definitions[N, T]) Lint(ctx context.Context, by request.Identity, v T) ([]review.Warning, error) {
	if err := permit(by, "look for what is not meant in "+d.one(), request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return d.kind.Lint(ctx, d.e.governance, v)
}

// Stands reports whether v is just the newest version as it stands, its Version included, and
// returns that: saving v would change nothing. It takes GOVERNANCE.
func (d Definitions[N, T]) Stands(ctx context.Context, by request.Identity, v T) (none T, stands bool, err error) {
	if err := permit(by, "save "+d.one(), request.Governance); err != nil {
		return none, false, err
	}
	return d.kind.Stands(ctx, d.e.governance, v)
}

// Delete deletes a definition that nothing needs; otherwise the error is an
// *InUseError. Its versions stay readable. The version is the newest that was seen, or
// else the error is a *StaleError. It takes GOVERNANCE.
func (d Definitions[N, T]) Delete(ctx context.Context, by request.Identity, name N, version int) error {
	if err := permit(by, "delete "+d.one(), request.Governance); err != nil {
		return err
	}
	return d.kind.Delete(ctx, d.e.governance, by, name, version)
}

func (d Definitions[N, T]) mayRead(by request.Identity) error {
	if d.open {
		return by.Check()
	}
	return permit(by, "read "+d.one(), request.Governance, request.Audit)
}

// one is the word for a definition with its article, such as "a form".
func (d Definitions[N, T]) one() string {
	word := d.kind.File.Kind.Singular()
	if strings.ContainsRune("aeiou", rune(word[0])) {
		return "an " + word
	}
	return "a " + word
}
