package evidence

import (
	"cmp"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Restored are the facts of a request as they were kept with its review. What was not kept
// is as it is now. The zero value has kept nothing.
type Restored struct {
	Facts   review.Facts
	kept    map[string]bool // the names of the facts that are those of then
	covered map[string]int  // of how many things that the asset covered, by the names
}

// Restore puts the facts that were kept in the place of today's.
func Restore(f review.Facts, e request.Evidence) (Restored, error) {
	r := Restored{Facts: f, kept: map[string]bool{}}
	r.Facts.Requester.Attributes, r.Facts.Beneficiary.Attributes = maps.Clone(f.Requester.Attributes), maps.Clone(f.Beneficiary.Attributes)
	in := variablesOf(&r.Facts)
	for _, fact := range e.Facts {
		path := strings.SplitN(fact.Name, ".", 3)
		if path[0] == "asset" {
			path = strings.Split(fact.Name, ".")
		}
		if path[0] == coveredWord {
			continue
		}
		of, is := in[path[0]]
		if !is || fact.State != request.FactKept && fact.State != request.FactUnknown {
			continue
		}
		if err := setAt(of, path, fact); err != nil {
			return r, err
		}
		r.kept[fact.Name] = true
	}
	return r, r.restoreCovered(e)
}

// restoreCovered puts what the asset covered in the place of what it covers, if all of that
// was kept.
func (r *Restored) restoreCovered(e request.Evidence) error {
	var all []review.AssetFacts
	var first string // of the facts of each
	covered := map[string]int{}
	for _, fact := range e.Facts {
		path := strings.Split(fact.Name, ".")
		if path[0] != coveredWord {
			continue
		}
		if e.More > 0 || fact.State != request.FactKept && fact.State != request.FactUnknown {
			return nil
		}
		if first = cmp.Or(first, fact.Name); fact.Name == first {
			all = append(all, review.AssetFacts{Ref: fact.Of})
		}
		if err := setAt(reflect.ValueOf(&all[len(all)-1]).Elem(), path, fact); err != nil {
			return err
		}
		covered[fact.Name]++
	}
	if len(all) > 0 {
		r.Facts.Covers, r.covered = all, covered
	}
	return nil
}

// lacksCovered reports whether conditions read a fact of what the asset covers that was not
// kept of each of them.
func (r *Restored) lacksCovered(paths [][]string) bool {
	return len(r.Facts.Covers) > 0 && slices.ContainsFunc(paths, func(path []string) bool {
		name := strings.Join(append([]string{coveredWord}, path[1:]...), ".")
		return path[0] == "asset" && !pinned(path) && varies(path) && r.covered[name] < len(r.Facts.Covers)
	})
}

// setAt gives a field of a variable the value that was kept.
func setAt(of reflect.Value, path []string, fact request.Fact) error {
	field, key, err := fieldAt(of, path)
	switch {
	case err != nil:
		return err
	case fact.State == request.FactUnknown:
		field.SetZero()
		return nil
	case key == "":
		field.SetZero() // a map would keep what it holds
		return json.Unmarshal(fact.Value, field.Addr().Interface())
	}
	if field.IsNil() {
		field.Set(reflect.MakeMap(field.Type()))
	}
	value := reflect.New(field.Type().Elem())
	if err := json.Unmarshal(fact.Value, value.Interface()); err != nil {
		return err
	}
	if string(fact.Value) == "null" {
		field.SetMapIndex(reflect.ValueOf(key), reflect.Value{})
		return nil
	}
	field.SetMapIndex(reflect.ValueOf(key), value.Elem())
	return nil
}

// Lacking lists the facts that some conditions read and that were not kept.
func (k *Keeper) Lacking(r Restored, conditions []string) (all []string, err error) {
	paths, err := k.pathsRead(conditions)
	for _, path := range paths {
		name := strings.Join(path, ".")
		whole := len(path) > 1 && r.kept[strings.Join(path[:2], ".")]
		if !pinned(path) && path[0] != "steward" && !r.kept[name] && !whole {
			all = append(all, name)
		}
	}
	if r.lacksCovered(paths) {
		all = append(all, "what the asset covers")
	}
	return all, err
}

// CheckKept refuses an outcome that stands on facts that were not kept, its own or those of
// something that its asset covers.
func (k *Keeper) CheckKept(r Restored, rev review.Review, policies []*review.Policy) error {
	lacking, err := k.Lacking(r, rev.Looked(policies...))
	if err != nil {
		return err
	}
	if len(lacking) > 0 {
		return &manifest.NotKeptError{Facts: slices.Compact(lacking)}
	}
	return nil
}
