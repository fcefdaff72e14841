package grantwright

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// StaleError says that a definition was saved by someone else
// meanwhile: read it again, and save on top of that. It is store.ErrConflict.
type StaleError struct {
	What   store.DefinitionKind
	Name   string
	Based  int // the version that the save was based on; 0 for a new one
	Newest int // the version that is the newest; 0 if there is none
}

func (e *StaleError) Error() string {
	if e.Newest == 0 {
		return fmt.Sprintf("grantwright: %s %q has no version %d to build on; a new one is based on version 0", one(e.What), e.Name, e.Based)
	}
	return fmt.Sprintf("grantwright: %s %q is at version %d by now, and this was based on version %d; read it again", one(e.What), e.Name, e.Newest, e.Based)
}

func (e *StaleError) Unwrap() error { return store.ErrConflict }

// InUseError says that something cannot be deleted, and what needs it.
type InUseError struct {
	What store.DefinitionKind
	Name string
	By   []string // some of what needs it, such as `form "standard"`
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("grantwright: %s %q is in use: %s", one(e.What), e.Name, strings.Join(e.By, ", "))
}

// one is the word for one thing of a kind.
func one(k store.DefinitionKind) string { return strings.TrimSuffix(string(k), "s") }

// usersNamed is how many of the users of a definition an InUseError names.
const usersNamed = 5

// defining is what one change does to definitions and attachments. Heads are read
// once, and written when it is finished.
type defining struct {
	e      *Engine
	c      *store.Change
	by     request.PersonID
	agreed request.PersonID // the second person, where two have seen it

	heads    map[string]*head
	forms    map[request.FormName]request.Form // that are saved by this change
	flows    map[request.FlowName]review.Flow
	attached map[string]request.Attachment // as they are after this change
	guarded  []catalog.Ref                 // where guardrails come or go, or change
	masked   []catalog.Ref                 // where masks, or what they ask for, change
	looked   bool                          // at what is masked: masks were saved
}

// head is the head of a definition as it was, and as the change leaves it.
type head struct {
	read    store.Stored[store.Definition]
	next    store.Definition
	written bool
}

func (h head) stands() bool { return h.next.Newest > 0 && !h.next.Deleted }

// defines is what somebody's change begins with.
func (e *Engine) defines(c *store.Change, by request.PersonID) *defining {
	return &defining{e: e, c: c, by: by, heads: map[string]*head{}, forms: map[request.FormName]request.Form{},
		flows: map[request.FlowName]review.Flow{}, attached: map[string]request.Attachment{}}
}

// define reads, decides and commits what do does to definitions, or to anything
// else of which two changes at once must not miss each other. Of two at once one
// looks again.
func (e *Engine) define(ctx context.Context, by request.Identity, do func(d *defining) error) error {
	var done *defining
	err := e.change(ctx, func(c *store.Change) error {
		d := e.defines(c, by.Person())
		revision, err := store.Revisions.Some(ctx, e.config.Store, store.RevisionKey)
		if err == nil {
			err = do(d)
		}
		if err == nil {
			err = d.checkEffects(ctx)
		}
		if err != nil || c.Empty() {
			return err
		}
		if err := d.checkUses(ctx); err != nil {
			return err
		}
		done = d
		if err := errors.Join(e.coverAnew(ctx, c, d), e.maskAnew(ctx, c, d.masked)); err != nil {
			return err
		}
		d.finish()
		if len(revision) == 0 {
			store.Revisions.Insert(c, store.Revision{Number: 1})
		} else {
			store.Revisions.Update(c, revision[0], store.Revision{Number: revision[0].Value.Number + 1})
		}
		return e.remember(ctx, c, by)
	})
	if err == nil {
		e.worker.Wake() // guardrails may prevent what stands
	}
	if err == nil && done != nil {
		e.masksChanged(ctx, done.masked, done.looked)
	}
	return err
}

// changedPlaces are those at which something else decides from now on what access
// to a container covers.
func (d *defining) changedPlaces() []catalog.Ref {
	all := slices.Clone(d.masked)
	for _, a := range d.attached {
		all = append(all, a.At)
	}
	return all
}

// maskAnew calls for the masks of some places to be brought into force.
func (e *Engine) maskAnew(ctx context.Context, c *store.Change, places []catalog.Ref) error {
	for _, name := range connectionsOf(places) {
		if err := e.maskSoon(ctx, c, name); err != nil {
			return err
		}
	}
	return nil
}

// connectionsOf are those of some places, each once.
func connectionsOf(places []catalog.Ref) []string {
	var all []string
	for _, at := range places {
		if name := at.Connection(); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

func (d *defining) finish() {
	for _, key := range slices.Sorted(maps.Keys(d.heads)) {
		switch h := d.heads[key]; {
		case !h.written:
		case h.read.Version == 0:
			store.Definitions.Insert(d.c, h.next)
		default:
			store.Definitions.Update(d.c, h.read, h.next)
		}
	}
}

func (d *defining) head(ctx context.Context, n store.DefinitionNeed) (*head, error) {
	if h := d.heads[n.Key()]; h != nil {
		return h, nil
	}
	read, err := store.Definitions.Get(ctx, d.e.config.Store, n.Key())
	if err := unlessMissing(err); err != nil {
		return nil, err
	}
	h := &head{read: read, next: read.Value}
	if err != nil {
		h.next = store.Definition{Kind: n.Kind, Name: n.Name}
	}
	d.heads[n.Key()] = h
	return h, nil
}

// next is the version that a save makes of a definition that needs others.
func (d *defining) next(ctx context.Context, n store.DefinitionNeed, base int, needs []store.DefinitionNeed) (int, error) {
	h, err := d.head(ctx, n)
	if err != nil {
		return 0, err
	}
	newest := 0
	if h.stands() {
		newest = h.next.Newest
	}
	if base != newest {
		return 0, &StaleError{n.Kind, n.Name, base, newest}
	}
	for _, need := range needs {
		if err := d.need(ctx, need); err != nil {
			return 0, err
		}
	}
	h.next.Newest, h.next.Deleted, h.next.Needs, h.written = h.next.Newest+1, false, needs, true
	return h.next.Newest, nil
}

// builtIn reports whether something is there without ever being saved.
func builtIn(n store.DefinitionNeed) bool {
	return n == store.DefinitionNeed{Kind: store.FormDefinition, Name: string(request.DefaultForm.Name)} ||
		n == store.DefinitionNeed{Kind: store.FlowDefinition, Name: string(review.DefaultFlow.Name)}
}

// need refuses what is not there.
func (d *defining) need(ctx context.Context, n store.DefinitionNeed) error {
	if builtIn(n) {
		return nil
	}
	h, err := d.head(ctx, n)
	if err != nil {
		return err
	}
	if !h.stands() {
		return fmt.Errorf("%w: %s %q", store.ErrNotFound, one(n.Kind), n.Name)
	}
	return nil
}

// remove deletes a definition that nothing needs after this change. Its versions
// stay.
func (d *defining) remove(ctx context.Context, n store.DefinitionNeed) (version int, err error) {
	h, err := d.head(ctx, n)
	if err != nil {
		return 0, err
	}
	if !h.stands() {
		return 0, fmt.Errorf("%w: %s %q", store.ErrNotFound, one(n.Kind), n.Name)
	}
	users, err := d.users(ctx, n)
	if err != nil {
		return 0, err
	}
	if len(users) > 0 {
		return 0, &InUseError{n.Kind, n.Name, users}
	}
	h.next.Deleted, h.next.Needs, h.next.At, h.written = true, nil, nil, true
	return h.next.Newest, nil
}

// errEnough ends a search that has found enough.
var errEnough = errors.New("grantwright: enough")

// users names some of what needs a definition after this change.
func (d *defining) users(ctx context.Context, n store.DefinitionNeed) (users []string, err error) {
	found := func(user string) error {
		if users = append(users, user); len(users) == usersNamed {
			return errEnough
		}
		return nil
	}
	err = store.DefinitionsNeeding.Each(ctx, d.e.config.Store, n.Key(), func(s store.Stored[store.Definition]) error {
		now := s.Value
		if h := d.heads[now.Of().Key()]; h != nil {
			now = h.next
		}
		if now.Deleted || !slices.Contains(now.Needs, n) {
			return nil
		}
		return found(fmt.Sprintf("%s %q", one(now.Kind), now.Name))
	})
	if err == nil {
		err = store.AttachmentsNaming.Each(ctx, d.e.config.Store, n.Key(), func(s store.Stored[request.Attachment]) error {
			now, changed := d.attached[s.Value.Key()]
			if changed && !slices.Contains(store.AttachmentNeeds(now), n) {
				return nil
			}
			return found(fmt.Sprintf("attached at %s for %s", s.Value.At, s.Value.Type))
		})
	}
	if err == nil && n.Kind == store.FormDefinition {
		err = store.RequestsUsing.Each(ctx, d.e.config.Store, request.FormName(n.Name), func(s store.Stored[request.Request]) error {
			return found("pending request " + string(s.Value.ID))
		})
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	return users, err
}

// listed reads one page of the newest versions of a kind of definitions, by name.
func listed[T any](ctx context.Context, e *Engine, of store.DefinitionKind, versions store.Kind[string, T], after string, limit int) ([]T, error) {
	from := store.Position{}
	if after != "" {
		from.ID = store.DefinitionNeed{Kind: of, Name: after}.Key()
	}
	heads, err := values(store.DefinitionsOf.Find(ctx, e.config.Store, of, from, limit))
	if err != nil || len(heads) == 0 {
		return nil, err
	}
	keys := make([]string, len(heads))
	for i, h := range heads {
		keys[i] = store.VersionKey(h.Name, h.Newest)
	}
	return values(versions.Some(ctx, e.config.Store, keys...))
}

// newest reads the newest version of a definition.
func newest[T any](ctx context.Context, e *Engine, n store.DefinitionNeed, versions store.Kind[string, T]) (T, error) {
	var none T
	h, err := store.Definitions.Get(ctx, e.config.Store, n.Key())
	if err == nil && h.Value.Deleted {
		err = store.ErrNotFound
	}
	if errors.Is(err, store.ErrNotFound) {
		return none, fmt.Errorf("%w: %s %q", store.ErrNotFound, one(n.Kind), n.Name)
	}
	if err != nil {
		return none, err
	}
	read, err := versions.Get(ctx, e.config.Store, store.VersionKey(n.Name, h.Value.Newest))
	return read.Value, err
}
