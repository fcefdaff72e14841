package grantwright

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// lamp is a kind of definitions that nothing but this file knows.
type lamp struct {
	Name    string           `json:"name"`
	Version int              `json:"version"`
	Watts   int              `json:"watts"`
	Flow    request.FlowName `json:"flow,omitempty"`
	SavedBy request.PersonID `json:"savedBy,omitempty"`
}

var lamps = governance.Kind[string, lamp]{
	File: manifest.Kind[lamp]{Kind: "lamps", Named: func(l lamp) (string, int) { return l.Name, l.Version }},
	Records: store.Kind[string, lamp]{Name: "lamps",
		Of: func(l lamp) string { return records.VersionKey(l.Name, l.Version) }},
	Stamp: func(l *lamp, version int, by, _ request.PersonID) { l.Version, l.SavedBy = version, by },
	Check: func(_ context.Context, _ *governance.Governance, l lamp) error {
		if l.Watts <= 0 {
			return errors.New("a lamp without light")
		}
		return nil
	},
	Needs: func(l lamp) []records.DefinitionNeed {
		return store.Only(records.DefinitionNeed{Kind: manifest.FlowDefinition, Name: string(l.Flow)}, l.Flow != "")
	},
	Saved:   func(l lamp) event.Event { return event.Type[lamp]("lamp.saved").With(l) },
	Deleted: func(l lamp) event.Event { return event.Type[lamp]("lamp.deleted").With(l) },
}

// withLamps is an engine with one kind of definitions more.
func withLamps(t *testing.T) (*Engine, Definitions[string, lamp]) {
	t.Helper()
	e, err := New(Config{FourEyes: manifest.FourEyesNever})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	e.governance.Kinds = append(e.governance.Kinds, &lamps)
	return e, Definitions[string, lamp]{e: e, kind: &lamps}
}

var (
	gov     = request.Identity{ID: "governance@example.com", Permissions: []request.Permission{request.Governance}}
	second  = request.Identity{ID: "second@example.com", Permissions: []request.Permission{request.Governance}}
	auditor = request.Identity{ID: "auditor@example.com", Permissions: []request.Permission{request.Audit}}
)

func TestOneDeclarationMakesAKindOfDefinitions(t *testing.T) {
	t.Parallel()
	e, l := withLamps(t)
	ctx := t.Context()
	if _, err := l.Save(ctx, gov, lamp{Name: "desk"}); err == nil {
		t.Error("one that is wrong is saved")
	}
	if _, err := l.Save(ctx, gov, lamp{Name: "desk", Watts: 7, Flow: "none"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that names a flow that is not there: %v", err)
	}
	for _, one := range []lamp{{Name: "desk", Watts: 7}, {Name: "desk", Version: 1, Watts: 9, Flow: "default"}, {Name: "bed", Watts: 3}} {
		if _, err := l.Save(ctx, gov, one); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Save(ctx, gov, lamp{Name: "desk", Version: 1, Watts: 5}); !errors.As(err, new(*manifest.StaleError)) {
		t.Errorf("a stale save: %v", err)
	}
	desk := lamp{"desk", 2, 9, "default", gov.Person()}
	all, err := l.List(ctx, gov, "", 10)
	if diff := cmp.Diff([]lamp{{"bed", 1, 3, "", gov.Person()}, desk}, all); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	newest, err := l.Newest(ctx, gov, "desk")
	first, missing := l.At(ctx, gov, "desk", 1)
	if newest != desk || first.Watts != 7 || errors.Join(err, missing) != nil {
		t.Errorf("got %+v and %+v, %v", newest, first, errors.Join(err, missing))
	}
	if err := l.Delete(ctx, gov, "bed", 1); err != nil {
		t.Error(err)
	}
	if _, err := l.Newest(ctx, gov, "bed"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of one that was deleted: %v", err)
	}
	saved, err := e.Log().Events(ctx, auditor, 0, 100)
	var names []string
	for _, ev := range saved {
		names = append(names, string(ev.Type))
	}
	if diff := cmp.Diff([]string{"lamp.saved", "lamp.saved", "lamp.saved", "lamp.deleted"}, slices.DeleteFunc(names, func(s string) bool { return !strings.HasPrefix(s, "lamp.") })); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestAKindOfDefinitionsTakesTwoPeople(t *testing.T) {
	t.Parallel()
	e, l := withLamps(t)
	e.people.Directory = request.Roster{gov, second}
	e.governance.FourEyes = manifest.FourEyesAlways
	ctx := t.Context()
	approved := func(err error) {
		t.Helper()
		proposed := (*manifest.ProposedError)(nil)
		if !errors.As(err, &proposed) || proposed.What != "lamp" || proposed.Name != "desk" {
			t.Fatalf("got %v", err)
		}
		if _, err := e.Proposals().Approve(ctx, second, proposed.Proposal, ""); err != nil {
			t.Fatal(err)
		}
	}
	_, err := l.Save(ctx, gov, lamp{Name: "desk", Watts: 7})
	if _, missing := l.Newest(ctx, gov, "desk"); !errors.Is(missing, store.ErrNotFound) {
		t.Errorf("it is there before anybody has approved: %v", missing)
	}
	approved(err)
	if got, err := l.Newest(ctx, gov, "desk"); err != nil || got.Watts != 7 {
		t.Errorf("got %+v, %v", got, err)
	}
	approved(l.Delete(ctx, gov, "desk", 1))
	if all, err := l.List(ctx, gov, "", 10); err != nil || len(all) > 0 {
		t.Errorf("got %+v, %v", all, err)
	}
}

func TestAKindOfDefinitionsIsAppliedAndExportedAsYAML(t *testing.T) {
	t.Parallel()
	e, l := withLamps(t)
	ctx, g := t.Context(), e.Governance()
	if _, err := l.Save(ctx, gov, lamp{Name: "bed", Watts: 3}); err != nil {
		t.Fatal(err)
	}
	apply := func(text string) (manifest.Differences, error) {
		stored, err := g.Export(ctx, gov)
		if err != nil {
			t.Fatal(err)
		}
		file, err := manifest.ReadOnto("lamps.yaml", strings.NewReader(text), stored)
		if err != nil {
			t.Fatal(err)
		}
		differs, err := g.Diff(ctx, gov, file.Definitions())
		if err != nil {
			t.Fatal(err)
		}
		return g.Apply(ctx, gov, file.Definitions(), differs.Hash())
	}
	const text = `flows:
  - name: owners
    default:
      act: DENY
lamps:
  - flow: owners
    name: desk
    watts: 7
`
	applied, err := apply(text)
	if err != nil || len(applied) != 3 || applied[2].What != "lamp" || applied[1].How != manifest.Removed {
		t.Fatalf("%s, %v", applied, err)
	}
	var b bytes.Buffer
	all, err := g.Export(ctx, gov)
	if err := errors.Join(err, manifest.Export(&b, all)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := g.Flows.Delete(ctx, gov, "owners", 1); err == nil || !strings.Contains(err.Error(), `lamp "desk"`) {
		t.Errorf("a flow that a lamp names is deleted: %v", err)
	}
	for _, wrong := range []string{"lamps: [{name: desk, watts: 7, colour: red}]", "lamps: [{name: desk, watts: 7}, {name: desk, watts: 8}]", "lamps: [{name: desk}]"} {
		if _, err := apply(wrong); err == nil {
			t.Errorf("%s is applied", wrong)
		}
	}
}
