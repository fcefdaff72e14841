package world

import (
	"slices"

	"github.com/grantwright/grantwright/catalog"
)

// alter changes something that stands, or adds to it.
func (g *generator) alter() bool {
	r := g.any(anything)
	if r == nil {
		return false
	}
	kinds := []func(*Relation) bool{
		func(*Relation) bool { return g.store() }, func(*Relation) bool { return g.partition() }, func(*Relation) bool { return g.show() },
		g.hideRows, func(r *Relation) bool { return g.add(Step{Do: MakeTrigger, On: r.Name, Own: g.chance(50)}) },
		g.renameColumn, g.renameColumn, g.swapColumns, g.dropAndAdd, g.addColumn, g.move, g.move, g.move, g.reattach, g.reattach, g.moreOfView, g.drop, g.withdraw, g.withdraw, g.withdraw, g.mapUser, g.mapUser,
	}
	return pick(g, kinds...)(r)
}

// free is a name of a column that the relation does not have.
func (g *generator) free(r *Relation) string {
	names := slices.DeleteFunc(slices.Concat(columnNames, []string{"other", "post"}), func(name string) bool { return r.column(name) != nil })
	return pick(g, names...)
}

func (g *generator) renameColumn(r *Relation) bool {
	return len(r.Columns) > 0 && g.add(Step{Do: RenameColumn, On: r.Name, Column: pick(g, r.Columns...).Name, To: g.free(r)})
}

func (g *generator) swapColumns(r *Relation) bool {
	return len(r.Columns) > 1 && g.add(Step{Do: SwapColumns, On: r.Name, Names: []string{pick(g, r.Columns...).Name, pick(g, r.Columns...).Name}})
}

// dropAndAdd puts a new column in the place of one, under its name or another.
func (g *generator) dropAndAdd(r *Relation) bool {
	if len(r.Columns) == 0 {
		return false
	}
	c := pick(g, r.Columns...)
	if !g.add(Step{Do: DropColumn, On: r.Name, Column: c.Name}) {
		return false
	}
	if g.chance(50) {
		g.add(Step{Do: AddColumn, On: r.Name, Columns: []Spec{{Name: c.Name, Type: Text}}})
	}
	return true
}

func (g *generator) addColumn(r *Relation) bool {
	return g.add(Step{Do: AddColumn, On: r.Name, Columns: []Spec{{Name: g.free(r), Type: pick(g, Text, Number)}}})
}

// move gives a table another name, or puts a new one in its place.
func (g *generator) move(r *Relation) bool {
	switch g.IntN(4) {
	case 0:
		return g.add(Step{Do: Replace, On: r.Name})
	case 1:
		return g.add(Step{Do: Swap, On: r.Name, To: g.name(schemaOf(r.Name))})
	}
	return g.add(Step{Do: Rename, On: r.Name, To: g.name(pick(g, schemaOf(r.Name), pick(g, Schemas...)))})
}

// reattach takes a partition off its table, or puts one back.
func (g *generator) reattach(*Relation) bool {
	if part := g.any(func(o *Relation) bool { return g.world.isPartition(o) }); part != nil && g.chance(60) {
		return g.add(Step{Do: Detach, On: part.Name})
	}
	apart := g.any(func(o *Relation) bool { return !o.part() && o.Value > 0 })
	root := g.any(func(o *Relation) bool { return o.Kind == catalog.PartitionedTable && !o.part() })
	return apart != nil && root != nil && g.add(Step{Do: Attach, On: apart.Name, Of: []string{root.Name}})
}

// moreOfView has a view show another column of its base.
func (g *generator) moreOfView(r *Relation) bool {
	if r.Kind != catalog.View {
		return false
	}
	base := g.world.Relations[r.Uses[0].Relation]
	return len(base.Columns) > 0 && g.add(Step{Do: ReplaceView, On: r.Name, Columns: []Spec{{Name: g.free(r), From: pick(g, base.Columns...).Name}}})
}

func (g *generator) drop(r *Relation) bool { return g.add(Step{Do: Drop, On: r.Name}) }

func (g *generator) withdraw(r *Relation) bool {
	return g.add(Step{Do: pick(g, Withdraw, GiveBack), On: r.Name, Calls: r.Calls && g.chance(50)})
}
