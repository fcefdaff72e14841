package converge

import (
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

// object is one that was approved under a name.
type object struct {
	ref catalog.Ref
	catalog.Object
}

// pair is the names of an asset and of a principal. Under them several objects and
// several principals can have stood, one after another; each has grants of its own.
type pair struct {
	ref       catalog.Ref
	principal string
}

// jobs groups Standings by the object that was approved, in the order of the first
// of each. What cannot become a job has its error already. A second Standing for the
// same pair is refused, because one of the two would undo the other.
func (l *Loop[J]) jobs(want []provision.Standing, fail func(index int, err error)) []J {
	seen := make(map[pair][]provision.Standing)
	byObject := make(map[object]J)
	var all []J
	for i, w := range want {
		here := pair{w.Asset.Ref, w.Principal.Name}
		if slices.ContainsFunc(seen[here], func(o provision.Standing) bool { return l.Platform.Same(w, o) }) {
			fail(i, l.Wrap(fmt.Errorf("%w: principal %q and asset %s stand twice in one call", provision.ErrPermanent, w.Principal.Name, w.Asset.Ref)))
			continue
		}
		seen[here] = append(seen[here], w)
		approved := object{w.Asset.Ref, w.Asset.Object()}
		j, known := byObject[approved]
		if !known {
			var err error
			if j, err = l.Platform.NewJob(w.Asset); err != nil {
				if refuses(err, w) {
					fail(i, l.Wrap(err))
				}
				continue
			}
			byObject[approved] = j
			all = append(all, j)
		}
		j.Add(i, w)
	}
	return all
}

// refuses reports whether an error of NewJob fails a Standing. Where no grant of ours
// can stand, there is none to take away, and it is done.
func refuses(err error, w provision.Standing) bool {
	return len(w.Want) > 0 || errors.As(err, new(*ElsewhereError))
}
