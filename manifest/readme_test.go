package manifest

import (
	"encoding"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestREADMEExplainsEveryKey looks for a row of each key that a file may have, below
// the heading of what it belongs to, and for rows of keys that there are not.
func TestREADMEExplainsEveryKey(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	explained, of := map[string][]string{}, ""
	heading, row := regexp.MustCompile(`^## (\w+)`), regexp.MustCompile("^\\| `(\\w+)` \\| \\S.* \\|$")
	for _, line := range strings.Split(string(readme), "\n") {
		if m := heading.FindStringSubmatch(line); m != nil {
			of = m[1]
		}
		if m := row.FindStringSubmatch(line); m != nil {
			explained[of] = append(explained[of], m[1])
		}
	}
	read := map[string][]string{}
	keysOf(reflect.TypeFor[File](), read)
	keysOf(reflect.TypeFor[SignIn](), read)
	for _, keys := range []map[string][]string{explained, read} {
		for _, of := range keys {
			slices.Sort(of)
		}
	}
	if diff := cmp.Diff(read, explained); diff != "" {
		t.Errorf("the keys that README.md explains differ from those that are read (-read +explained):\n%s", diff)
	}
}

// keysOf gathers the keys of a type, and of all types within it, by their names.
func keysOf(t reflect.Type, all map[string][]string) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || all[t.Name()] != nil || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return
	}
	for i, key := range fields(t) {
		if key != "" {
			all[t.Name()] = append(all[t.Name()], key)
			keysOf(t.Field(i).Type, all)
		}
	}
}

// TestREADMEIsRead reads the files that README.md shows.
func TestREADMEIsRead(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) == 0 {
		t.Error("README.md shows no YAML")
	}
	for _, block := range blocks {
		if _, err := Read("README.md", strings.NewReader(block[1])); err != nil {
			t.Error(err)
		}
	}
}
