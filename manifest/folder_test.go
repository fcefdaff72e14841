package manifest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/manifest"
)

// folder writes files, by name and text in turn.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A folder is read as one file that holds all of its lists, in the order of the names.
func TestAFolderIsReadAsOneFile(t *testing.T) {
	t.Parallel()
	parts := []string{
		"10-people.yaml", "people:\n  - {id: eve@example.com}\nflows:\n  - {name: owners, default: {act: DENY}}\n",
		"20-forms.yml", "forms:\n  - {name: sales, title: Sales, flow: strict, questions: [{id: duration, type: ACCESS_DURATION, title: How long}]}\n",
		"30-flows.yaml", "flows:\n  - {name: strict, default: {act: DENY}}\npeople:\n  - {id: frank@example.com}\n",
		"40-nothing.yaml", "# nothing\n",
		"notes.txt", "flows: [this is no YAML of ours",
	}
	got, err := manifest.ReadFolder(folder(t, parts...))
	if err != nil {
		t.Fatal(err)
	}
	one := "people:\n  - {id: eve@example.com}\n  - {id: frank@example.com}\nflows:\n  - {name: owners, default: {act: DENY}}\n  - {name: strict, default: {act: DENY}}\n" + parts[3]
	want, err := manifest.Read("one.yaml", strings.NewReader(one))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-one file +folder)\n%s", diff)
	}
}

// Each fault of a folder stands at its place in its own file, and one between two files names
// both.
func TestFaultsOfAFolder(t *testing.T) {
	t.Parallel()
	const strict = "flows:\n  - {name: strict, default: {act: DENY}}\n"
	for name, tt := range map[string]struct {
		files []string
		want  []string
	}{
		"the same name in two files":   {[]string{"a.yaml", strict, "b.yaml", "# later\n" + strict}, []string{"b.yaml:3:12: flows[0].name is that of flows[0] in a.yaml already"}},
		"the same name in one file":    {[]string{"a.yaml", "people: [{id: eve}]\n", "b.yaml", "people: [{id: frank}, {id: frank}]\n"}, []string{"b.yaml:1:28: people[1].id is that of people[0] already"}},
		"a name that stands nowhere":   {[]string{"a.yaml", strict, "b.yaml", "attachments:\n  - {at: shop, flow: gone}\n"}, []string{"b.yaml:2:22: attachments[0].flow names flow \"gone\", which is not in this file"}},
		"a key twice in one file":      {[]string{"a.yaml", strict, "b.yaml", "people: [{id: eve}]\npeople: [{id: frank}]\n"}, []string{"b.yaml:2:1: people was given already, on line 1"}},
		"what is a list in one only":   {[]string{"a.yaml", strict, "b.yaml", "flows: x\n"}, []string{"b.yaml:1:1: flows was given already, on line 1 of a.yaml"}},
		"no mapping":                   {[]string{"a.yaml", strict, "b.yaml", "- x\n"}, []string{"b.yaml:1:1: must be a mapping of keys to values"}},
		"a condition of another file":  {[]string{"a.yaml", strict, "b.yaml", "flows:\n  - name: other\n    rules:\n      - {name: r, when: nonsense, then: {act: DENY}}\n    default: {act: DENY}\n"}, []string{"b.yaml:4:25: flows[0].rules[0].when cannot be used"}},
		"no YAML, of which much hangs": {[]string{"a.yaml", "forms: [{name: sales, title: Sales, flow: strict, questions: [{id: d, type: ACCESS_DURATION, title: x}]}]\n", "b.yaml", "flows: [\n"}, []string{"b.yaml:2:1: is not YAML"}},
		"faults in the order of files": {[]string{"a.yaml", "\n\npeople: [{nmae: eve}]\n", "b.yaml", "people: [{nmae: eve}]\n"}, []string{"a.yaml:3:11: people[0].nmae is not known here", "a.yaml:3:10: people[0].id", "b.yaml:1:11: people[0].nmae is not known here", "b.yaml:1:10: people[0].id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, tt.files...)
			_, err := manifest.ReadFolder(dir)
			if e := (*manifest.Error)(nil); !errors.As(err, &e) || len(e.Faults) != len(tt.want) {
				t.Fatalf("got %v, want %d faults", err, len(tt.want))
			}
			said := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
			for _, want := range tt.want {
				if !strings.Contains(said, want) {
					t.Errorf("it says\n%s\nwant %s", said, want)
				}
			}
		})
	}
	if _, err := manifest.ReadFolder(t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds 0 files") {
		t.Errorf("of an empty folder it says %v", err)
	}
	if _, err := manifest.ReadFolder(filepath.Join(t.TempDir(), "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of a folder that is not there it says %v", err)
	}
}
