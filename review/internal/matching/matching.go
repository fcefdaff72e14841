// Package matching gives as many as possible of some humans one person each to speak for,
// and no person to two of them.
package matching

import "slices"

// Most lists those of who that have a person to speak for, in their order, where as many as
// possible have one. Speaks names for whom each may speak.
func Most[T comparable](who []T, speaks map[T][]T) []T {
	spoken := map[T]T{}
	var give func(human T, tried map[T]bool) bool
	give = func(human T, tried map[T]bool) bool { // the augmenting paths of a bipartite matching
		for _, person := range speaks[human] {
			if tried[person] {
				continue
			}
			tried[person] = true
			if by, taken := spoken[person]; !taken || give(by, tried) {
				spoken[person] = human
				return true
			}
		}
		return false
	}
	return slices.DeleteFunc(slices.Clone(who), func(human T) bool { return !give(human, map[T]bool{}) })
}
