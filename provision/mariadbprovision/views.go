package mariadbprovision

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/mariadbsource"
	"github.com/grantwright/grantwright/request"
)

// readShown reads what is read through the asset, if that is a view, and what it shows; and
// what is called, or changed with it.
func (s *session) readShown(ctx context.Context, j *job, v *view) error {
	o := v.object(j)
	if o == nil || j.container() || o.kind != catalog.View && !j.writes() {
		return nil
	}
	if o.kind == catalog.View {
		if err := s.readViewLinks(ctx, j, v); err != nil {
			return err
		}
	}
	var err error
	v.reach, err = mariadbsource.TouchLinks(ctx, j.asset.Ref, v.reach, func(ctx context.Context, database, table string) ([]mariadbsource.Touched, error) {
		var all []mariadbsource.Touched
		err := s.Query(ctx, func(scan func(...any) error) error {
			var t mariadbsource.Touched
			err := scan(&t.Table, &t.Way, &t.Database, &t.Name, &t.Own)
			all = append(all, t)
			return err
		}, "call "+s.p.home+".list_touched(?, ?)", database, table)
		return all, err
	})
	return err
}

// writes reports whether somebody is to write.
func (j *job) writes() bool {
	return slices.ContainsFunc(j.people, func(p person) bool { return slices.Contains(p.want, request.ReadWrite) })
}

func (s *session) readViewLinks(ctx context.Context, j *job, v *view) error {
	var err error
	v.reach, v.definition, err = mariadbsource.ViewLinks(ctx, j.asset.Ref.Connection(), j.database, j.table, s.viewReads)
	return err
}

func (s *session) viewReads(ctx context.Context, database, view string) ([]mariadbsource.ViewRead, error) {
	var all []mariadbsource.ViewRead
	err := s.Query(ctx, func(scan func(...any) error) error {
		var r mariadbsource.ViewRead
		err := scan(&r.View, &r.Own, &r.Digest, &r.Database, &r.Table, &r.IsView)
		all = append(all, r)
		return err
	}, "call "+s.p.home+".list_reads(?, ?)", database, view)
	return all, err
}
