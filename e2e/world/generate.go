package world

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/grantwright/grantwright/catalog"
)

// rounds is how often something is altered and brought about, once people have access.
const rounds = 3

// generator writes a script at random. It lets each step happen in a world of its own, so
// that the next one can fit.
type generator struct {
	*rand.Rand
	world  *World
	script Script
	named  int
}

// Generate writes the script of a seed.
func Generate(seed uint64) Script {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, seed)), world: NewWorld()}
	g.several(4, 7, g.store)
	g.several(2, 5, g.show)
	g.several(0, 2, g.complicate)
	g.add(Step{Do: BringAbout})
	g.several(1, 4, g.govern)
	g.several(4, 7, g.ask)
	g.add(Step{Do: BringAbout})
	for range rounds {
		g.several(2, 4, g.alter)
		g.several(0, 1, g.pause)
		g.several(0, 1, g.govern)
		g.several(0, 2, g.end)
		g.several(0, 2, g.ask)
		g.add(Step{Do: BringAbout})
	}
	return g.script
}

// add lets a step happen, and keeps it if it fits.
func (g *generator) add(s Step) bool {
	_, fits := g.world.Do(s)
	if fits {
		g.script = append(g.script, s)
	}
	return fits
}

// several lets something happen that often. What does not fit is tried again some times.
func (g *generator) several(least, most int, some func() bool) {
	for range least + g.IntN(most-least+1) {
		for tries := 0; tries < 20 && !some(); tries++ {
			continue
		}
	}
}

// chance is true so many times out of a hundred.
func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g *generator, all ...T) T { return all[g.IntN(len(all))] }

// name makes a name that nothing has.
func (g *generator) name(in string) string {
	g.named++
	return fmt.Sprintf("%s.%s%03d", in, pick(g, "orders", "people", "events", "visits", "payments"), g.named)
}

// any picks a relation of some kind that stands; nil if there is none.
func (g *generator) any(is func(*Relation) bool) *Relation {
	var all []*Relation
	for _, r := range g.world.standing() {
		if is(r) {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return pick(g, all...)
}

func anything(*Relation) bool { return true }

var columnNames = []string{"mail", "iban", "phone", "note", "amount"}

// columns are some for a new table.
func (g *generator) columns(root bool) []Spec {
	var all []Spec
	if g.chance(40) {
		all = append(all, Spec{Name: "id", Type: pick(g, Serial, Loose, Identity)})
	}
	if root && len(all) > 0 && all[0].Type == Identity {
		all[0].Type = Serial
	}
	names := slices.Clone(columnNames)
	g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:2+g.IntN(2)] {
		t := pick(g, Text, Text, Text, Mailbox, Number)
		if name == "amount" {
			t = Number
		}
		all = append(all, Spec{Name: name, Type: t})
	}
	return all
}

// store makes a table, or a part of one.
func (g *generator) store() bool {
	in, owner := pick(g, Schemas...), pick(g, "etl", "etl", "rep")
	switch {
	case g.chance(8):
		return g.far(g.add(Step{Do: MakeForeign, On: g.name(in), Owner: owner, Columns: slices.DeleteFunc(g.columns(false), func(c Spec) bool { return !c.Type.holds() })}))
	case g.chance(50):
		return g.add(Step{Do: MakeTable, On: g.name(in), Owner: owner, Columns: g.columns(false)})
	case g.chance(40):
		return g.add(Step{Do: MakeRoot, On: g.name(in), Owner: owner, Columns: g.columns(true)})
	case g.chance(70):
		return g.partition()
	}
	whole := g.any(func(r *Relation) bool { return r.stores() && !g.world.isPartition(r) })
	if whole == nil {
		return false
	}
	s := Step{Do: MakeChild, On: g.name(in), Of: []string{whole.Name}}
	if g.chance(50) {
		s.Columns = []Spec{{Name: "extra", Type: Text}}
	}
	return g.add(s)
}

func (g *generator) partition() bool {
	root := g.any(func(r *Relation) bool { return r.Kind == catalog.PartitionedTable })
	if root == nil {
		return false
	}
	in, owner, value := schemaOf(root.Name), root.Owner, 1+g.IntN(4)
	if g.chance(30) {
		in = pick(g, Schemas...)
	}
	if g.chance(10) {
		owner = pick(g, Owners...)
	}
	if root.Sub {
		value = root.Value
	}
	s := Step{Do: MakePartition, On: g.name(in), Of: []string{root.Name}, Owner: owner, Value: value}
	switch {
	case !root.Sub && g.chance(20):
		s.How = "partitioned"
	case g.chance(8):
		s.How = foreign
	}
	return g.far(g.add(s))
}

// far lets somebody read beyond, now and then, when something is made.
func (g *generator) far(made bool) bool {
	if made && g.world.beyond && g.chance(40) {
		g.mapUser(nil)
	}
	return made
}

// mapUser lets somebody read beyond, or no more.
func (g *generator) mapUser(*Relation) bool {
	who := pick(g, append(g.world.People.Roles(), Everybody, Everybody, ours)...)
	return g.add(Step{Do: pick(g, MapUser, MapUser, UnmapUser), Who: who})
}

// show makes a view.
func (g *generator) show() bool {
	base := g.any(anything)
	if base == nil {
		return false
	}
	s := Step{Do: MakeView, On: g.name(pick(g, Schemas...)), Owner: pick(g, Owners...), Of: []string{base.Name}}
	s.Columns = g.seen(base)
	switch {
	case g.chance(20):
		s.Do = MakeCopy
	case g.chance(25):
		s.Own = true
	}
	s.Calls = g.chance(15)
	if other := g.any(anything); g.chance(25) && other != base {
		s.Of = append(s.Of, other.Name)
	}
	return g.add(s)
}

// seen are some columns of a relation, as a view may show them.
func (g *generator) seen(base *Relation) []Spec {
	var all []Spec
	for _, c := range base.Columns {
		if c.Type.holds() && g.chance(70) {
			name := c.Name
			if g.chance(30) && base.column("as_"+name) == nil {
				name = "as_" + name
			}
			all = append(all, Spec{Name: name, From: c.Name})
		}
	}
	return all
}

// complicate has rows hidden, or noted elsewhere.
func (g *generator) complicate() bool {
	r := g.any(func(r *Relation) bool { return !r.view() })
	if r == nil {
		return false
	}
	if g.chance(50) {
		return g.add(Step{Do: MakeTrigger, On: r.Name, Own: g.chance(50)})
	}
	return g.hideRows(r)
}

func (g *generator) hideRows(r *Relation) bool {
	s := Step{Do: MakePolicy, On: r.Name}
	if g.chance(40) {
		s.How = g.any(anything).Name
	}
	return g.add(s)
}

// place picks a relation that the engine knows, a schema, or the database.
func (g *generator) place() string {
	r := g.any(func(r *Relation) bool { return g.world.known(r.Name) })
	switch {
	case r == nil || g.chance(20):
		return ""
	case g.chance(30):
		return pick(g, Schemas...)
	}
	return r.Name
}

// govern has governance say something.
func (g *generator) govern() bool {
	switch g.IntN(8) {
	case 0, 1:
		r := g.any(func(r *Relation) bool { return g.world.known(r.Name) && len(r.Columns) > 0 })
		if r == nil {
			return false
		}
		s := Step{Do: Classify, On: r.Name, Names: []string{pick(g, r.Columns...).Name}}
		if g.chance(80) {
			s.Tags = []string{pii}
		}
		return g.add(s)
	case 2, 3, 4:
		g.named++
		if g.chance(15) {
			return g.maskByView()
		}
		s := Step{Do: SaveMask, To: fmt.Sprintf("mask%03d", g.named), On: g.place(), How: string(pick(g, append(catalog.MaskHows()[1:], catalog.MaskClear)...))}
		if g.chance(50) {
			s.Tags = []string{pii}
		} else {
			s.Names = []string{pick(g, columnNames...)}
		}
		return g.add(s)
	case 5:
		return g.add(Step{Do: Strict, On: g.place()})
	case 6:
		return g.add(Step{Do: SaveGuard, On: g.place()})
	}
	if len(g.world.Masks) == 0 {
		return false
	}
	return g.add(Step{Do: DropMask, To: pick(g, g.world.Masks...).Name})
}

// maskByView has a view shown in place of its table.
func (g *generator) maskByView() bool {
	v := g.any(func(r *Relation) bool { return r.Kind == catalog.View && !g.world.Relations[r.Uses[0].Relation].view() })
	if v == nil {
		return false
	}
	base := g.world.Relations[v.Uses[0].Relation]
	return g.add(Step{Do: SaveMask, To: fmt.Sprintf("mask%03d", g.named), On: base.Name, Of: []string{v.Name}, How: byView})
}

// ask has somebody ask for something.
func (g *generator) ask() bool {
	s := Step{Do: Ask, On: g.place(), Who: pick(g, g.world.People.All()...), Write: g.chance(30), Short: g.chance(40), Deny: g.chance(5)}
	if g.chance(25) {
		r := g.any(func(r *Relation) bool {
			return g.world.known(r.Name) && slices.ContainsFunc(r.Columns, func(c Column) bool { return g.world.Hidden[c.Data] != nil })
		})
		if r == nil {
			return false
		}
		s = Step{Do: Exempt, On: r.Name, Who: s.Who, Short: s.Short, Deny: s.Deny}
		for _, c := range r.Columns {
			if g.world.Hidden[c.Data] != nil && (len(s.Names) == 0 || g.chance(50)) {
				s.Names = append(s.Names, c.Name)
			}
		}
	}
	if r := g.world.relation(s.On); s.Do == Ask && r != nil && g.chance(25) {
		s.Names, s.Write = g.some(r), false
	}
	return g.add(s)
}

// some are one or two columns of a relation.
func (g *generator) some(r *Relation) []string {
	names := []string{key}
	for _, c := range r.Columns {
		names = append(names, c.Name)
	}
	g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names[:min(len(names), 1+g.IntN(2))]
}

// pause has the catalog know before the platform is reconciled, or the other way round; and
// something is altered again.
func (g *generator) pause() bool {
	if !g.add(Step{Do: pick(g, Sync, Reconcile)}) {
		return false
	}
	g.several(0, 2, g.alter)
	return true
}

// end has something end.
func (g *generator) end() bool {
	if len(g.world.Asked) == 0 || g.chance(30) {
		return g.add(Step{Do: LetExpire})
	}
	a := pick(g, g.world.Asked...)
	return g.add(Step{Do: Revoke, On: a.On, Who: a.Who})
}
