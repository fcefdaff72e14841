package masks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// RulesOf is a digest of the masks of an asset, which does not depend on its state.
func RulesOf(m provision.Masking) string {
	if m.Off || !m.Show.Masked() {
		return naming.Digest("off")
	}
	var lines []string
	for _, c := range m.Show.Columns {
		lines = append(lines, fmt.Sprintf("%q %s %q %d %q", c.Name, c.Mask.How, c.Mask.Constant, c.Mask.Last, c.Mask.Key))
	}
	for _, name := range m.Show.Clear {
		lines = append(lines, fmt.Sprintf("%q", name))
	}
	slices.Sort(lines)
	return naming.Digest(strings.Join(append(lines, string(m.Show.View)), "\n"))
}

// text writes the query of a masked view, and lists the columns that it leaves out. The
// reader is current_user, also behind a pooler that sets the role: session_user would be
// the pooler. While the role of a column does not exist, nobody sees the column clear.
func (m *Masking) text(s Shown) (query string, out []string) {
	var columns []string
	for _, c := range s.columns {
		switch at := slices.IndexFunc(m.want.Show.Columns, func(o catalog.MaskedColumn) bool { return o.Name == c.name }); {
		case at >= 0:
			columns = append(columns, m.shows(s.object, c, m.want.Show.Columns[at].Mask)+" as "+naming.Quote(c.name))
		case slices.Contains(m.want.Show.Clear, c.name):
			columns = append(columns, "t."+naming.Quote(c.name))
		default:
			out = append(out, c.name)
		}
	}
	return "select " + strings.Join(columns, ",\n\t") + "\nfrom " + naming.Quote(s.Schema, s.Name) + " t", out
}

// trial is a query that shows a row of nothing as the masked view does, without reading the
// asset: what cannot be shown fails here, and not for whoever reads the view.
func (m *Masking) trial(s Shown) string {
	var shown, row []string
	for _, c := range s.columns {
		if at := slices.IndexFunc(m.want.Show.Columns, func(o catalog.MaskedColumn) bool { return o.Name == c.name }); at >= 0 {
			shown = append(shown, m.shows(s.object, c, m.want.Show.Columns[at].Mask))
			row = append(row, "null::"+c.base+" as "+naming.Quote(c.name))
		}
	}
	if len(shown) == 0 {
		return ""
	}
	return "select " + strings.Join(shown, ", ") + "\nfrom (select " + strings.Join(row, ", ") + ") t"
}

// shows is the expression of one masked column. It calls functions of PostgreSQL only:
// whoever reads a view must be able to call its functions, and by a function of ours
// that hashes they could hash any guess.
func (m *Masking) shows(object uint32, c column, by catalog.Mask) string {
	clear := "t." + naming.Quote(c.name)
	unmasked := "(select pg_has_role(current_user, r.oid, 'USAGE') from pg_roles r where r.rolname = " + naming.Literal(m.place.Role(naming.Unmask(c.name), object)) + ")"
	text := clear + "::text"
	switch by.How {
	case catalog.MaskConstant:
		return fmt.Sprintf("case when %s then %s else %s::%s end", unmasked, clear, naming.Literal(by.Constant), c.base)
	case catalog.MaskHash:
		return fmt.Sprintf("case when %s or %s is null then %[3]s else encode(sha256(%s || sha256(%s || convert_to(%[3]s, 'UTF8'))), 'hex') end",
			unmasked, clear, text, m.pad("pad_out", by.Key), m.pad("pad_in", by.Key))
	case catalog.MaskLast:
		return fmt.Sprintf("case when %s or %s is null then %[3]s when char_length(%[3]s) > %d then '***' || right(%[3]s, %[4]d) else '***' end", unmasked, clear, text, by.Last)
	}
	return fmt.Sprintf("case when %s then %s else null::%s end", unmasked, clear, c.base)
}

// pad is one of the two blocks of a key. The view reads them with our rights; its
// text holds only the key's name.
func (m *Masking) pad(which, key string) string {
	return "(select k." + which + " from " + naming.Quote(m.place.MaskSchema(), keyTable) + " k where k.name = " + naming.Literal(keyName(key)) + ")"
}

// Blank reports whether the masks of an asset show none of its columns: each is hidden, or
// nobody has classified it yet.
func Blank(m provision.Masking) bool {
	return m.Show.Masked() && m.Show.View == "" && m.Show.Under == "" && len(m.Show.Columns)+len(m.Show.Clear) == 0
}

// BlankBy says so, with the columns that are left out.
func BlankBy(out []string) string {
	names := make([]string, len(out))
	for i, name := range out {
		names[i] = naming.Identify(name)
	}
	return "shown without any column, until governance classifies them: " + naming.Few(names)
}
