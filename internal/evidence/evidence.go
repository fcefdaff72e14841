// Package evidence keeps with a review the facts that its conditions have read, and puts them
// in the place of today's.
package evidence

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/cache"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Keeper keeps facts. It remembers what conditions read.
type Keeper struct {
	Now   func() time.Time
	reads cache.Cache[string, [][]string] // the facts that conditions read, by the condition
}

// KeepOpening keeps with a review the facts that its rules and stages have read, in the
// place of those that were kept for it before. Where a fact is not known now, the review
// goes on to stand on what was known.
func (k *Keeper) KeepOpening(rev *review.Review, before []request.Evidence, by request.Identity, f review.Facts, policies []*review.Policy) error {
	now, err := k.evidence(by, f, rev.Looked(policies...))
	if err != nil {
		return err
	}
	if err := k.addCovered(&now, rev.Looked(policies...), f.Covers, varies); err != nil {
		return err
	}
	if review.ReadsRisk(policies...) { // also where no stage has asked for it yet: it stays as it is
		risk, err := factAt(reflect.ValueOf(&f.Assist).Elem(), riskPath)
		if err != nil {
			return err
		}
		risk.Source = request.FromPrecedent
		now.Facts = append([]request.Fact{risk}, slices.DeleteFunc(now.Facts, isRisk)...)
	}
	was, kept := request.Opening(before)
	unknown := slices.ContainsFunc(now.Facts, func(f request.Fact) bool { return f.State == request.FactUnknown && !isRisk(f) })
	if kept && unknown && rev.Status == request.Pending {
		now = was
	}
	rev.Evidence = append([]request.Evidence{now}, slices.DeleteFunc(slices.Clone(before), func(e request.Evidence) bool { return e.By == "" })...)
	return nil
}

// riskPath leads to what is read of review assist, and isRisk reports whether a fact is that.
var riskPath = []string{"assist", "risk"}

func isRisk(f request.Fact) bool { return f.Name == strings.Join(riskPath, ".") }

// Assist is what was kept of review assist when a review was opened: it stays as it is until
// somebody edits the request. What was not kept, or is erased, is not known.
func Assist(all []request.Evidence) (a review.AssistFacts) {
	opening, _ := request.Opening(all)
	if at := slices.IndexFunc(opening.Facts, isRisk); at >= 0 && opening.Facts[at].State == request.FactKept {
		_ = json.Unmarshal(opening.Facts[at].Value, &a.Risk) // what cannot be read is not known
	}
	return a
}

// Guarded is what guardrails have looked at. The zero value has looked at nothing.
type Guarded struct {
	Facts      review.Facts
	Conditions []string
	Covered    []review.AssetFacts // by the asset, or read through it
}

// KeepGuarded keeps the facts that guardrails have read, in the place of those that they have
// read before.
func (k *Keeper) KeepGuarded(rev *review.Review, by request.Identity, g Guarded) error {
	left := slices.DeleteFunc(slices.Clone(rev.Evidence), func(e request.Evidence) bool { return e.Guardrails })
	if len(g.Conditions) == 0 || len(left) >= request.MaxEvidence {
		rev.Evidence = left
		return nil
	}
	now, err := k.evidence(by, g.Facts, g.Conditions)
	if err == nil {
		err = k.addCovered(&now, g.Conditions, g.Covered, func([]string) bool { return true })
	}
	now.Guardrails = true
	rev.Evidence = append(left, now)
	return err
}

// KeepDetermination keeps the facts by which a steward has matched selectors with
// conditions, in their own right.
func (k *Keeper) KeepDetermination(rev *review.Review, by request.Identity, f review.Facts, d review.Determination) error {
	var conditions []string
	for _, m := range d.Matches {
		if when := rev.Stages[m.Stage].Approvals[m.Selector].Selector.When; when != "" && m.For == "" {
			conditions = append(conditions, when)
		}
	}
	if len(conditions) == 0 || len(rev.Evidence) >= request.MaxEvidence {
		return nil
	}
	e, err := k.evidence(by, f, conditions)
	if e.By = by.Person(); err == nil {
		rev.Evidence = append(slices.Clip(rev.Evidence), e)
	}
	return err
}

// evidence are the facts that some conditions read, each once, for an act of somebody.
func (k *Keeper) evidence(by request.Identity, f review.Facts, conditions []string) (request.Evidence, error) {
	e := request.Evidence{At: k.Now().UTC()}
	paths, err := k.pathsRead(conditions)
	if err != nil {
		return e, err
	}
	in := variablesOf(&f)
	steward := review.FactsOf(by)
	in["steward"] = reflect.ValueOf(&steward).Elem()
	for _, path := range paths {
		value, there := in[path[0]]
		if !there || pinned(path) {
			continue
		}
		fact, err := factAt(value, path)
		if err != nil {
			return e, err
		}
		fact.Of, fact.Source = originOf(path, by, value)
		add(&e, fact)
	}
	return e, nil
}

// addCovered adds the facts that conditions read of what an asset covers, as far as they may
// differ from those of the asset. Of those that are alike, the first is kept.
func (k *Keeper) addCovered(e *request.Evidence, conditions []string, covered []review.AssetFacts, differs func(path []string) bool) error {
	paths, err := k.pathsRead(conditions)
	paths = slices.DeleteFunc(paths, func(path []string) bool { return path[0] != "asset" || pinned(path) || !differs(path) })
	seen := map[string]bool{}
	for i := range covered {
		value := reflect.ValueOf(&covered[i]).Elem()
		var facts []request.Fact
		key := ""
		for _, path := range paths {
			fact, failed := factAt(value, path)
			if failed != nil {
				return failed
			}
			fact.Of, fact.Source = originOf(path, request.Identity{}, value)
			fact.Name = strings.Join(append([]string{coveredWord}, path[1:]...), ".")
			facts, key = append(facts, fact), key+string(fact.State)+string(fact.Value)
		}
		if !seen[key] {
			seen[key] = true
			add(e, facts...)
		}
	}
	return err
}

// coveredWord begins the names of facts of what an asset covers.
const coveredWord = "covered"

// varies reports whether flows read a fact of what is covered, and not of the asset that covers it.
func varies(path []string) bool {
	return len(path) == 1 || slices.Contains([]string{"tags", "columns", "source"}, path[1])
}

// add adds facts as far as there is room.
func add(e *request.Evidence, facts ...request.Fact) {
	room := min(len(facts), request.MaxEvidenceFacts-len(e.Facts))
	e.Facts = append(e.Facts, facts[:room]...)
	e.More += len(facts) - room
}

// pathsRead are the facts that some conditions read, each once, by their names.
func (k *Keeper) pathsRead(conditions []string) ([][]string, error) {
	var all [][]string
	for _, when := range conditions {
		paths, err := k.reads.Load(when, func() ([][]string, error) { return review.FactsRead(when) })
		if err != nil {
			return nil, err
		}
		all = append(all, paths...)
	}
	all = slices.Clone(all)
	slices.SortFunc(all, slices.Compare)
	return slices.CompactFunc(all, slices.Equal), nil
}

// pinned reports whether a fact is part of the request, which keeps it itself.
func pinned(path []string) bool {
	switch path[0] {
	case "request", "answers":
		return true
	case "asset":
		return len(path) > 1 && slices.Contains([]string{"ref", "name", "path", "connection"}, path[1])
	}
	return false
}

// variablesOf are the variables of conditions whose fields may change, to be read and set.
func variablesOf(f *review.Facts) map[string]reflect.Value {
	return map[string]reflect.Value{"asset": reflect.ValueOf(&f.Asset).Elem(), "requester": reflect.ValueOf(&f.Requester).Elem(), "beneficiary": reflect.ValueOf(&f.Beneficiary).Elem(),
		riskPath[0]: reflect.ValueOf(&f.Assist).Elem()}
}

// originOf says whom or what a fact is about, and who vouches for it.
func originOf(path []string, by request.Identity, of reflect.Value) (string, request.FactSource) {
	switch who := of.Interface().(type) {
	case review.PersonFacts:
		if who.Person == string(by.Person()) {
			return who.Person, request.FromSignIn
		}
		return who.Person, request.FromDirectory
	case review.AssetFacts:
		if len(path) > 1 && path[1] == "tags" {
			return who.Ref, request.FromGovernance
		}
		return who.Ref, request.FromPlatform
	case review.AssistFacts:
		return "", request.FromPrecedent
	}
	return "", ""
}

// factAt reads a fact of a variable.
func factAt(of reflect.Value, path []string) (request.Fact, error) {
	fact := request.Fact{Name: strings.Join(path, "."), State: request.FactKept}
	field, key, err := fieldAt(of, path)
	switch {
	case err != nil:
		return fact, err
	case (field.Kind() == reflect.Map || personal(path)) && field.IsNil(), path[0] == riskPath[0] && field.IsZero():
		fact.State = request.FactUnknown
		return fact, nil
	case key != "":
		if field = field.MapIndex(reflect.ValueOf(key)); !field.IsValid() {
			fact.Value = json.RawMessage("null") // it is known that there is none
			return fact, nil
		}
	}
	if fact.Value, err = json.Marshal(field.Interface()); len(fact.Value) > request.MaxFactBytes {
		fact.Value, fact.State = nil, request.FactTooLarge
	}
	return fact, err
}

// personal reports whether nil says of a fact that it is not known.
func personal(path []string) bool { return path[0] != "asset" && len(path) > 1 && path[1] == "groups" }

// fieldAt finds the field of a variable that a path leads to, and the key in it if that is a
// map.
func fieldAt(of reflect.Value, path []string) (field reflect.Value, key string, err error) {
	field = of
	for i, name := range path[1:] {
		if field.Kind() == reflect.Map {
			return field, name, nil
		}
		if field = named(field, name); !field.IsValid() {
			return field, "", errors.New("grantwright: conditions read no " + strings.Join(path[:i+2], "."))
		}
	}
	return field, "", nil
}

// named is the field that conditions know by a name.
func named(of reflect.Value, name string) reflect.Value {
	if of.Kind() == reflect.Struct {
		for i := range of.NumField() {
			if of.Type().Field(i).Tag.Get("cel") == name {
				return of.Field(i)
			}
		}
	}
	return reflect.Value{}
}
