package grantwright_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shown finds the code blocks of the README that say which file they are from,
// and which region of it, if not all.
var shown = regexp.MustCompile("(?s)<!-- (\\S+?)(?: (\\w+))? -->\n\n```\\w+\n(.*?)```\n")

// TestREADMEShowsWhatRuns compares each block with its file, which a test runs.
func TestREADMEShowsWhatRuns(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := shown.FindAllStringSubmatch(string(readme), -1)
	if len(blocks) != 2 {
		t.Fatalf("the README shows %d files, want those of examples/embed and examples/server", len(blocks))
	}
	for _, block := range blocks {
		file, err := os.ReadFile(block[1])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(region(string(file), block[2]), block[3]); diff != "" {
			t.Errorf("%s in the README differs from the file (-file +README):\n%s", block[1], diff)
		}
	}
}

// region is the part of a file between its START and END marks, without the
// indentation of the first line.
func region(file, name string) string {
	if name == "" {
		return file
	}
	_, after, _ := strings.Cut(file, "// [START "+name+"]\n")
	inside, _, _ := strings.Cut(after, "\t// [END "+name+"]")
	return strings.ReplaceAll(strings.TrimPrefix(inside, "\t"), "\n\t", "\n")
}
