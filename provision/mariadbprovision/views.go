package mariadbprovision

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// viewsOver finds the views that read the table with their definer's rights, and that
// a grantee may read by a right on the view itself. Views over such views are not
// looked for.
func (s *session) viewsOver(ctx context.Context, j *job, in map[string]bool, ways map[grantee][]way) ([]holding, error) {
	if j.container() || len(in) == 0 {
		return nil, nil
	}
	over := map[target]bool{}
	for i, database := range slices.Sorted(maps.Keys(in)) {
		if i == maxViews {
			break
		}
		err := s.query(ctx, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			over[target{database, name}] = true
			return err
		}, "call "+s.p.home+".list_views_over(?, ?, ?)", database, j.database, j.table)
		if err != nil {
			return nil, err
		}
	}
	if len(over) == 0 {
		return nil, nil
	}
	var all []holding
	err := s.query(ctx, func(scan func(...any) error) error {
		var by grantee
		var on target
		var rights, grantor string
		err := scan(&by.user, &by.host, &on.database, &on.name, &rights, &grantor)
		if over[on] && ways[by] != nil && strings.Contains(rights, "Select") {
			all = append(all, holding{by, "SELECT on the view " + on.quoted(), grantor})
		}
		return err
	}, "select user, host, db, name, concat(privileges, ',', columns), grantor from "+s.p.home+".table_rights")
	return all, err
}
