package mariadbprovision

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

// A view with SQL SECURITY INVOKER shows its readers what they may read themselves. Access to
// a database covers such a view: it works for whoever may read all that lies beneath.

// readOwn finds what the covered views of that kind read, and who may read it anyhow.
func (s *session) readOwn(ctx context.Context, j *job, v *view, b *broken) error {
	b.own, b.may = map[string][]target{}, map[target][]int{}
	if !j.container() {
		return nil // such a view alone is given to nobody
	}
	given := j.given(v)
	for _, name := range given {
		if v.objects[name].security != "INVOKER" || len(b.reads[name]) > 0 {
			continue
		}
		reads, err := s.ownReads(ctx, target{j.database, name})
		if err != nil {
			return err
		}
		for _, on := range reads {
			if on.database != j.database || !slices.Contains(given, on.name) {
				b.own[name] = append(b.own[name], on)
			}
		}
	}
	if len(b.own) == 0 {
		return nil
	}
	return s.readReaders(ctx, j, v, b)
}

// ownReads lists all that a view reads with the rights of whoever uses it: a view in between
// that has its definer's rights needs no others.
func (s *session) ownReads(ctx context.Context, of target) ([]target, error) {
	var own []target
	for next := []target{of}; len(next) > 0; next = next[1:] {
		reads, err := s.viewReads(ctx, next[0].database, next[0].name)
		if err != nil {
			return nil, err
		}
		for _, r := range reads {
			on := target{r.Database, r.Table}
			if !r.Own || r.Table == "" || on == of || slices.Contains(own, on) {
				continue
			}
			own = append(own, on)
			if r.IsView {
				next = append(next, on)
			}
		}
	}
	return own, nil
}

// readReaders finds the people who may read tables without the roles of this asset.
func (s *session) readReaders(ctx context.Context, j *job, v *view, b *broken) error {
	ways, err := s.ways(ctx, j, v)
	if err != nil {
		return err
	}
	may := func(by grantee, on target) {
		for _, w := range ways[by] {
			// One role is active when somebody logs in, and that is the person role.
			if by.host != "" || by.user == everyone || w.ours {
				b.may[on] = append(b.may[on], w.person)
			}
		}
	}
	err = s.Query(ctx, func(scan func(...any) error) error {
		var by grantee
		var on target
		err := scan(&by.user, &by.host, &on.database, &on.name)
		may(by, on)
		return err
	}, "select user, host, db, name from "+s.p.home+".table_rights where find_in_set('Select', privileges) or find_in_set('Select', columns)")
	if err != nil {
		return err
	}
	return s.Query(ctx, func(scan func(...any) error) error {
		var by grantee
		var pattern string
		err := scan(&by.user, &by.host, &pattern)
		for _, reads := range b.own {
			for _, on := range reads {
				if mariadbwire.Matches(pattern, on.database) {
					may(by, on)
				}
			}
		}
		return err
	}, "select user, host, pattern from "+s.p.home+".database_rights where may_read")
}

// lacksOwn says which of what a view reads a person may not read.
func (b broken) lacksOwn(name string, i int) []string {
	var names []string
	for _, on := range b.own[name] {
		if !slices.Contains(b.may[on], i) {
			names = append(names, visible.Text(on.quoted()))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("it reads with the reader's own rights (SQL SECURITY INVOKER), and these hold no SELECT on %s", converge.Few(names))}
}
