package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/grantwright/grantwright/client/api"
)

// The links of a connection come into the catalogs of a server, and what does not is told.
func TestPublish(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file") // has no room for a folder
	must(t, os.WriteFile(file, nil, 0o600))
	s := start(t, "-address", "https://access.example.com", "-links", "shelf="+filepath.Join(dir, "links")+",full="+filepath.Join(file, "links"))
	admin := s.as("admin")
	admin.wants(t, exitDone, words("publish shop -into shelf"), "assets stand in the catalog shelf.")
	r := admin.wants(t, exitDone, words("publish shop -into shelf -json"))
	var done api.PublishedLinks
	must(t, json.Unmarshal([]byte(r.out), &done))
	written, err := filepath.Glob(filepath.Join(dir, "links", "*", "*.json"))
	must(t, err)
	if done.Failed != 0 || len(written) == 0 || int(done.Written) != len(written) {
		t.Errorf("it says %+v, and %d files are there", done, len(written))
	}
	admin.wants(t, exitPartly, words("publish shop -into full"), "of 0 assets", "could not be written")
	admin.wants(t, exitUsage, words("publish shop"), "full, shelf")
	admin.wants(t, exitUsage, words("publish"), "CONNECTION is missing")
	admin.wants(t, exitNotFound, words("publish attic -into shelf"))
	s.as("eve").wants(t, exitRefused, words("publish shop -into shelf"))
	start(t).as("admin").wants(t, exitConflict, words("publish shop"), "no data catalog is configured")
}
