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

func (d *Defining) saveAgreement(ctx context.Context, a request.Agreement) (request.AgreementVersion, error) {
	version, err := d.next(ctx, rulebook.AgreementNamed(a.Name), a.Version, nil)
	if err != nil {
		return request.AgreementVersion{}, err
	}
	a.Version, a.SavedBy, a.AgreedBy = version, d.By, d.agreed
	records.Agreements.Insert(d.C, a)
	d.governance.Tell(d.C, event.AgreementSaved.With(a.Of()), d.By, nil, records.Agreements.Subject(records.VersionKey(a.Name, a.Version)))
	return a.Of(), nil
}

func (d *Defining) deleteAgreement(ctx context.Context, v request.AgreementVersion) error {
	version, err := d.remove(ctx, rulebook.AgreementNamed(v.Name))
	if err != nil {
		return err
	}
	if version != v.Version {
		return &manifest.StaleError{What: manifest.AgreementDefinition, Name: string(v.Name), Based: v.Version, Newest: version}
	}
	d.governance.Tell(d.C, event.AgreementDeleted.With(v), d.By, nil)
	return nil
}

func (d *Defining) attach(ctx context.Context, a request.Attachment) error {
	for _, need := range records.AttachmentNeeds(a) {
		if err := d.need(ctx, need); err != nil {
			return err
		}
	}
	old, err := records.Attachments.Get(ctx, d.governance.Store, a.Key())
	if err := journal.UnlessMissing(err); err != nil {
		return err
	}
	d.attached[a.Key()] = a
	clears := a.Form == "" && a.Flow == ""
	switch missing := err != nil; {
	case missing && clears:
		return nil
	case missing:
		records.Attachments.Insert(d.C, a)
	case clears:
		records.Attachments.Delete(d.C, old)
	default:
		records.Attachments.Update(d.C, old, a)
	}
	d.governance.Tell(d.C, event.AttachmentSet.With(a), d.By, nil, records.Attachments.Subject(a.Key()))
	return nil
}

// apply saves what is added or changed, and then deletes what is removed: what
// needs something else after that something else, and goes before it.
func (d *Defining) apply(ctx context.Context, differences manifest.Differences, want manifest.Definitions) error {
	based := map[string]int{}
	for _, one := range differences {
		based[one.What+" "+one.Name] = one.Based
	}
	differs := func(what, name string) bool { _, is := based[what+" "+name]; return is }
	for _, a := range want.Agreements {
		if a.Version = based["agreement "+string(a.Name)]; differs("agreement", string(a.Name)) {
			if _, err := d.saveAgreement(ctx, a); err != nil {
				return err
			}
		}
	}
	for _, f := range want.Flows {
		if f.Version = based["flow "+string(f.Name)]; differs("flow", string(f.Name)) {
			if _, err := d.saveFlow(ctx, f); err != nil {
				return err
			}
		}
	}
	for _, f := range want.Forms {
		if f.Version = based["form "+string(f.Name)]; differs("form", string(f.Name)) {
			if _, err := d.saveForm(ctx, f); err != nil {
				return err
			}
		}
	}
	for _, g := range want.Guardrails {
		if g.Version = based["guardrail "+string(g.Name)]; differs("guardrail", string(g.Name)) {
			if _, err := d.saveGuardrail(ctx, g); err != nil {
				return err
			}
		}
	}
	if err := d.applyMasks(ctx, based, differs, want); err != nil {
		return err
	}
	for _, a := range want.Attachments {
		if differs("attachment", a.Key()) {
			if err := d.attach(ctx, a); err != nil {
				return fmt.Errorf("attachment at %s: %w", a.At, err)
			}
		}
	}
	return d.removeAll(ctx, differences)
}

// applyMasks is apply for masks, after what they ask for.
func (d *Defining) applyMasks(ctx context.Context, based map[string]int, differs func(what, name string) bool, want manifest.Definitions) error {
	for _, c := range want.Classifications {
		if c.Version = based["classification "+string(c.At)]; differs("classification", string(c.At)) {
			if _, err := d.classify(ctx, c); err != nil {
				return err
			}
		}
	}
	for _, m := range want.Masks {
		if m.Version = based["mask "+m.Name]; differs("mask", m.Name) {
			if _, err := d.saveMask(ctx, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeAll deletes what is removed: attachments before forms, forms before the
// flows and agreements that they name.
func (d *Defining) removeAll(ctx context.Context, differences manifest.Differences) error {
	for _, kind := range []string{"guardrail", "attachment", "form", "flow", "agreement", "mask", "classification"} {
		for _, one := range differences {
			if one.What != kind || one.How != manifest.Removed {
				continue
			}
			if err := d.removeOne(ctx, one); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Defining) removeOne(ctx context.Context, one manifest.Difference) error {
	switch one.What {
	case "mask":
		return d.deleteMask(ctx, one.Name, one.Based)
	case "classification":
		return d.unclassify(ctx, catalog.Ref(one.Name), one.Based)
	case "form":
		return d.deleteForm(ctx, request.FormVersion{Name: request.FormName(one.Name), Version: one.Based})
	case "flow":
		return d.deleteFlow(ctx, review.FlowVersion{Name: request.FlowName(one.Name), Version: one.Based})
	case "guardrail":
		return d.deleteGuardrail(ctx, review.GuardrailVersion{Name: review.GuardrailName(one.Name), Version: one.Based})
	case "agreement":
		return d.deleteAgreement(ctx, request.AgreementVersion{Name: request.AgreementName(one.Name), Version: one.Based})
	}
	read, err := records.Attachments.Get(ctx, d.governance.Store, one.Name)
	if err != nil {
		return err
	}
	return d.attach(ctx, request.Attachment{At: read.Value.At, Type: read.Value.Type})
}

// usersNamed is how many of the users of a definition an InUseError names.
const usersNamed = 5

// Defining is what one change does to definitions and attachments. Heads are read
// once, and written when it is finished.
type Defining struct {
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
}

// head is the head of a definition as it was, and as the change leaves it.
type head struct {
	read    store.Stored[records.Definition]
	next    records.Definition
	written bool
}

func (h head) stands() bool { return h.next.Newest > 0 && !h.next.Deleted }

// defines is what somebody's change begins with.
func (gov *Governance) defines(c *store.Change, by request.PersonID) *Defining {
	return &Defining{governance: gov, C: c, By: by, heads: map[string]*head{}, forms: map[request.FormName]request.Form{},
		flows: map[request.FlowName]review.Flow{}, attached: map[string]request.Attachment{}}
}

// Define reads, decides and commits what do does to definitions, or to anything
// else of which two changes at once must not miss each other. Of two at once one
// looks again.
func (gov *Governance) Define(ctx context.Context, by request.Identity, do func(d *Defining) error) error {
	var done *Defining
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
		if err := d.checkUses(ctx); err != nil {
			return err
		}
		done = d
		if err := errors.Join(gov.coverAnew(ctx, c, d), gov.MaskAnew(ctx, c, d.masked)); err != nil {
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
		gov.Worker.Wake() // guardrails may prevent what stands
	}
	if err == nil && done != nil {
		gov.Masking.MasksChanged(ctx, done.masked, done.looked)
	}
	return err
}

// changedPlaces are those at which something else decides from now on what access
// to a container covers.
func (d *Defining) changedPlaces() []catalog.Ref {
	all := slices.Clone(d.masked)
	for _, a := range d.attached {
		all = append(all, a.At)
	}
	return all
}

// MaskAnew calls for the masks of some places to be brought into force.
func (gov *Governance) MaskAnew(ctx context.Context, c *store.Change, places []catalog.Ref) error {
	for _, name := range rulebook.ConnectionsOf(places) {
		if err := gov.Masking.MaskSoon(ctx, c, name); err != nil {
			return err
		}
	}
	return nil
}

func (d *Defining) finish() {
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

func (d *Defining) head(ctx context.Context, n records.DefinitionNeed) (*head, error) {
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
func (d *Defining) next(ctx context.Context, n records.DefinitionNeed, base int, needs []records.DefinitionNeed) (int, error) {
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

// builtIn reports whether something is there without ever being saved.
func builtIn(n records.DefinitionNeed) bool {
	return n == records.DefinitionNeed{Kind: manifest.FormDefinition, Name: string(request.DefaultForm.Name)} ||
		n == records.DefinitionNeed{Kind: manifest.FlowDefinition, Name: string(review.DefaultFlow.Name)}
}

// need refuses what is not there.
func (d *Defining) need(ctx context.Context, n records.DefinitionNeed) error {
	if builtIn(n) {
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
func (d *Defining) remove(ctx context.Context, n records.DefinitionNeed) (version int, err error) {
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
func (d *Defining) users(ctx context.Context, n records.DefinitionNeed) (users []string, err error) {
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
	if err == nil && n.Kind == manifest.FormDefinition {
		err = records.RequestsUsing.Each(ctx, d.governance.Store, request.FormName(n.Name), func(s store.Stored[request.Request]) error {
			return found("pending request " + string(s.Value.ID))
		})
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	return users, err
}

// checkEffects refuses a change after which an attachment would have no effect:
// one that it makes, or one that names a form which it saves, or a form whose flow
// it saves.
func (d *Defining) checkEffects(ctx context.Context) error {
	for _, key := range slices.Sorted(maps.Keys(d.attached)) {
		if err := d.checkEffect(ctx, d.attached[key]); err != nil {
			return err
		}
	}
	forms, err := d.formsTouched(ctx)
	if err != nil {
		return err
	}
	for _, name := range forms {
		err := records.AttachmentsNaming.Each(ctx, d.governance.Store, rulebook.FormNamed(name).Key(), func(s store.Stored[request.Attachment]) error {
			if _, changed := d.attached[s.Value.Key()]; changed {
				return nil
			}
			return d.checkEffect(ctx, s.Value)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// formsTouched lists the forms that a change saves, and those of whose flows it
// saves another version.
func (d *Defining) formsTouched(ctx context.Context) ([]request.FormName, error) {
	touched := map[request.FormName]bool{}
	for name := range d.forms {
		touched[name] = true
	}
	for name := range d.flows {
		err := records.DefinitionsNeeding.Each(ctx, d.governance.Store, rulebook.FlowNamed(name).Key(), func(s store.Stored[records.Definition]) error {
			if !s.Value.Deleted && s.Value.Kind == manifest.FormDefinition {
				touched[request.FormName(s.Value.Name)] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return slices.Sorted(maps.Keys(touched)), nil
}

// checkEffect refuses a flow that would never decide about anything: that of a
// form which is attached at the same place comes first, and passes nothing on.
func (d *Defining) checkEffect(ctx context.Context, a request.Attachment) error {
	if a.Form == "" || a.Flow == "" {
		return nil
	}
	form, err := d.formNow(ctx, a.Form)
	if err != nil || form.Flow == "" {
		return err
	}
	own, err := d.flowNow(ctx, form.Flow)
	if err != nil || own.Delegates() {
		return err
	}
	return &request.InvalidError{What: "attachment", Faults: []request.Fault{{Field: "flow", Reason: fmt.Sprintf(
		"%q at %s would have no effect: form %q, attached at the same place, has the flow %q, which decides before it and never delegates; leave the flow out, or attach it to what lies nearer", a.Flow, a.At, a.Form, form.Flow)}}}
}

// formNow is a form as it is after this change.
func (d *Defining) formNow(ctx context.Context, name request.FormName) (request.Form, error) {
	if f, saved := d.forms[name]; saved {
		return f, nil
	}
	return d.governance.Rules.Form(ctx, name)
}

func (d *Defining) flowNow(ctx context.Context, name request.FlowName) (review.Flow, error) {
	if f, saved := d.flows[name]; saved {
		return f, nil
	}
	return d.governance.Rules.Flow(ctx, name)
}

func (d *Defining) saveForm(ctx context.Context, f request.Form) (request.FormVersion, error) {
	version, err := d.next(ctx, rulebook.FormNamed(f.Name), f.Version, formNeeds(f))
	if err != nil {
		return request.FormVersion{}, err
	}
	f.Version, f.SavedBy, f.AgreedBy = version, d.By, d.agreed
	d.forms[f.Name] = f
	records.Forms.Insert(d.C, f)
	d.governance.Tell(d.C, event.FormSaved.With(f.Of()), d.By, nil, records.Forms.Subject(records.VersionKey(f.Name, f.Version)))
	return f.Of(), nil
}

func (d *Defining) deleteForm(ctx context.Context, v request.FormVersion) error {
	version, err := d.remove(ctx, rulebook.FormNamed(v.Name))
	if err != nil {
		return err
	}
	if version != v.Version {
		return &manifest.StaleError{What: manifest.FormDefinition, Name: string(v.Name), Based: v.Version, Newest: version}
	}
	d.governance.Tell(d.C, event.FormDeleted.With(v), d.By, nil)
	return nil
}

func (d *Defining) saveFlow(ctx context.Context, f review.Flow) (review.FlowVersion, error) {
	version, err := d.next(ctx, rulebook.FlowNamed(f.Name), f.Version, nil)
	if err != nil {
		return review.FlowVersion{}, err
	}
	f.Version, f.SavedBy, f.AgreedBy = version, d.By, d.agreed
	d.flows[f.Name] = f
	records.Flows.Insert(d.C, f)
	d.governance.Tell(d.C, event.FlowSaved.With(flowNewsOf(f)), d.By, nil, records.Flows.Subject(records.VersionKey(f.Name, f.Version)))
	return f.Of(), nil
}

func (d *Defining) deleteFlow(ctx context.Context, v review.FlowVersion) error {
	version, err := d.remove(ctx, rulebook.FlowNamed(v.Name))
	if err != nil {
		return err
	}
	if version != v.Version {
		return &manifest.StaleError{What: manifest.FlowDefinition, Name: string(v.Name), Based: v.Version, Newest: version}
	}
	d.governance.Tell(d.C, event.FlowDeleted.With(event.Flow{Name: v.Name, Version: v.Version}), d.By, nil)
	return nil
}

func (d *Defining) saveGuardrail(ctx context.Context, rail review.Guardrail) (review.GuardrailVersion, error) {
	n := rulebook.GuardrailNamed(rail.Name)
	h, err := d.head(ctx, n)
	if err != nil {
		return review.GuardrailVersion{}, err
	}
	about := d.guard(h.next.At, rail.At)
	if rail.Version, err = d.next(ctx, n, rail.Version, nil); err != nil {
		return review.GuardrailVersion{}, err
	}
	rail.SavedBy, h.next.At = d.By, rail.At
	records.Guardrails.Insert(d.C, rail)
	d.governance.Tell(d.C, event.GuardrailSaved.With(event.Guardrail{Name: string(rail.Name), Version: rail.Version, At: rail.At}), d.By, nil, append(about, records.Guardrails.Subject(records.VersionKey(rail.Name, rail.Version)))...)
	return rail.Of(), nil
}

func (d *Defining) deleteGuardrail(ctx context.Context, v review.GuardrailVersion) error {
	h, err := d.head(ctx, rulebook.GuardrailNamed(v.Name))
	if err != nil {
		return err
	}
	about := d.guard(h.next.At, nil)
	version, err := d.remove(ctx, rulebook.GuardrailNamed(v.Name))
	if err != nil {
		return err
	}
	if version != v.Version {
		return &manifest.StaleError{What: manifest.GuardrailDefinition, Name: string(v.Name), Based: v.Version, Newest: version}
	}
	d.governance.Tell(d.C, event.GuardrailDeleted.With(event.Guardrail{Name: string(v.Name), Version: v.Version}), d.By, nil, about...)
	return nil
}

// guard notes where a guardrail was set and is set now, and how an event speaks of
// these places.
func (d *Defining) guard(was, now []catalog.Ref) []store.Subject {
	places := slices.Concat(was, now)
	slices.Sort(places)
	var about []store.Subject
	for _, at := range slices.Compact(places) {
		d.guarded = append(d.guarded, at)
		about = append(about, records.GuardedAt(at))
	}
	return about
}

func (d *Defining) saveMask(ctx context.Context, m catalog.Mask) (catalog.Mask, error) {
	version, err := d.next(ctx, rulebook.MaskNamed(m.Name), m.Version, nil)
	if err != nil {
		return m, err
	}
	m.Version, m.SavedBy, m.AgreedBy = version, string(d.By), string(d.agreed)
	old, err := records.MasksNow.Get(ctx, d.governance.Store, m.Name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		if err := d.roomForMask(ctx, m); err != nil {
			return m, err
		}
		records.MasksNow.Insert(d.C, m)
	case err != nil:
		return m, err
	default:
		d.masked = append(d.masked, old.Value.At)
		records.MasksNow.Update(d.C, old, m)
	}
	d.masked, d.looked = append(d.masked, m.At), true
	records.Masks.Insert(d.C, m)
	d.governance.Tell(d.C, event.MaskSaved.With(event.Mask{Name: m.Name, Version: m.Version, At: m.At}), d.By, nil, records.Masks.Subject(records.VersionKey(m.Name, m.Version)))
	return m, nil
}

// roomForMask refuses more masks on a connection than are read in one go.
func (d *Defining) roomForMask(ctx context.Context, m catalog.Mask) error {
	all, err := records.MasksOn.Find(ctx, d.governance.Store, m.At.Connection(), store.Position{}, catalog.MaxMasks)
	if err == nil && len(all) == catalog.MaxMasks {
		err = &request.InvalidError{What: "mask", Faults: []request.Fault{{Field: "at", Reason: fmt.Sprintf("is on connection %s, which has %d masks, the most that are allowed; mask by tag", m.At.Connection(), catalog.MaxMasks)}}}
	}
	return err
}

func (d *Defining) deleteMask(ctx context.Context, name string, version int) error {
	newest, err := d.remove(ctx, rulebook.MaskNamed(name))
	if err != nil {
		return err
	}
	if newest != version {
		return &manifest.StaleError{What: manifest.MaskDefinition, Name: name, Based: version, Newest: newest}
	}
	old, err := records.MasksNow.Get(ctx, d.governance.Store, name)
	if err != nil {
		return err
	}
	records.MasksNow.Delete(d.C, old)
	d.masked = append(d.masked, old.Value.At)
	d.governance.Tell(d.C, event.MaskDeleted.With(event.Mask{Name: name, Version: version, At: old.Value.At}), d.By, nil)
	return nil
}

func (d *Defining) classify(ctx context.Context, c catalog.Classification) (catalog.Classification, error) {
	version, err := d.next(ctx, rulebook.ClassificationOf(c.At), c.Version, nil)
	if err != nil {
		return c, err
	}
	c.Version, c.SavedBy, c.AgreedBy = version, string(d.By), string(d.agreed)
	old, err := records.ClassificationsNow.Get(ctx, d.governance.Store, c.At)
	switch {
	case errors.Is(err, store.ErrNotFound):
		records.ClassificationsNow.Insert(d.C, c)
	case err != nil:
		return c, err
	default:
		records.ClassificationsNow.Update(d.C, old, c)
	}
	d.masked = append(d.masked, c.At)
	if err := d.tagged(ctx, c.At); err != nil {
		return c, err
	}
	records.Classifications.Insert(d.C, c)
	d.governance.Tell(d.C, event.ColumnsClassified.With(event.Mask{Version: c.Version, At: c.At}), d.By, nil, records.Classifications.Subject(records.VersionKey(c.At, c.Version)))
	return c, nil
}

// tagged has guardrails looked at, which may read the tags that have changed.
func (d *Defining) tagged(ctx context.Context, at catalog.Ref) error {
	guarded, err := d.governance.Rules.IsGuarded(ctx, catalog.Ref(at.Connection()))
	if guarded {
		d.guarded = append(d.guarded, at)
	}
	return err
}

// unclassify takes away what was said of the columns of an asset.
func (d *Defining) unclassify(ctx context.Context, at catalog.Ref, version int) error {
	newest, err := d.remove(ctx, rulebook.ClassificationOf(at))
	if err != nil {
		return err
	}
	if newest != version {
		return &manifest.StaleError{What: manifest.ClassificationDefinition, Name: string(at), Based: version, Newest: newest}
	}
	old, err := records.ClassificationsNow.Get(ctx, d.governance.Store, at)
	if err != nil {
		return err
	}
	records.ClassificationsNow.Delete(d.C, old)
	d.masked = append(d.masked, at)
	d.governance.Tell(d.C, event.ColumnsClassified.With(event.Mask{At: at}), d.By, nil)
	return d.tagged(ctx, at)
}

// checkUses holds flows to the answers of the forms that they are used with, where
// one form is known: it names the flow, or both are attached at one place.
// Elsewhere a flow may serve several forms, and Lint warns.
func (d *Defining) checkUses(ctx context.Context) error {
	var faults []error
	check := func(flow request.FlowName, form request.FormName) error {
		f, err := d.flowNow(ctx, flow)
		if err != nil {
			return err
		}
		with, err := d.formNow(ctx, form)
		if err != nil {
			return err
		}
		faults = append(faults, review.CheckAnswers(f, with))
		return nil
	}
	for name, form := range d.forms {
		if form.Flow == "" {
			continue
		}
		if err := check(form.Flow, name); err != nil {
			return err
		}
	}
	for name := range d.flows {
		err := d.formsNaming(ctx, name, func(form request.FormName) error { return check(name, form) })
		if err != nil {
			return err
		}
	}
	for _, a := range d.attached {
		if a.Form == "" || a.Flow == "" {
			continue
		}
		if err := check(a.Flow, a.Form); err != nil {
			return err
		}
	}
	return errors.Join(faults...)
}

// formsNaming finds the forms that name a flow and that this change does not save.
func (d *Defining) formsNaming(ctx context.Context, flow request.FlowName, found func(request.FormName) error) error {
	return records.DefinitionsNeeding.Each(ctx, d.governance.Store, rulebook.FlowNamed(flow).Key(), func(s store.Stored[records.Definition]) error {
		name := request.FormName(s.Value.Name)
		_, saved := d.forms[name]
		if h := d.heads[s.Value.Of().Key()]; saved || s.Value.Kind != manifest.FormDefinition || s.Value.Deleted || h != nil && !h.stands() {
			return nil
		}
		return found(name)
	})
}
