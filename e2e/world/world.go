package world

import (
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
)

// Type is the type of a column, by its own name here.
type Type string

// The types of columns. Keys hold no value that anybody looks for.
const (
	Text     Type = "text"
	Number   Type = "bigint"
	Mailbox  Type = "mailbox"  // a domain with a check
	Serial   Type = "serial"   // a key by a sequence that the table owns
	Loose    Type = "loose"    // a key by a sequence that it does not own
	Identity Type = "identity" // a key that is generated as identity
)

// holds reports whether values of the type are looked for.
func (t Type) holds() bool { return t == Text || t == Number || t == Mailbox }

// Schemas are those of every world.
var Schemas = []string{"shop", "crm", "hr"}

// Owners are the roles that own what stands.
var Owners = []string{"etl", "rep"}

// key is the first column of each table: the number of the row, by which tables are
// partitioned.
const key = "n"

// Relation is one table or view of a world.
type Relation struct {
	ID      int
	Name    string // with its schema
	Kind    catalog.Kind
	Owner   string
	Columns []Column // behind the key
	Wholes  []int    // that it is a partition or a child of
	Value   int      // as a partition
	Sub     bool     // it is a partition, and partitioned
	Uses    []Use    // as a view
	Own     bool     // a view that reads with the reader's rights
	Calls   bool     // a view that calls a function
	Policy  bool
	First   bool  // the policy shows the first row alone, whatever stands elsewhere
	Looks   []int // at which its policy looks
	Watched bool  // the policy of another looks at it
	Trigger bool
	Gone    bool
}

// Column is one column of a relation.
type Column struct {
	Name string
	Type Type
	Data int // names the data: it stays with the column under every name; 0 is not looked for
}

// Use is a column that a view reads.
type Use struct{ Relation, Data int }

// Datum is where some data stand, also when that is gone.
type Datum struct{ In *Relation }

// Mask is a mask that governance has saved.
type Mask struct {
	Name, At    string
	Names, Tags []string
	How         string

	View   int   // that shows the whole table
	shown  []int // the data that it showed when governance saw it
	pinned bool  // the engine has seen it since
}

// World is all that was made and said so far. It knows nothing of the engine.
type World struct {
	People     People
	Relations  []*Relation // by their IDs, also those that are gone
	Data       map[int]Datum
	Masks      []Mask
	Classified map[string]map[string][]string // tags, by place and column
	Stricts    []string                       // places with a flow of others
	Guards     []string                       // places with a guardrail that keeps interns out
	Asked      []Asked

	// Hidden are the data that masks have matched, as the engine has seen them, with the
	// names of these: they are shown to nobody without an exception, under any name.
	Hidden map[int][]string

	Seen     map[string]int            // the relations by their names, as of the last look of the engine
	Columns  map[string]map[string]int // the data of their columns, as of then
	begun    bool                      // the engine has looked
	last     int                       // the last number given
	hiddenAs map[int][]string          // the names under which data were hidden

	beyond  bool            // there is another database, where foreign tables lead
	mapped  []string        // who may read there
	rightOn map[right]bool  // of owners, on what others own
	closed  map[string]bool // schemas whose function nobody else may call
}

// Asked is one request that was made.
type Asked struct {
	Step
	Tagged map[int]bool  // the data that were tagged pii then
	Parts  map[int][]int // relations then, by number, with what they were a part of
	Nearer []string      // places where others decided then, or a mask was set
	Seen   map[string]int
	Data   []int // of the columns that were asked for
	Stale  bool  // the engine knew them under other names
}

// NewWorld is a world in which nothing stands yet.
func NewWorld() *World {
	return &World{People: everyone, Data: map[int]Datum{}, Classified: map[string]map[string][]string{}, Hidden: map[int][]string{}, Seen: map[string]int{}, Columns: map[string]map[string]int{}, hiddenAs: map[int][]string{}, rightOn: map[right]bool{}, closed: map[string]bool{}}
}

// standing are the relations that are there, in the order in which they were made.
func (w *World) standing() []*Relation {
	return slices.DeleteFunc(slices.Clone(w.Relations), func(r *Relation) bool { return r.Gone })
}

// relation finds what stands under a name.
func (w *World) relation(name string) *Relation {
	for _, r := range w.Relations {
		if r.Name == name && !r.Gone {
			return r
		}
	}
	return nil
}

func (r *Relation) column(name string) *Column {
	for i := range r.Columns {
		if r.Columns[i].Name == name {
			return &r.Columns[i]
		}
	}
	return nil
}

func (r *Relation) view() bool {
	return r.Kind == catalog.View || r.Kind == catalog.MaterializedView
}

// stores reports whether rows stand in the relation itself.
func (r *Relation) stores() bool { return r.Kind == catalog.Table }

// filled reports whether a relation has rows of its own, here or beyond.
func (r *Relation) filled() bool { return r.stores() || r.Kind == catalog.ForeignTable }

// add makes a relation stand, with data of its own in each column.
func (w *World) add(r Relation, columns []Spec) *Relation {
	r.ID = len(w.Relations)
	for _, c := range columns {
		r.Columns = append(r.Columns, Column{Name: c.Name, Type: c.Type})
	}
	w.Relations = append(w.Relations, &r)
	for i := range r.Columns {
		w.number(&r, &r.Columns[i])
	}
	return &r
}

// number gives the data of a column a number.
func (w *World) number(r *Relation, c *Column) {
	if c.Type.holds() {
		w.last++
		c.Data = w.last
		w.Data[c.Data] = Datum{r}
	}
}

// lineage is a relation and all that it is a part of.
func (w *World) lineage(r *Relation) []*Relation {
	all := []*Relation{r}
	for i := 0; i < len(all); i++ {
		for _, id := range all[i].Wholes {
			if whole := w.Relations[id]; !slices.Contains(all, whole) {
				all = append(all, whole)
			}
		}
	}
	return all
}

// family is a relation and all its parts, at any depth.
func (w *World) family(r *Relation) []*Relation {
	return slices.DeleteFunc(w.standing(), func(o *Relation) bool { return !slices.Contains(w.lineage(o), r) })
}

// viewed reports whether a view reads a relation, or some data of it.
func (w *World) viewed(r *Relation, data int) bool {
	return slices.ContainsFunc(w.standing(), func(v *Relation) bool {
		return slices.ContainsFunc(v.Uses, func(u Use) bool { return u.Relation == r.ID && (data == 0 || u.Data == data) })
	})
}

// covers reports whether a place covers a name: it is the same, or within.
func covers(place, name string) bool {
	return place == "" || place == name || strings.HasPrefix(name, place+".")
}

// schemaOf is the schema of a relation's name.
func schemaOf(name string) string {
	schema, _, _ := strings.Cut(name, ".")
	return schema
}

// tags are those of a column of a relation: its own, and those of what it is a part of.
func (w *World) tags(r *Relation, column string) []string {
	var all []string
	for _, x := range w.lineage(r) {
		all = append(all, w.Classified[x.Name][column]...)
	}
	return all
}

// look is a look of the engine at the platform: what a mask matches now stays hidden.
func (w *World) look() {
	w.Seen, w.Columns = map[string]int{}, map[string]map[string]int{}
	for _, r := range w.standing() {
		w.Seen[r.Name], w.Columns[r.Name] = r.ID, columnsOf(r)
		for _, c := range r.Columns {
			if w.clear(r, c.Name) {
				delete(w.Hidden, c.Data)
			}
			for _, mask := range w.matching(r, c.Name) {
				w.hiddenAs[c.Data] = append(w.hiddenAs[c.Data], c.Name)
				if !slices.Contains(w.Hidden[c.Data], mask) {
					w.Hidden[c.Data] = append(w.Hidden[c.Data], mask)
				}
			}
		}
	}
	delete(w.Hidden, 0)
	w.pin()
}

// unhide ends what a mask has hidden, when it is deleted.
func (w *World) unhide(mask string) {
	for data, by := range w.Hidden {
		if by = slices.DeleteFunc(by, func(name string) bool { return name == mask }); len(by) == 0 {
			delete(w.Hidden, data)
		} else {
			w.Hidden[data] = by
		}
	}
}

// classified ends what is hidden of a relation, and of its parts, where governance has said
// by now what the columns are, and no mask matches them.
func (w *World) classified(r *Relation) {
	for _, part := range w.family(r) {
		for _, c := range part.Columns {
			if _, said := w.Classified[r.Name][c.Name]; said && len(w.matching(part, c.Name)) == 0 {
				delete(w.Hidden, c.Data)
			}
		}
	}
}

// tagged are the data that are tagged pii now.
func (w *World) tagged() map[int]bool {
	all := map[int]bool{}
	for _, r := range w.standing() {
		for _, c := range r.Columns {
			if c.Data != 0 && slices.Contains(w.tags(r, c.Name), pii) {
				all[c.Data] = true
			}
		}
	}
	return all
}

// asks notes a request.
func (w *World) asks(s Step) {
	a := Asked{Step: s, Tagged: w.tagged(), Parts: map[int][]int{}, Seen: maps.Clone(w.Seen), Data: w.data(s)}
	a.Nearer = slices.Concat(w.Stricts, w.Guards)
	for _, m := range w.Masks {
		a.Nearer = append(a.Nearer, m.At)
	}
	a.Nearer = slices.DeleteFunc(a.Nearer, func(place string) bool { return covers(place, s.On) })
	for _, r := range w.standing() {
		for _, whole := range w.lineage(r) {
			a.Parts[r.ID] = append(a.Parts[r.ID], whole.ID)
		}
	}
	if r := w.relation(s.On); r != nil {
		a.Stale = !maps.Equal(columnsOf(r), w.Columns[s.On])
	}
	w.Asked = append(w.Asked, a)
}
