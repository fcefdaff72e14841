package review

import (
	"slices"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/pairing"
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
	return pairing.Matched(who, speaks)
}
