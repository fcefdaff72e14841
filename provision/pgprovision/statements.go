package pgprovision

import (
	"fmt"
	"slices"
	"strings"
)

const (
	maxSet  = 200  // tables and the like that one statement names
	maxPart = 2000 // that one transaction changes: each takes a lock, of which a platform has a few thousand
)

// change lists the rights on one thing that one role gains, or loses.
type change struct {
	class  string // see thing
	name   string // quoted
	rights string // such as "select, insert"
	shared string // see act
}

// inSets makes statements of changes, each for as many things as it may name, in
// the order in which the rights first appear.
func inSets(format string, changes []change) []act {
	type kind struct{ class, rights string }
	var kinds []kind
	alike := make(map[kind][]change)
	for _, c := range changes {
		k := kind{c.class, c.rights}
		if alike[k] == nil {
			kinds = append(kinds, k)
		}
		alike[k] = append(alike[k], c)
	}
	var acts []act
	for _, k := range kinds {
		for set := range slices.Chunk(alike[k], maxSet) {
			a := act{things: len(set)}
			names := make([]string, len(set))
			for i, c := range set {
				names[i] = c.name
				if c.shared != "" && !slices.Contains(a.shared, c.shared) {
					a.shared = append(a.shared, c.shared)
				}
			}
			a.sql = fmt.Sprintf(format, k.rights, k.class, strings.Join(names, ", "))
			acts = append(acts, a)
		}
	}
	return acts
}

// part returns as many of the acts as one transaction should run. No act of a decision
// depends on a later one.
func part(acts []act) []act {
	things := 0
	for i, a := range acts {
		if things += a.things; things > maxPart && i > 0 {
			return acts[:i]
		}
	}
	return acts
}
