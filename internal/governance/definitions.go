package governance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

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

// usersNamed is how many of the users of a definition an InUseError names.
const usersNamed = 5

// Revision is one change of definitions and attachments. It reads each head once,
// and writes the heads when it is finished.
type Revision struct {
	governance *Governance
	C          *store.Change
	By         request.PersonID
	agreed     request.PersonID // the second person, where two have seen it

	heads    map[string]*head
	forms    map[request.FormName]request.Form // that are saved by this change
	flows    map[request.FlowName]review.Flow
	attached map[string]request.Attachment // as they are after this change
	guarded  []catalog.Ref                 // where guardrails come or go, or change
	masked   []catalog.Ref                 // where masks, or what they ask for, change
	looked   bool                          // at what is masked: masks were saved

	alone map[catalog.Ref][]records.Change // at each place

	ofFile bool   // it carries out what a file has changed
	as     string // the file that it stands for, as that names itself
}

// head is the head of a definition as it was, and as the change leaves it.
type head struct {
	read    store.Stored[records.Definition]
	next    records.Definition
	written bool
}

func (h head) stands() bool { return h.next.Newest > 0 && !h.next.Deleted }

// defines begins a revision.
func (gov *Governance) defines(c *store.Change, by request.PersonID) *Revision {
	return &Revision{governance: gov, C: c, By: by, heads: map[string]*head{}, forms: map[request.FormName]request.Form{},
		flows: map[request.FlowName]review.Flow{}, attached: map[string]request.Attachment{}, alone: map[catalog.Ref][]records.Change{}}
}

// Define reads, decides and commits a revision. Of two revisions at once one is
// decided again, so that neither misses the other.
func (gov *Governance) Define(ctx context.Context, by request.Identity, do func(d *Revision) error) error {
	var done *Revision
	err := gov.Change(ctx, func(c *store.Change) error {
		d := gov.defines(c, by.Person())
		revision, err := records.Revisions.Some(ctx, gov.Store, records.RevisionKey)
		if err == nil {
			err = do(d)
		}
		if err == nil {
			err = d.checkEffects(ctx)
		}
		if err != nil || c.Empty() {
			return err
		}
		if err := errors.Join(d.checkUses(ctx), d.noteAlone(ctx)); err != nil {
			return err
		}
		done = d
		if err := errors.Join(gov.coverAnew(ctx, c, d), gov.EnforceMasksSoon(ctx, c, d.masked)); err != nil {
			return err
		}
		d.finish()
		if len(revision) == 0 {
			records.Revisions.Insert(c, records.Revision{Number: 1})
		} else {
			records.Revisions.Update(c, revision[0], records.Revision{Number: revision[0].Value.Number + 1})
		}
		return gov.People.Remember(ctx, c, by)
	})
	if err == nil {
		store.AfterCommit(ctx, gov.Worker.Wake) // guardrails may prevent what stands
	}
	if err == nil && done != nil {
		gov.Masking.MasksChanged(ctx, done.masked, done.looked)
	}
	return err
}

// changedPlaces are the places at which other definitions decide from now on what
// access to a container covers.
func (d *Revision) changedPlaces() []catalog.Ref {
	all := slices.Clone(d.masked)
	for _, a := range d.attached {
		all = append(all, a.At)
	}
	return all
}

// EnforceMasksSoon rings the tasks that enforce the masks of some places.
func (gov *Governance) EnforceMasksSoon(ctx context.Context, c *store.Change, places []catalog.Ref) error {
	for _, name := range rulebook.ConnectionsOf(places) {
		if err := gov.Masking.EnforceSoon(ctx, c, name); err != nil {
			return err
		}
	}
	return nil
}

func (d *Revision) finish() {
	for _, key := range slices.Sorted(maps.Keys(d.heads)) {
		switch h := d.heads[key]; {
		case !h.written:
		case h.read.Version == 0:
			records.Definitions.Insert(d.C, h.next)
		default:
			records.Definitions.Update(d.C, h.read, h.next)
		}
	}
}

func (d *Revision) head(ctx context.Context, n records.DefinitionNeed) (*head, error) {
	if h := d.heads[n.Key()]; h != nil {
		return h, nil
	}
	read, err := records.Definitions.Get(ctx, d.governance.Store, n.Key())
	if err := journal.UnlessMissing(err); err != nil {
		return nil, err
	}
	h := &head{read: read, next: read.Value}
	if err != nil {
		h.next = records.Definition{Kind: n.Kind, Name: n.Name}
	}
	d.heads[n.Key()] = h
	return h, nil
}

// next is the version that a save makes of a definition that needs others.
func (d *Revision) next(ctx context.Context, n records.DefinitionNeed, base int, needs []records.DefinitionNeed) (int, error) {
	h, err := d.head(ctx, n)
	if err != nil {
		return 0, err
	}
	newest := 0
	if h.stands() {
		newest = h.next.Newest
	}
	if base != newest {
		return 0, &manifest.StaleError{What: n.Kind, Name: n.Name, Based: base, Newest: newest}
	}
	for _, need := range needs {
		if err := d.need(ctx, need); err != nil {
			return 0, err
		}
	}
	h.next.Newest, h.next.Deleted, h.next.Needs, h.written = h.next.Newest+1, false, needs, true
	return h.next.Newest, nil
}

// emit adds the event about a definition.
func (d *Revision) emit(happened event.Event, about ...store.Subject) {
	d.governance.Emit(d.C, happened, d.By, nil, about...)
}

// need refuses a definition that does not exist.
func (d *Revision) need(ctx context.Context, n records.DefinitionNeed) error {
	if slices.ContainsFunc(d.governance.Kinds, func(k AnyKind) bool { return k.builtIn(n) }) {
		return nil
	}
	h, err := d.head(ctx, n)
	if err != nil {
		return err
	}
	if !h.stands() {
		return fmt.Errorf("%w: %s %q", store.ErrNotFound, n.Kind.Singular(), n.Name)
	}
	return nil
}

// remove deletes a definition that nothing needs after this change. Its versions
// stay.
func (d *Revision) remove(ctx context.Context, n records.DefinitionNeed) (version int, err error) {
	h, err := d.head(ctx, n)
	if err != nil {
		return 0, err
	}
	if !h.stands() {
		return 0, fmt.Errorf("%w: %s %q", store.ErrNotFound, n.Kind.Singular(), n.Name)
	}
	users, err := d.users(ctx, n)
	if err != nil {
		return 0, err
	}
	if len(users) > 0 {
		return 0, &manifest.InUseError{What: n.Kind, Name: n.Name, By: users}
	}
	h.next.Deleted, h.next.Needs, h.next.At, h.written = true, nil, nil, true
	return h.next.Newest, nil
}

// errEnough ends a search that has found enough.
var errEnough = errors.New("grantwright: enough")

// users names some of what needs a definition after this change.
func (d *Revision) users(ctx context.Context, n records.DefinitionNeed) (users []string, err error) {
	found := func(user string) error {
		if users = append(users, user); len(users) == usersNamed {
			return errEnough
		}
		return nil
	}
	err = records.DefinitionsNeeding.Each(ctx, d.governance.Store, n.Key(), func(s store.Stored[records.Definition]) error {
		now := s.Value
		if h := d.heads[now.Of().Key()]; h != nil {
			now = h.next
		}
		if now.Deleted || !slices.Contains(now.Needs, n) {
			return nil
		}
		return found(fmt.Sprintf("%s %q", now.Kind.Singular(), now.Name))
	})
	if err == nil {
		err = records.AttachmentsNaming.Each(ctx, d.governance.Store, n.Key(), func(s store.Stored[request.Attachment]) error {
			now, changed := d.attached[s.Value.Key()]
			if changed && !slices.Contains(records.AttachmentNeeds(now), n) {
				return nil
			}
			return found(fmt.Sprintf("attached at %s for %s", s.Value.At, s.Value.Type))
		})
	}
	for _, k := range d.governance.Kinds {
		if err == nil {
			err = k.users(ctx, d, n, found)
		}
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	return users, err
}
