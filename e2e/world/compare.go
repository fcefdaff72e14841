package world

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

// Kind tells disagreements apart. What fails is shrunk to a shorter script that fails in the
// same way.
type Kind string

// The kinds of disagreements.
const (
	ReadsWithout Kind = "reads without a grant"
	WritesAnyway Kind = "writes without a grant"
	ReadsColumn  Kind = "reads a column that was not approved"
	ReadsClear   Kind = "reads clear what is masked"
	ReadsStrict  Kind = "reads what others decide about"
	ReadsBarred  Kind = "reads what a guardrail keeps from them"
	ReadsByRule  Kind = "reads by a rule what people have to be asked about"
	ReadsRows    Kind = "reads rows that a policy hides"
	CannotRead   Kind = "a grant says that they read, and they cannot"
	CannotWrite  Kind = "a grant says that they write, and they cannot"
	StaysHidden  Kind = "governance shows it clear, and they do not see it"
	StaysMasked  Kind = "an exception says that they see it clear, and they do not"
	NoGap        Kind = "a part is called a gap, and works"
	WorksFailed  Kind = "a grant is called FAILED, and works"
	Hangs        Kind = "a grant has not come to rest"
	EngineErrs   Kind = "the engine fails"
)

// Disagreement is one thing in which the records and a login do not agree.
type Disagreement struct {
	Kind  Kind
	Login string
	On    string
	Text  string
}

func (d Disagreement) String() string {
	return fmt.Sprintf("%s: %s on %s: %s", d.Kind, d.Login, d.On, d.Text)
}

// comparison holds records against logins.
type comparison struct {
	world   *World
	records Records
	sights  Sights
	found   []Disagreement
}

func (c *comparison) disagree(kind Kind, login, on, text string, args ...any) {
	c.found = append(c.found, Disagreement{kind, login, on, fmt.Sprintf(text, args...)})
}

// Compare finds everything in which records and logins disagree: what can be done and no
// grant says, and what a grant says and cannot be done.
func Compare(w *World, r Records, s Sights) []Disagreement {
	c := &comparison{world: w, records: r, sights: s}
	for _, login := range w.People.Logins {
		for _, name := range slices.Sorted(maps.Keys(s[login])) {
			c.weigh(login, name, s[login][name])
		}
	}
	for _, g := range r.Grants {
		c.promised(g)
	}
	return c.found
}

// weigh looks for a grant that allows what a login could do with a relation.
func (c *comparison) weigh(login, name string, s Sight) {
	grants := c.records.of(c.world.People, login)
	r := c.world.relation(name)
	if r == nil {
		r = c.world.relation(c.records.queried()[name])
	}
	covering := c.covering(login, r)
	writing := covering
	for masked := range c.masked(r) {
		covering = append(covering, c.covering(login, masked)...)
	}
	if s.reads() && len(covering) == 0 {
		c.disagree(ReadsWithout, login, name, "%s", states(grants))
		return
	}
	for op, why := range s.Writes {
		if why == "" && !slices.ContainsFunc(writing, func(g Grant) bool { return g.Write }) {
			c.disagree(WritesAnyway, login, name, "%s works; %s", op, states(grants))
		}
	}
	c.unapproved(login, r, s, covering)
	for _, column := range slices.Sorted(maps.Keys(s.Columns)) {
		for _, t := range s.Columns[column] {
			if datum, known := c.world.Data[t.Data]; known {
				kind, why := c.justify(login, r, column, t, datum.In)
				if other, says := c.shown(login, r, column, t, datum.In); other == "" || len(writing) == 0 && says != "" {
					kind, why = other, says
				}
				if kind != "" {
					c.disagree(kind, login, r.Name, "row %d of %s in column %s: %s", t.Row, datum.In.Name, column, why)
				}
			}
		}
	}
}

// covering are the grants of a login that say that they open a relation.
func (c *comparison) covering(login string, r *Relation) []Grant {
	return slices.DeleteFunc(c.records.of(c.world.People, login), func(g Grant) bool {
		return r == nil || g.Exception || !g.opens(r.Name) || !g.covers(r.Name)
	})
}

// states is what the records say of some grants, in few words.
func states(grants []Grant) string {
	var all []string
	for _, g := range grants {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s on %q is %s %s", g.Who, g.On, g.State, g.Error)))
	}
	return "the grants are [" + strings.Join(all, "; ") + "]"
}

// justify looks for a grant that opens some data through a relation: one on it, or, where a
// view reads with the reader's own rights, one on its base. Where none does, the reason is
// that of the last.
func (c *comparison) justify(login string, r *Relation, column string, t Token, in *Relation) (kind Kind, why string) {
	kind, why = ReadsWithout, "nothing opens "+r.Name
	for _, g := range c.covering(login, r) {
		if kind, why = c.closed(login, g, r, column, t, in); kind == "" {
			return "", ""
		}
	}
	for _, base := range c.world.ownBases(r) {
		if other, _ := c.justify(login, base, "", t, in); other == "" {
			return "", ""
		}
	}
	return kind, why
}

// ownBases are what is read with the reader's own rights through a view, at any depth.
func (w *World) ownBases(r *Relation) []*Relation {
	var all []*Relation
	for _, u := range r.Uses {
		base := w.Relations[u.Relation]
		if all = append(all, w.ownBases(base)...); r.Own {
			all = append(all, base)
		}
	}
	return all
}

// closed says why a grant does not open some data of a table through a relation; an empty
// kind means that it does.
func (c *comparison) closed(login string, g Grant, r *Relation, column string, t Token, in *Relation) (Kind, string) {
	w := c.world
	if !g.approves(r, column, t.Data) {
		return ReadsColumn, fmt.Sprintf("the grant is for %q alone", g.Columns)
	}
	said := func(x *Relation) bool { return !g.container() && c.said(g, x) }
	for _, x := range slices.Concat(w.lineage(in), w.lineage(r)) {
		within := func(place string) bool { return covers(place, x.Name) }
		if g.Who == login && slices.Contains(w.People.Barred, login) && slices.ContainsFunc(w.Guards, within) {
			return ReadsBarred, fmt.Sprintf("a guardrail holds at %s", x.Name)
		}
		elsewhere := func(place string) bool { return within(place) && !covers(place, g.On) }
		if slices.ContainsFunc(slices.Concat(w.Stricts, w.Guards), elsewhere) && !said(x) {
			return ReadsStrict, fmt.Sprintf("others decide about %s than about %q", x.Name, g.On)
		}
		if kind, why := c.hiddenRows(g, r, t, x); kind != "" {
			return kind, why
		}
	}
	if g.ByRule && g.Asked.Tagged[t.Data] && !c.cameLater(g, in) && !c.leftOut(g, r) && !c.exempt(login, r, column, in, t.Data) {
		return ReadsByRule, fmt.Sprintf("it is tagged, and the grant on %q was approved by a rule", g.On)
	}
	own := r.column(column)
	hidden := w.hides(r, t.Data) || own != nil && w.Hidden[own.Data] != nil
	through := r != in && (own == nil || w.Hidden[own.Data] == nil)
	if hidden && !c.exempt(login, r, column, in, t.Data) && (!through || !slices.ContainsFunc(w.lineage(in), said)) {
		return ReadsClear, fmt.Sprintf("the masks %v hide it, and the grant is on %q", w.Hidden[t.Data], g.On)
	}
	return "", ""
}

// cameLater reports whether a table became a part of another after somebody had asked for the
// one asset of a grant. A rule decided about what there was, and tomorrow's partition is no
// matter of it; what is given is held against guardrails.
func (c *comparison) cameLater(g Grant, in *Relation) bool {
	return !g.container() && slices.ContainsFunc(c.world.lineage(in), func(whole *Relation) bool {
		return whole != in && !slices.Contains(g.Asked.Parts[in.ID], whole.ID)
	})
}

// leftOut reports whether a container left something out when somebody asked for it: no rule was
// asked about that. It is governance that has let it in since.
func (c *comparison) leftOut(g Grant, r *Relation) bool {
	return g.container() && slices.ContainsFunc(c.world.lineage(r), func(x *Relation) bool {
		return slices.ContainsFunc(g.Asked.Nearer, func(place string) bool { return covers(place, x.Name) })
	})
}

// hiddenRows says whether a policy hides a row that a container shows by a part of its table.
func (c *comparison) hiddenRows(g Grant, r *Relation, t Token, x *Relation) (Kind, string) {
	if !x.First || t.Row == 1 || r.view() {
		return "", ""
	}
	if reads := slices.Contains(c.world.lineage(r), x); reads && (g.container() || r == x) {
		return ReadsRows, fmt.Sprintf("a policy of %s hides it", x.Name)
	}
	return "", ""
}

// said reports whether the records say that something is read through the asset of a grant:
// to those who approved it, or by a finding.
func (c *comparison) said(g Grant, x *Relation) bool {
	of := func(name string) bool {
		id, seen := g.Asked.Seen[name]
		return name == x.Name || seen && id == x.ID
	}
	return slices.ContainsFunc(g.Parts, of) || slices.ContainsFunc(c.records.Named, func(text string) bool {
		return strings.HasPrefix(text, g.On+": ") && strings.Contains(text, x.Name+`"`)
	})
}

// exempt reports whether a login has an exception for a column of a relation, or for the
// data of a table under its name there. One of a team holds for a member who reads the table
// by another grant, also while the team itself cannot read it, and the exception is FAILED.
func (c *comparison) exempt(login string, r *Relation, column string, in *Relation, data int) bool {
	names := []string{column}
	for _, k := range in.Columns {
		if k.Data == data {
			names = append(names, k.Name)
		}
	}
	near := slices.Concat(c.world.lineage(in), c.world.lineage(r))
	return slices.ContainsFunc(c.records.of(c.world.People, login), func(g Grant) bool {
		about := func(x *Relation) bool { return x.Name == g.On }
		return g.Exception && g.opens(g.On) && slices.ContainsFunc(near, about) &&
			slices.ContainsFunc(g.Unmasked, func(name string) bool { return slices.Contains(names, name) })
	})
}

// seenBy is where a login is to look for a relation: there, or where it is shown masked.
func (c *comparison) seenBy(login string, r *Relation) (Sight, bool) {
	if shown, masked := c.records.Shown[r.Name]; masked {
		return c.sights[login][shown.Query], shown.Query != ""
	}
	return c.sights[login][r.Name], true
}

// name is where a relation is to be looked for.
func (c *comparison) name(r *Relation) string {
	if shown := c.records.Shown[r.Name]; shown.Query != "" {
		return shown.Query
	}
	return r.Name
}

// promised holds against the logins what a grant says.
func (c *comparison) promised(g Grant) {
	if g.ByHand {
		return // the steward of these worlds does nothing on the platform
	}
	switch g.State {
	case provision.Revoked, provision.Suspended:
	case provision.Failed:
		c.works(g)
	case provision.Active:
		for _, r := range c.world.standing() {
			if g.covers(r.Name) && (!g.container() || c.world.known(r.Name)) {
				c.given(g, r)
			}
		}
	default:
		c.disagree(Hangs, g.Who, g.On, "it is %s: %s", g.State, g.Error)
	}
}

// given holds a grant that works against what logins can do with one relation.
func (c *comparison) given(g Grant, r *Relation) {
	for _, login := range c.world.People.having(g.Who) {
		s, shown := c.seenBy(login, r)
		lacks := g.lacks(r, s, c.sights[Superuser][c.name(r)])
		switch {
		case c.records.gapped(g, r.Name):
			c.gap(g, login, r, s)
		case !shown || g.container() && (g.mentions(r.Name) || c.secured(r)):
		case g.Exception:
			c.clear(g, login, r, s)
		case g.doubts(c.name(r), lacks):
		case lacks != "":
			c.disagree(CannotRead, login, r.Name, "%s; the grant on %q says nothing of it, but %q and leaves out %q", lacks, g.On, g.Remarks, g.Excluded)
		case g.Write:
			c.writes(g, login, r, s)
			fallthrough
		default:
			c.clearly(g, login, r, s)
		}
	}
}

// secured reports whether row policies hold for a table of which a relation is a part. A
// container leaves it out then, and says so from the next time on that it is applied.
func (c *comparison) secured(r *Relation) bool {
	return slices.ContainsFunc(c.world.lineage(r)[1:], func(whole *Relation) bool { return whole.Policy })
}

// gap holds against the logins that a part does not work. Of a partitioned table without
// partitions PostgreSQL reads nothing, and checks no right on what it is joined with; nor does
// it go to a foreign table, a part or beside it in a view, where a row policy shows nothing: what
// shows no row may seem to work.
func (c *comparison) gap(g Grant, login string, r *Relation, s Sight) {
	if c.empty(r) || c.policed(r) && (s.rowless() || c.far(r)) {
		return
	}
	for _, why := range s.Writes {
		if g.Write && why != "" {
			return
		}
	}
	others := slices.DeleteFunc(c.records.of(c.world.People, login), func(o Grant) bool {
		return o.Exception || !o.stands() || (!o.covers(r.Name) || c.records.gapped(o, r.Name)) && !c.completes(o, g, r)
	})
	if s.whole() == "" && len(others) == 0 {
		c.disagree(NoGap, login, r.Name, "the grant is on %q", g.On)
	}
}

// empty reports whether something shows nothing, and reads a partitioned table.
func (c *comparison) empty(r *Relation) bool {
	return c.sights[Superuser][r.Name].rowless() && slices.ContainsFunc(r.Uses, func(u Use) bool {
		base := c.world.Relations[u.Relation]
		return base.Kind == catalog.PartitionedTable || base.view() && c.empty(base)
	})
}

// far reports whether something reads a foreign table. Row policies may keep PostgreSQL from
// going there, by what they compare the key of its partitions with.
func (c *comparison) far(r *Relation) bool {
	foreign := func(o *Relation) bool { return o.Kind == catalog.ForeignTable }
	return slices.ContainsFunc(c.world.family(r), foreign) || slices.ContainsFunc(r.Uses, func(u Use) bool { return c.far(c.world.Relations[u.Relation]) })
}

// policed reports whether row policies hold for something or for what it reads.
func (c *comparison) policed(r *Relation) bool {
	return r.Policy || slices.ContainsFunc(r.Uses, func(u Use) bool { return c.policed(c.world.Relations[u.Relation]) })
}

// clear holds an exception against what its columns show, where they show anything, and
// access to them was given.
func (c *comparison) clear(g Grant, login string, r *Relation, s Sight) {
	if !s.reads() {
		return // an exception alone gives nothing
	}
	for _, column := range g.Unmasked {
		if !slices.ContainsFunc(c.records.of(c.world.People, login), func(o Grant) bool {
			return !o.Exception && o.covers(r.Name) && o.approved(r, column)
		}) {
			continue
		}
		there := c.sights[Superuser][r.Name].Columns[column]
		if len(there) > 0 && len(s.Columns[column]) == 0 {
			c.disagree(StaysMasked, login, r.Name, "column %s: %s", column, s.Refused[column])
		}
	}
}

// writes holds a grant to write against what was tried. A policy may refuse a row, and a
// trigger what it does, where that is said.
func (c *comparison) writes(g Grant, login string, r *Relation, s Sight) {
	if _, masked := c.records.Shown[r.Name]; masked {
		return // nobody writes to what is masked
	}
	for op, why := range s.Writes {
		noted := op == "insert" && slices.ContainsFunc(g.Remarks, func(text string) bool { return strings.Contains(text, "trigger") })
		hides := strings.Contains(why, "row-level security policy")
		if strings.Contains(why, denied) && !noted && !hides && r.Kind != catalog.MaterializedView {
			c.disagree(CannotWrite, login, r.Name, "%s: %s; the grant on %q says nothing of it", op, why, g.On)
		}
	}
}

// works looks whether a grant that is called FAILED gives all that it is for, while no other
// does.
func (c *comparison) works(g Grant) {
	r := c.world.relation(g.On)
	if r == nil || g.Exception || c.empty(r) {
		return
	}
	for _, login := range c.world.People.having(g.Who) {
		others := slices.DeleteFunc(c.records.of(c.world.People, login), func(o Grant) bool {
			return !o.stands() || !o.covers(g.On) && !o.covers(c.name(r)) && !c.completes(o, g, r)
		})
		s, shown := c.seenBy(login, r)
		if c.policed(r) && (s.rowless() || c.far(r)) {
			return // as of a gap
		}
		if !shown || len(others) > 0 || !s.reads() || g.lacks(r, s, c.sights[Superuser][c.name(r)]) != "" {
			return
		}
		for _, why := range s.Writes {
			if g.Write && why != "" {
				return
			}
		}
	}
	c.disagree(WorksFailed, g.Who, g.On, "%s", g.Error)
}

// completes reports whether another grant gives a member of a team beneath a view what the
// team does not have: the view reads with the reader's own rights, as a policy looks.
func (c *comparison) completes(o, g Grant, r *Relation) bool {
	team := !slices.Contains(c.world.People.Logins, g.Who)
	beneath := c.world.ownBases(r)
	for _, id := range r.Looks {
		beneath = append(beneath, c.world.Relations[id])
	}
	return team && o.Who != g.Who && slices.ContainsFunc(beneath, func(base *Relation) bool { return o.covers(base.Name) })
}
