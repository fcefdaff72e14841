// Package columns finds the columns that an access reads in a table or a view as it stands,
// and writes the rights on them.
package columns

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/request"
)

// Names are the names of the columns of a table or a view, by their numbers.
type Names map[int]string

// NumberOf finds a column by its name; zero for none.
func (n Names) NumberOf(name string) int {
	for number, is := range n {
		if is == name {
			return number
		}
	}
	return 0
}

// Showing is how what is read shows the columns of the asset. The zero value shows them under
// their names: the asset itself, or a masked view of ours.
type Showing struct {
	Freely  bool        // it is a view of others, whose names may mean other columns
	Renamed bool        // columns beneath it were renamed since governance looked at it
	From    map[int]int // for the columns of such a view that are columns of the asset as they are: which
}

// by reports whether the column of a number in what is read may stand for one of the asset.
func (s Showing) by(number int, c Column, own int) bool {
	if from, known := s.From[number]; known || !s.Freely {
		return !known || from == own
	}
	return !s.Renamed && c.name == c.asked
}

// Column is one that an access reads.
type Column struct {
	asked  string // its name when it was approved
	name   string // now; empty where it stands no longer
	Number int    // in the table or view that is read; zero where that does not show it
	unsure bool   // what stands under its name in the view that is read is another one, or may be
}

// Of finds the columns of a privilege: in the asset itself, and in what is read in its
// place. By its id a column is found under any name, and another one under its name is not
// taken for it. A view of others keeps its names where columns beneath it change theirs.
func Of(p request.Privilege, asset, read Names, shows Showing) []Column {
	names, ids, _ := naming.ColumnsOf(p)
	found := make([]Column, len(names))
	for i, name := range names {
		c := Column{asked: name}
		if ids == nil && asset.NumberOf(name) > 0 {
			c.name = name
		} else if ids != nil {
			number, _ := strconv.Atoi(ids[i])
			c.name = asset[number]
		}
		if c.Number = read.NumberOf(c.name); c.Read() && !shows.by(c.Number, c, asset.NumberOf(c.name)) {
			c.Number, c.unsure = 0, true
		}
		found[i] = c
	}
	return found
}

// Read reports whether the column is read.
func (c Column) Read() bool { return c.Number > 0 }

// trouble says why a column is not read as it was asked for; empty if it is.
func (c Column) trouble() string {
	switch {
	case c.name == "":
		return fmt.Sprintf("column %s stands no longer", naming.Quote(c.asked))
	case c.unsure:
		return fmt.Sprintf("column %s is not read: columns were renamed, and the view that masks the asset may show another one under that name", naming.Quote(c.name))
	case !c.Read():
		return fmt.Sprintf("column %s is not shown by the view that masks the asset", naming.Quote(c.name))
	}
	return ""
}

// Troubles say why some of the columns are not read as they were asked for.
func Troubles(all []Column) []string {
	var texts []string
	for _, c := range all {
		if why := c.trouble(); why != "" {
			texts = append(texts, why)
		}
	}
	return texts
}

// Remarks say which of some columns are not as they were asked for, and where only some of
// the asset are read, how.
func Remarks(all []Column, partly bool) []string {
	var names, remarks []string
	for _, c := range all {
		why := c.trouble()
		if why == "" && c.name != c.asked {
			why = fmt.Sprintf("column %s is called %s by now", naming.Quote(c.asked), naming.Quote(c.name))
		}
		if why != "" && !slices.Contains(remarks, why) {
			remarks = append(remarks, why)
		}
		if name := naming.Identify(c.name); c.Read() && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 && partly {
		remarks = append(remarks, "only these columns are read, and a query has to name them, instead of *: "+strings.Join(names, ", "))
	}
	return remarks
}

// Rights are the rights on the columns that stand: "SELECT 3" is about the column of that
// number.
func Rights(all []Column) []string {
	var rights []string
	for _, c := range all {
		if c.Read() {
			rights = append(rights, fmt.Sprint("SELECT ", c.Number))
		}
	}
	return rights
}

// OnWhole is the same right on the whole of a table. PostgreSQL lets us pass on a right on
// a column by it, and takes all columns along where it is revoked.
func OnWhole(right string) string {
	whole, _, _ := strings.Cut(right, " ")
	return whole
}

// Written writes rights on a table for a statement, such as "select, insert", or
// "select (id, note)".
func Written(names Names, rights []string) string {
	var texts []string
	columns := make(map[string][]string)
	for _, right := range rights {
		whole, number, is := strings.Cut(right, " ")
		if !is {
			texts = append(texts, strings.ToLower(right))
			continue
		}
		n, _ := strconv.Atoi(number)
		columns[whole] = append(columns[whole], naming.Quote(names[n]))
	}
	for _, whole := range slices.Sorted(maps.Keys(columns)) {
		texts = append(texts, strings.ToLower(whole)+" ("+strings.Join(columns[whole], ", ")+")")
	}
	return strings.Join(texts, ", ")
}
