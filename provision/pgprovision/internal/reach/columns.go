package reach

import (
	"slices"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
)

// Column is one that a person is to read, by its number in a table or a view.
type Column struct {
	Person, Relation uint32
	Number           int
}

// reads reports whether a person is to read some columns only.
func (q Question) reads(person uint32) bool {
	return slices.ContainsFunc(q.Columns, func(c Column) bool { return c.Person == person })
}

// partly are the people who are to read some columns only.
func (q Question) partly() []int64 {
	var people []int64
	for _, c := range q.Columns {
		people = append(people, int64(c.Person))
	}
	slices.Sort(people)
	return slices.Compact(people)
}

// ColumnLacks asks the platform which of their columns the logins cannot read, whoever
// gave the rights. It adds to what Lacks has found.
func (q Question) ColumnLacks(lacks map[uint32][]Lack) cluster.Reading {
	const query = `
		select w.person, quote_ident(t.attname)
		from unnest($1::oid[], $2::oid[], $3::int2[]) w(person, relation, number)
		join pg_attribute t on t.attrelid = w.relation and t.attnum = w.number and not t.attisdropped
		where not has_column_privilege(w.person, w.relation, w.number, 'SELECT')
		order by w.person, w.number`
	var people, relations, numbers []int64
	for _, c := range q.Columns {
		people, relations, numbers = append(people, int64(c.Person)), append(relations, int64(c.Relation)), append(numbers, int64(c.Number))
	}
	return cluster.Reading{SQL: query, Args: []any{cluster.IDs(people), cluster.IDs(relations), pq.Array(numbers)}, Scan: func(scan func(...any) error) error {
		var id uint32
		var name string
		err := scan(&id, &name)
		lacks[id] = append(lacks[id], Lack{what: "no SELECT of column " + visible.Text(name), class: "table"})
		return err
	}}
}
