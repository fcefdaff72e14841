// Package shelfhand is for a Shelf on which people give and take access by hand: it
// says what they have to do, and does nothing.
package shelfhand

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/examples/provisioner/shelf"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Platform is what goes into Config.Platforms. Key is the one in whose name people
// give access.
func Platform(s *shelf.Shelf, key string) provision.Platform {
	open := func(context.Context, provision.Target) (provision.Provisioner, error) { return hands{s, key}, nil }
	return provision.Platform{How: provision.Manual, Provisioner: open}
}

type hands struct {
	shelf *shelf.Shelf
	key   string
}

// Apply says that a person has to act.
func (h hands) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	return provision.ByHand(h.plan).Apply(ctx, want)
}

// Plan says what a person has to do.
func (h hands) Plan(ctx context.Context, want []provision.Standing) []provision.Plan {
	return provision.ByHand(h.plan).Plan(ctx, want)
}

// Check refuses users and folders that are not there, before anybody is asked.
func (h hands) Check(_ context.Context, want provision.Standing) (provision.Standing, error) {
	_, err := h.shelf.Look(h.key, want.Asset.ID, want.Principal.Name)
	if errors.Is(err, shelf.ErrMissing) {
		err = &provision.RefusedError{What: fmt.Sprintf("folder %s for user %q", want.Asset.Ref, want.Principal.Name), Reason: "cannot be given: " + err.Error()}
	}
	return want, err
}

func (h hands) plan(_ context.Context, want provision.Standing) (p provision.Plan) {
	entries, err := h.shelf.Look(h.key, want.Asset.ID, want.Principal.Name)
	if errors.Is(err, shelf.ErrMissing) && len(want.Want) == 0 {
		return p // nobody has access to what is not there
	}
	p.Err = err
	ours := "none"
	for _, e := range entries {
		if e.By == "grantwright" {
			ours = e.Level
		} else {
			p.Paths = append(p.Paths, provision.Path(e.Level+" from "+e.By))
		}
	}
	if level := levelOf(want.Want); p.Err == nil && ours != level {
		p.Statements = []provision.Statement{Statement(want.Principal, want.Asset, level)}
	}
	return p
}

func levelOf(want []provision.Access) string {
	level := "none"
	for _, a := range want {
		if a.Privilege == request.ReadWrite {
			return "write"
		}
		level = "read"
	}
	return level
}

// Statement is what a person is told to do: shelf access FOLDER USER LEVEL.
func Statement(who request.Principal, on catalog.Asset, level string) provision.Statement {
	return provision.Statement(fmt.Sprintf("shelf access %s %s %s", on.ID, who.Name, level))
}
