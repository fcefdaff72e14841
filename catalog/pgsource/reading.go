package pgsource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/grantwright/grantwright/catalog"
)

// errLeft ends a reading whose caller wants no more.
var errLeft = errors.New("pgsource: the caller left the stream")

// reading is one stream.
type reading struct {
	*Source
	ctx   context.Context
	root  catalog.Ref
	yield func(catalog.Asset, error) bool
	left  bool

	system string // the cluster that the stream began on
}

func (r *reading) run() error {
	if _, err := catalog.ParseRef(string(r.root)); err != nil {
		return err
	}
	if r.root.Connection() != r.connection.Name || len(r.root.Path()) > 3 {
		return nil
	}
	in, err := r.begin(r.ctx, r.config.Database)
	if err != nil {
		return r.failure(err)
	}
	r.system = in.system
	// All are listed before the first is read, so that a stream never holds more
	// than one connection.
	var all []row
	err = pages(func(after int64) ([]row, error) { return in.databases(r.ctx, after, r.named(0)) },
		func(d row) error { all = append(all, d); return nil })
	in.end()
	if err != nil {
		return r.failure(err)
	}
	for _, d := range all {
		if !r.connection.Scope.Holds([]string{d.name}) {
			continue // we do not even connect to it
		}
		if err := r.database(d); err != nil {
			return err
		}
	}
	return r.failure(r.ctx.Err())
}

// named is the name that the root gives at a depth, or empty for any.
func (r *reading) named(depth int) string {
	if path := r.root.Path(); depth < len(path) {
		return path[depth]
	}
	return ""
}

// database returns only errors that end the whole stream.
func (r *reading) database(d row) error {
	ref, err := catalog.NewRef(r.connection.Name, d.name)
	if err != nil {
		return r.emit(catalog.Asset{}, r.unnamed(d, err))
	}
	in, failed := r.begin(r.ctx, d.name)
	if pq.As(failed, pqerror.InvalidCatalogName) != nil {
		return nil // dropped since it was listed
	}
	if failed == nil {
		defer in.end()
	}
	if len(r.root.Path()) < 2 {
		if err := r.object(d, fmt.Sprintf("%s/%d", r.system, d.oid), d.name); err != nil {
			return err
		}
	}
	if failed == nil {
		failed = r.contents(in, d)
	}
	if failed == nil || r.left || r.ctx.Err() != nil {
		return r.failure(failed)
	}
	if len(r.root.Path()) > 1 {
		ref = r.root
	}
	return r.emit(catalog.Asset{}, &catalog.PartialError{Ref: ref, Err: failed})
}

func (r *reading) contents(in *session, d row) error {
	if in.system != r.system {
		return errors.New("another server answers than the one that listed the databases")
	}
	if in.database != d.oid {
		return errors.New("another database stands under the name since they were listed")
	}
	id := func(o row) string { return fmt.Sprintf("%s/%d/%d", r.system, d.oid, o.oid) }
	if len(r.root.Path()) < 3 {
		if err := pages(func(after int64) ([]row, error) { return in.schemas(r.ctx, after, r.named(1)) },
			func(s row) error { return r.object(s, id(s), d.name, s.name) }); err != nil {
			return err
		}
	}
	return pages(func(after int64) ([]row, error) { return in.relations(r.ctx, after, r.named(1), r.named(2)) },
		func(o row) error {
			if _, err := catalog.NewRef(r.connection.Name, d.name, o.schema); err != nil {
				return nil // the schema was reported, and all below it with it
			}
			return r.object(o, id(o), d.name, o.schema, o.name)
		})
}

// pages calls each with every row, a page at a time. A page is read to its end
// before its first row is used: a slow caller is no slow statement.
func pages(read func(after int64) ([]row, error), each func(row) error) error {
	for after := int64(0); ; {
		page, err := read(after)
		if err != nil {
			return err
		}
		for _, o := range page {
			if err := each(o); err != nil {
				return err
			}
		}
		if len(page) < pageSize {
			return nil
		}
		after = page[len(page)-1].oid
	}
}

// details is what the catalogs have of an object beside its name.
type details struct {
	Owner   string           `json:"owner"`
	Comment string           `json:"comment"`
	Columns []catalog.Column `json:"columns"`
	Links   json.RawMessage  `json:"links"`
}

func (r *reading) object(o row, id string, path ...string) error {
	ref, err := catalog.NewRef(r.connection.Name, path...)
	if err != nil {
		return r.emit(catalog.Asset{}, r.unnamed(o, err, path[:len(path)-1]...))
	}
	var is details
	if err := json.Unmarshal(o.details, &is); err != nil { // bytes that are not UTF-8 come out as U+FFFD
		return r.emit(catalog.Asset{}, &catalog.PartialError{Ref: ref, Err: err})
	}
	a := catalog.Asset{
		Ref: ref, Kind: o.kind, ID: id, Technology: Technology, Host: r.connection.Host,
		Columns: is.Columns, Source: catalog.Claims{Owner: is.Owner, Comment: is.Comment},
	}
	links, err := ParseLinks(r.connection.Name, path[0], is.Links)
	if err != nil {
		return r.emit(catalog.Asset{}, &catalog.PartialError{Ref: ref, Err: err})
	}
	a.Link(links)
	return r.emit(a, nil)
}

// unnamed reports an object that no Ref can name. It was never an asset, so
// there is nothing to spare; it gets a name that no other object has.
func (r *reading) unnamed(o row, err error, container ...string) error {
	ref, tooLong := catalog.NewRef(r.connection.Name, append(container[:len(container):len(container)], fmt.Sprintf("(oid %d)", o.oid))...)
	if tooLong != nil {
		ref, _ = catalog.NewRef(r.connection.Name, container...)
	}
	return &catalog.PartialError{Ref: ref, Err: err}
}

// emit yields, unless the stream has come to its end.
func (r *reading) emit(a catalog.Asset, err error) error {
	if r.ctx.Err() != nil {
		return r.failure(r.ctx.Err())
	}
	if !r.yield(a, err) {
		r.left = true
		return errLeft
	}
	return nil
}

// failure prefers the reason why the context ended to what the driver made of it.
func (r *reading) failure(err error) error {
	switch {
	case err == nil || r.left || r.ctx.Err() == nil:
		return err
	case context.Cause(r.ctx) == errClosed:
		return errClosed
	}
	return r.ctx.Err()
}
