package catalog

import (
	"slices"
	"strings"
)

// SameDefinition reports whether an asset shows what it showed when a definition was
// pinned. A definition is a list with spaces between its entries. Digests are of what a
// view shows, each of the same by another measure: one that is equal proves that nothing
// was changed. An entry "name=digest" is of one thing beneath the asset: it has to be equal
// where both have it. An empty definition says nothing, and counts as the same.
func SameDefinition(pinned, now string) bool {
	return sameView(pinned, now) && !slices.ContainsFunc(ChangedBeneath(pinned, now), decides)
}

// Beside begins the name of an entry that is said to have changed, and that changes nothing
// of what the asset shows.
const Beside = "~"

func decides(name string) bool { return !strings.HasPrefix(name, Beside) }

func sameView(pinned, now string) bool {
	was, is := digestsOf(pinned), digestsOf(now)
	return len(was) == 0 || len(is) == 0 || slices.ContainsFunc(is, func(digest string) bool { return slices.Contains(was, digest) })
}

// PinOpen is the digest of an entry that keeps nothing back: whatever comes in its place shows
// less, and is no change.
const PinOpen = "open"

// ChangedBeneath lists the names of the entries that two definitions both have, and that
// differ, in the order of the second.
func ChangedBeneath(pinned, now string) []string {
	was := map[string]string{}
	for _, entry := range strings.Fields(pinned) {
		if name, digest, named := strings.Cut(entry, "="); named {
			was[name] = digest
		}
	}
	var changed []string
	for _, entry := range strings.Fields(now) {
		name, digest, named := strings.Cut(entry, "=")
		if before, known := was[name]; named && known && before != digest && before != PinOpen {
			changed = append(changed, name)
		}
	}
	return changed
}

// maxBeneath bounds the entries of a definition that have names.
const maxBeneath = 40

// Repinned is a definition after a later look, which may not have found all that is pinned:
// what it has not found stays.
func Repinned(pinned, now string) string {
	all := digestsOf(now)
	if len(all) == 0 {
		all = digestsOf(pinned)
	}
	var names []string
	for _, entry := range append(strings.Fields(now), strings.Fields(pinned)...) {
		name, _, named := strings.Cut(entry, "=")
		if named && !slices.Contains(names, name) && len(names) < maxBeneath {
			names, all = append(names, name), append(all, entry)
		}
	}
	return strings.Join(all, " ")
}

func digestsOf(definition string) []string {
	return slices.DeleteFunc(strings.Fields(definition), func(entry string) bool { return strings.Contains(entry, "=") })
}
