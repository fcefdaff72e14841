package mariadbsource

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/mariadbwire"
)

// errLeft says that the reader wants no more.
var errLeft = errors.New("mariadbsource: the reader has left")

// reading is one stream.
type reading struct {
	*Source
	root  catalog.Ref
	path  []string
	yield func(catalog.Asset, error) bool
	id    string // the server's

	reads   map[string][]ViewRead // what the views of a database read, of those that were asked about
	touched map[string][]Touched  // the same of what is called or changed
}

func (r *reading) run(ctx context.Context, db *sql.DB) error {
	if _, err := catalog.ParseRef(string(r.root)); err != nil {
		return err
	}
	if r.root.Connection() != r.connection.Name || len(r.path) > 2 {
		return ctx.Err()
	}
	if err := db.QueryRowContext(ctx, "select id from "+r.home+".installation").Scan(&r.id); err != nil {
		return err
	}
	if r.Admit != nil {
		var err error
		if r.id, err = r.Admit(r.id); err != nil {
			return err
		}
	}
	databases, err := r.databases(ctx, db)
	if err != nil {
		return err
	}
	for _, d := range databases {
		if !r.connection.Scope.Holds([]string{d.name}) {
			continue
		}
		if err := r.database(ctx, db, d); err != nil {
			return err
		}
	}
	return nil
}

// database is one of the server, with what its people say of it.
type database struct{ name, comment string }

// databases lists those that the root is about, in the order of their names.
func (r *reading) databases(ctx context.Context, db *sql.DB) ([]database, error) {
	var all []database
	err := query(ctx, db, func(rows *sql.Rows) error {
		var d database
		err := rows.Scan(&d.name, &d.comment)
		if len(r.path) == 0 || d.name == r.path[0] {
			all = append(all, d)
		}
		return err
	}, "call "+r.home+".list_databases()")
	slices.SortFunc(all, func(a, b database) int { return strings.Compare(a.name, b.name) })
	return all, err
}

// database yields a database and what it holds. All of that is read before the first of
// it is yielded: a reader may take its time, and the server waits for nobody.
func (r *reading) database(ctx context.Context, db *sql.DB, d database) error {
	ref, err := catalog.NewRef(r.connection.Name, d.name)
	if err != nil {
		return r.emit(ctx, catalog.Asset{}, r.unnamed(catalog.Ref(r.connection.Name), "database", mariadbwire.DatabaseID(d.name), err))
	}
	objects, err := r.objects(ctx, db, d.name)
	if len(r.path) < 2 {
		a := r.asset(ref, catalog.Database, mariadbwire.DatabaseID(d.name))
		a.Source.Comment = d.comment
		if err := r.emit(ctx, a, nil); err != nil {
			return err
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && mariadbwire.Number(err) == 0:
		return err // the connection is lost, and the other databases with it
	case err != nil:
		return r.emit(ctx, catalog.Asset{}, &catalog.PartialError{Ref: ref, Err: err})
	}
	for i, o := range objects {
		if o.kind == catalog.View {
			objects[i].through, _, err = ViewLinks(ctx, r.connection.Name, d.name, o.name, func(ctx context.Context, database, view string) ([]ViewRead, error) {
				all, err := r.readsOf(ctx, db, database)
				return slices.DeleteFunc(slices.Clone(all), func(read ViewRead) bool { return read.View != view }), err
			})
		}
		if err != nil {
			return err
		}
		at, unnamed := catalog.NewRef(r.connection.Name, d.name, o.name)
		if unnamed != nil {
			continue // which is told when it is yielded
		}
		objects[i].through, err = TouchLinks(ctx, at, objects[i].through, func(ctx context.Context, database, table string) ([]Touched, error) {
			all, err := r.touchedBy(ctx, db, database)
			return slices.DeleteFunc(slices.Clone(all), func(t Touched) bool { return t.Table != table }), err
		})
		if err != nil {
			return err
		}
	}
	for _, o := range objects {
		if err := r.object(ctx, ref, o); err != nil {
			return err
		}
	}
	return nil
}

// readsOf reads what the views of a database read, once.
func (r *reading) readsOf(ctx context.Context, db *sql.DB, database string) ([]ViewRead, error) {
	if known, is := r.reads[database]; is {
		return known, nil
	}
	all := []ViewRead{}
	err := query(ctx, db, func(rows *sql.Rows) error {
		var read ViewRead
		err := rows.Scan(&read.View, &read.Own, &read.Digest, &read.Database, &read.Table, &read.IsView)
		all = append(all, read)
		return err
	}, "call "+r.home+".list_reads(?, ?)", database, nil)
	if err == nil {
		if r.reads == nil {
			r.reads = map[string][]ViewRead{}
		}
		r.reads[database] = all
	}
	return all, err
}

// touchedBy reads what the tables and views of a database touch, once.
func (r *reading) touchedBy(ctx context.Context, db *sql.DB, database string) ([]Touched, error) {
	if known, is := r.touched[database]; is {
		return known, nil
	}
	all := []Touched{}
	err := query(ctx, db, func(rows *sql.Rows) error {
		var t Touched
		err := rows.Scan(&t.Table, &t.Way, &t.Database, &t.Name, &t.Own)
		all = append(all, t)
		return err
	}, "call "+r.home+".list_touched(?, ?)", database, nil)
	if err == nil {
		if r.touched == nil {
			r.touched = map[string][]Touched{}
		}
		r.touched[database] = all
	}
	return all, err
}

// object is a table or a view.
type object struct {
	name, id, owner, comment string
	kind                     catalog.Kind
	columns                  []catalog.Column
	through                  []catalog.Through
}

// objects reads what a database holds, in the order of the names, with the columns.
func (r *reading) objects(ctx context.Context, db *sql.DB, database string) ([]object, error) {
	var only any
	if len(r.path) == 2 {
		only = r.path[1]
	}
	at := map[string]int{}
	var all []object
	err := query(ctx, db, func(rows *sql.Rows) error {
		var o object
		var security string
		var updatable bool
		err := rows.Scan(&o.name, &o.kind, &o.id, &o.owner, &security, &updatable, &o.comment)
		if only == nil || only == o.name {
			at[o.name] = len(all)
			all = append(all, o)
		}
		return err
	}, "call "+r.home+".list_objects(?, ?)", database, only)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	expressions := make([]map[string]string, len(all))
	err = query(ctx, db, func(rows *sql.Rows) error {
		var name string
		var c catalog.Column
		var computed *string
		if said, err := rows.Columns(); err != nil || len(said) != 5 {
			return errors.Join(err, errOtherVersion)
		}
		err := rows.Scan(&name, &c.Name, &c.Type, &c.Comment, &computed)
		if i, known := at[name]; known {
			all[i].columns = append(all[i].columns, c)
			if computed != nil {
				if expressions[i] == nil {
					expressions[i] = map[string]string{}
				}
				expressions[i][c.Name] = *computed
			}
		}
		return err
	}, "call "+r.home+".list_columns(?, ?)", database, only)
	for i, o := range all {
		computed(o.columns, expressions[i])
	}
	slices.SortFunc(all, func(a, b object) int { return strings.Compare(a.name, b.name) })
	return all, err
}

// errOtherVersion says that the procedures do not say what is read.
var errOtherVersion = errors.New("the procedures of Grantwright on the server are of another version; run what Setup lists")

func (r *reading) object(ctx context.Context, in catalog.Ref, o object) error {
	ref, err := catalog.NewRef(r.connection.Name, in.Name(), o.name)
	if err != nil {
		return r.emit(ctx, catalog.Asset{}, r.unnamed(in, "table", o.id, err))
	}
	a := r.asset(ref, o.kind, o.id)
	a.Columns, a.Source.Owner, a.Source.Comment, a.Through = o.columns, o.owner, o.comment, o.through
	return r.emit(ctx, a, nil)
}

func (r *reading) asset(ref catalog.Ref, kind catalog.Kind, id string) catalog.Asset {
	return catalog.Asset{Ref: ref, Kind: kind, ID: r.id + "/" + id, Technology: Technology, Host: r.connection.Host}
}

// unnamed says that an object has a name that cannot be part of a Ref.
func (r *reading) unnamed(in catalog.Ref, what, id string, err error) error {
	ref, refErr := catalog.NewRef(r.connection.Name, append(in.Path(), fmt.Sprintf("(%s %s)", what, id))...)
	if refErr != nil {
		return refErr
	}
	return &catalog.PartialError{Ref: ref, Err: err}
}

// emit yields, unless the stream is over.
func (r *reading) emit(ctx context.Context, a catalog.Asset, partial error) error {
	if err := errors.Join(ctx.Err(), context.Cause(r.closing)); err != nil {
		return err
	}
	if !r.yield(a, partial) {
		return errLeft
	}
	return nil
}

// query calls scan for each row.
func query(ctx context.Context, db *sql.DB, scan func(*sql.Rows) error, text string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
