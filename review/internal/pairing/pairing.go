// Package pairing finds for whom people speak where several may speak for several.
package pairing

import (
	"slices"

	"github.com/grantwright/grantwright/request"
)

// Matched gives each human one person to speak for, so that as many as possible
// have one: the augmenting paths of a bipartite matching. It returns
// those who have one.
func Matched(who []request.PersonID, speaks map[request.PersonID][]request.PersonID) []request.PersonID {
	spoken := map[request.PersonID]request.PersonID{}
	var give func(human request.PersonID, tried map[request.PersonID]bool) bool
	give = func(human request.PersonID, tried map[request.PersonID]bool) bool {
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
	return slices.DeleteFunc(who, func(human request.PersonID) bool { return !give(human, map[request.PersonID]bool{}) })
}
