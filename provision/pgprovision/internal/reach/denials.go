package reach

import (
	"slices"
	"strings"

	"github.com/grantwright/grantwright/provision"
)

// Denials are the parts of a container on which we may not pass on rights, by their names
// without quotes.
type Denials map[string]denial

type denial struct {
	part   string // as the platform writes it
	rights []string
	why    string
}

func bare(name string) string { return strings.ReplaceAll(name, `"`, "") }

// partOf names a thing as a part of a container: most are tables.
func partOf(class, name string) string { return strings.TrimPrefix(class+" ", "table ") + name }

// Deny notes that rights on a thing are not given.
func (d Denials) Deny(class, name string, rights []string, why string) {
	part := partOf(class, name)
	d[bare(part)] = denial{part, rights, why}
}

// why says of what a part lacks why we have not given it; empty where we have.
func (d Denials) why(part, lack string) string {
	right, on, of := strings.Cut(strings.TrimPrefix(lack, "no "), " on ")
	if !of {
		on = part
	}
	if denied := d[bare(on)]; slices.Contains(denied.rights, right) {
		return ", " + denied.why
	}
	return ""
}

// Gaps are the parts, with what they lack.
func (d Denials) Gaps() []provision.Gap {
	var all []provision.Gap
	for _, one := range d {
		all = append(all, provision.Gap{Part: one.part, Reason: "no " + strings.Join(one.rights, ", ") + ", " + one.why})
	}
	return all
}
