package main_test

import (
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOutput(t *testing.T) {
	t.Parallel()
	got, err := exec.CommandContext(t.Context(), "go", "run", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	want := "request APPROVED, grant ACTIVE for 7 DAYS, eve may read: true\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
