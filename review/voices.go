package review

import (
	"slices"

	"github.com/grantwright/grantwright/request"
)

// approves reports whether a determination counts for the stage at place i.
func (d *Determination) approves(i int) bool {
	return d.Act == Approve && d.Void == "" && d.Stage == i && slices.ContainsFunc(d.Matches, func(m Match) bool { return m.Stage == i })
}

// voices lists the people whose approvals of the stage at place i count as those of
// different people: each human once, whoever they stand for, and each person once
// for whom somebody has spoken, themselves or a substitute.
func voices(i int, all []Determination) []request.PersonID {
	var who []request.PersonID
	speaks := map[request.PersonID][]request.PersonID{} // for whom each human may speak; empty while all speak for themselves
	for j := range all {
		d := &all[j]
		if !d.approves(i) {
			continue
		}
		if !slices.Contains(who, d.By) {
			who = append(who, d.By)
		}
		for _, m := range d.Matches {
			if m.Stage == i && m.For != "" {
				speaks[d.By] = append(speaks[d.By], m.For)
			} else if m.Stage == i {
				speaks[d.By] = append(speaks[d.By], d.By)
			}
		}
	}
	return paired(who, speaks)
}

// paired gives each human one person to speak for, so that as many as possible
// have one: the augmenting paths of a bipartite matching.
func paired(who []request.PersonID, speaks map[request.PersonID][]request.PersonID) []request.PersonID {
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
