package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// UnknownError says that no asset has a name, and which have a similar one. It wraps
// ErrNotFound.
type UnknownError struct {
	Name    string  // as it was asked for
	Similar []Asset // the most similar first, at most MaxSimilar
}

// MaxSimilar bounds the assets of an UnknownError.
const MaxSimilar = 5

func (e *UnknownError) Error() string {
	text := fmt.Sprintf("%v: %s", ErrNotFound, excerpt.Of(e.Name, maxShown))
	for i, a := range e.Similar {
		sep := ", "
		if i == 0 {
			sep = "; did you mean "
		}
		text += sep + excerpt.Of(string(a.Ref), maxShown)
	}
	return text
}

// Unwrap returns ErrNotFound.
func (e *UnknownError) Unwrap() error { return ErrNotFound }

// Similar are those of some assets whose names are similar to a path, the most similar
// first, at most MaxSimilar. A name is similar if at most a third of it differs by the
// distance of Levenshtein, whatever its case, or if one begins with the other.
func Similar(path []string, assets []Asset) []Asset {
	if len(path) == 0 {
		return nil
	}
	type near struct {
		asset Asset
		far   int
	}
	var all []near
	seen := map[Ref]bool{}
	for _, a := range assets {
		far, is := farFrom(path, a.Ref.Path())
		if is && !seen[a.Ref] && a.Gone.IsZero() {
			seen[a.Ref] = true
			all = append(all, near{a, far})
		}
	}
	slices.SortFunc(all, func(a, b near) int { return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(a.asset.Ref, b.asset.Ref)) })
	var most []Asset
	for _, n := range all[:min(len(all), MaxSimilar)] {
		most = append(most, n.asset)
	}
	return most
}

// farFrom says how far a name is from a path that was asked for: that of its last parts
// counts most, then how many of the parts above differ.
func farFrom(asked, has []string) (far int, similar bool) {
	a, b := lastOf(asked), lastOf(has)
	d := distance(a, b)
	longer := max(len(a), len(b))
	if 3*d > longer && (min(len(a), len(b)) < 3 || !hasPrefix(a, b) && !hasPrefix(b, a)) {
		return 0, false
	}
	far = 8 * d
	for i := range min(len(asked), len(has)) - 1 {
		if !strings.EqualFold(asked[len(asked)-2-i], has[len(has)-2-i]) {
			far++
		}
	}
	return far, true
}

// maxCompared bounds the characters of a name that are compared.
const maxCompared = 64

func lastOf(path []string) []rune {
	if len(path) == 0 {
		return nil
	}
	name := []rune(strings.ToLower(path[len(path)-1]))
	return name[:min(len(name), maxCompared)]
}

func hasPrefix(a, b []rune) bool { return len(a) >= len(b) && slices.Equal(a[:len(b)], b) }

// distance is that of Levenshtein: how many characters are put in, left out or changed.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		last := row[0]
		row[0] = i + 1
		for j := range b {
			changed := last
			if a[i] != b[j] {
				changed++
			}
			last = row[j+1]
			row[j+1] = min(changed, row[j]+1, last+1)
		}
	}
	return row[len(b)]
}
