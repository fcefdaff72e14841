package catalog

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Scope says which of the objects of a platform are assets. A name is written as in a Ref,
// without the connection: sales, sales.public or sales.public.orders. It stands for the
// object and everything below it. A * in a part is any number of characters, so that
// *.tmp_* is each schema, of any database, whose name begins with tmp_.
type Scope struct {
	// Include leaves out everything else, but for the containers of what it names. None
	// means all.
	Include []string `json:"include,omitempty"`

	// Exclude leaves something out, whatever Include says.
	Exclude []string `json:"exclude,omitempty"`
}

// maxScope bounds the names of each list of a Scope.
const maxScope = 200

func (s Scope) check() error {
	for of, names := range map[string][]string{"include": s.Include, "exclude": s.Exclude} {
		if len(names) > maxScope {
			return fmt.Errorf("scope.%s names %d places, at most %d are allowed", of, len(names), maxScope)
		}
		for _, name := range names {
			if _, err := ParsePath(name); err != nil {
				return fmt.Errorf("scope.%s: %v", of, err) // what is wrong is the connection
			}
		}
	}
	return nil
}

// Holds reports whether the object at a path is an asset, or a container of one.
func (s Scope) Holds(path []string) bool {
	if slices.ContainsFunc(s.Exclude, func(name string) bool { return covers(name, path) }) {
		return false
	}
	return len(s.Include) == 0 || slices.ContainsFunc(s.Include, func(name string) bool { return covers(name, path) || within(path, name) })
}

// covers reports whether a name stands for a path, or for a container of it.
func covers(name string, path []string) bool {
	parts, err := ParsePath(name)
	return err == nil && len(parts) <= len(path) && fits(parts, path[:len(parts)])
}

// within reports whether a path is that of a container of what a name stands for.
func within(path []string, name string) bool {
	parts, err := ParsePath(name)
	return err == nil && len(path) < len(parts) && fits(parts[:len(path)], path)
}

func fits(patterns, path []string) bool {
	for i, p := range patterns {
		if !like(p, path[i]) {
			return false
		}
	}
	return true
}

// like reports whether a name is as a pattern, in which * is any number of characters.
func like(pattern, name string) bool {
	first, rest, some := strings.Cut(pattern, "*")
	name, begins := strings.CutPrefix(name, first)
	if !begins || !some {
		return begins && name == ""
	}
	for {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(name, part)
		}
		at := strings.Index(name, part)
		if at < 0 {
			return false
		}
		name, rest = name[at+len(part):], after
	}
}

// Scoped leaves out of a stream what is no asset of the connection: what its Scope does not
// hold, and the place with this id and what is below it. An empty id leaves out nothing.
func (c Connection) Scoped(assets iter.Seq2[Asset, error], without string) iter.Seq2[Asset, error] {
	return func(yield func(Asset, error) bool) {
		var ours Ref
		for a, err := range assets {
			ref := a.Ref
			var partial *PartialError
			if errors.As(err, &partial) {
				ref = partial.Ref
			}
			if err == nil && without != "" && a.ID == without {
				ours = a.Ref
			}
			left := (ours.Covers(ref) || without != "" && strings.HasPrefix(a.ID, without+"/") || !c.Scope.Holds(ref.Path())) && (err == nil || partial != nil)
			if !left && !yield(a, err) {
				return
			}
		}
	}
}
