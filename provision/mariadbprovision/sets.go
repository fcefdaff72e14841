package mariadbprovision

import (
	"encoding/json"
	"slices"
)

// peopleAtOnce is how many people one act is for: few enough for its time, where each
// of its statements waits for the disk.
const peopleAtOnce = 50

// sets groups acts that follow each other and differ in the person alone. Each group
// is one call.
func sets(acts []act, most int) [][]act {
	var all [][]act
	for _, a := range acts {
		last := len(all) - 1
		if last >= 0 && len(all[last]) < most && a.joins(all[last][0]) {
			all[last] = append(all[last], a)
		} else {
			all = append(all, []act{a})
		}
	}
	return all
}

// joins reports whether two acts can be one call.
func (a act) joins(o act) bool {
	return a.set != "" && a.set == o.set && slices.Equal(a.on, o.on)
}

// together is one call for all acts of a set.
func together(set []act) (act, error) {
	if len(set) == 1 {
		return set[0], nil
	}
	people := make([]oneOfSet, len(set))
	for i, a := range set {
		people[i] = a.of
	}
	list, err := json.Marshal(people)
	if err != nil {
		return act{}, err
	}
	return act{procedure: set[0].set, args: append(slices.Clone(set[0].on), string(list)), runs: set[0].runs, person: everybody}, nil
}
