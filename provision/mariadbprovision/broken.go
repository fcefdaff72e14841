package mariadbprovision

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// broken says why tables and views do not work although access to them is given, by their
// names in the database of the job.
type broken struct {
	reads  map[string][]string // why they cannot be read
	writes map[string][]string // why they can be read, and not be written to

	own map[string][]target // what views read with the rights of whoever uses them
	may map[target][]int    // whom others let read that, by position in job.people
}

// namesAtOnce is how many views one call is about.
const namesAtOnce = 100

// readBroken asks the server whether what the people are to have works. A table that is read
// only works where it is given.
func (s *session) readBroken(ctx context.Context, j *job, v *view) (broken, error) {
	b := broken{reads: map[string][]string{}, writes: map[string][]string{}}
	o := v.object(j)
	if o == nil || !j.gives() || o.kind != catalog.View && !j.container() && !j.writes() {
		return b, nil
	}
	views, updatable := j.viewsGiven(v)
	for _, read := range []func() error{
		func() error { return s.readMissing(ctx, j, b) },
		func() error { return s.checkViews(ctx, j, views, b) },
		func() error { return s.tryWrites(ctx, j, updatable, b) },
		func() error { return s.readOwn(ctx, j, v, &b) },
	} {
		if err := read(); err != nil {
			return b, err
		}
	}
	return b, nil
}

// gives reports whether somebody is to have access.
func (j *job) gives() bool {
	return slices.ContainsFunc(j.people, func(p person) bool { return len(p.want) > 0 })
}

// given lists the tables and views that access to the asset covers.
func (j *job) given(v *view) []string {
	if !j.container() {
		return []string{j.table}
	}
	var names []string
	for _, a := range j.below {
		if _, stands := v.standing(j, a); stands {
			names = append(names, a.Ref.Name())
		}
	}
	return names
}

// viewsGiven lists the views among them, and those that somebody is to write to.
func (j *job) viewsGiven(v *view) (views, updatable []string) {
	for _, name := range j.given(v) {
		if v.objects[name].kind != catalog.View {
			continue
		}
		views = append(views, name)
		if v.objects[name].updatable && j.writes() {
			updatable = append(updatable, name)
		}
	}
	return views, updatable
}

// readMissing finds the accounts and rights that are missing.
func (s *session) readMissing(ctx context.Context, j *job, b broken) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var on, way, name, as string
		var gone bool
		if err := scan(&on, &way, &name, &as, &gone); err != nil {
			return err
		}
		name, as = visible.Text(name), visible.Text(as)
		switch {
		case way == "VIEW":
			b.reads[on] = append(b.reads[on], fmt.Sprintf("it reads as %q, and there is no such account", as))
		case way == "FUNCTION":
			b.reads[on] = append(b.reads[on], fmt.Sprintf("it calls %s, which runs as %q, and there is no such account", name, as))
		case gone:
			b.writes[on] = append(b.writes[on], fmt.Sprintf("its trigger %s runs as %q, and there is no such account", name, as))
		default:
			b.writes[on] = append(b.writes[on], fmt.Sprintf("its trigger %s runs as %q, who has no TRIGGER on it", name, as))
		}
		return nil
	}, "call "+s.p.home+".list_broken(?, ?)", j.database, j.only())
}

// nobodyThere is how the server answers where the account that a view reads as is gone: it
// refuses us.
const nobodyThere = "Access denied for user "

// locked is how it answers where somebody has locked what a view reads.
const locked = "Lock wait timeout exceeded"

// checkViews asks whether views can be read. Of what the server says of each, the first is
// the reason.
func (s *session) checkViews(ctx context.Context, j *job, views []string, b broken) error {
	asked := map[string]string{}
	for _, name := range views {
		if len(b.reads[name]) == 0 {
			asked[j.database+"."+name] = name
		}
	}
	for group := range slices.Chunk(slices.Sorted(maps.Values(asked)), namesAtOnce) {
		err := s.Query(ctx, func(scan func(...any) error) error {
			var table, operation, level, says string
			if err := scan(&table, &operation, &level, &says); err != nil {
				return err
			}
			name, is := asked[table]
			if !is || level != "Error" || strings.HasPrefix(says, locked) || len(b.reads[name]) > 0 {
				return nil
			}
			if strings.HasPrefix(says, nobodyThere) {
				says = "a view beneath it reads as an account that is gone"
			}
			b.reads[name] = append(b.reads[name], visible.Text(says))
			return nil
		}, "call "+s.p.home+".check_views(?, ?)", j.database, listOf(group))
		if err != nil {
			return err
		}
	}
	return nil
}

// tryWrites asks whether views could be written to.
func (s *session) tryWrites(ctx context.Context, j *job, views []string, b broken) error {
	for group := range slices.Chunk(views, namesAtOnce) {
		err := s.Query(ctx, func(scan func(...any) error) error {
			var found string
			if err := scan(&found); err != nil {
				return err
			}
			var all []struct{ View, Says string }
			if err := json.Unmarshal([]byte(found), &all); err != nil {
				return fmt.Errorf("what cannot be written to: %w", err)
			}
			for _, one := range all {
				if says := visible.Text(one.Says); !slices.Contains(b.writes[one.View], says) {
					b.writes[one.View] = append(b.writes[one.View], says)
				}
			}
			return nil
		}, "call "+s.p.home+".try_writes(?, ?)", j.database, listOf(group))
		if err != nil {
			return err
		}
	}
	return nil
}

func listOf(names []string) string {
	text, _ := json.Marshal(names) // of strings, which never fails
	return string(text)
}

// works reports whether a person can use what they were given. A container works where one
// of its parts does: the others are gaps.
func (j *job) works(v *view, b broken, i int) (provision.Gaps, error) {
	writes, unreadable := slices.Contains(j.people[i].want, request.ReadWrite), 0
	var gaps []provision.Gap
	given := j.given(v)
	for _, name := range given {
		lacks := slices.Concat(b.reads[name], b.lacksOwn(name, i))
		reads := len(lacks) == 0
		if !reads {
			unreadable++
		} else if writes {
			lacks = b.writes[name]
		}
		if len(lacks) > 0 {
			gaps = append(gaps, provision.Gap{Part: visible.Text(quote(j.database, name)), Reason: strings.Join(lacks, "; "), Writing: reads})
		}
	}
	all := provision.GapsOf(gaps, 0)
	switch {
	case len(gaps) == 0:
		return all, nil
	case !j.container():
		e := &provision.LackingError{Principal: j.people[i].principal.Name, Lacks: []string{gaps[0].Reason}}
		if gaps[0].Writing {
			e.Of = provision.Access.Writes
		}
		return provision.Gaps{}, e
	case unreadable == len(given):
		return provision.Gaps{}, &provision.LackingError{Principal: j.people[i].principal.Name, Lacks: all.Lines()}
	}
	return all, nil
}
