package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/web"
)

func TestLook(t *testing.T) {
	t.Parallel()
	icon, text := filepath.Join(t.TempDir(), "icon.svg"), filepath.Join(t.TempDir(), "icon.txt")
	for path, holds := range map[string]string{icon: `<svg xmlns="http://www.w3.org/2000/svg"/>`, text: "no image"} {
		if err := os.WriteFile(path, []byte(holds), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o, _, err := parse([]string{"-brand=Data desk", "-brand-icon=" + icon, "-brand-accent=#123456", "-catalog=https://catalog.example.com", "-frames=https://catalog.example.com,https://data.example.com"}, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	got := o.look.on(web.Options{})
	if got.Brand.Name != "Data desk" || len(got.Brand.Icon) == 0 || got.Brand.Accent != "#123456" || got.Brand.Catalog != "https://catalog.example.com" || len(got.Frames) != 2 || got.Frames[1] != "https://data.example.com" {
		t.Errorf("the flags come to %+v, %q", got.Brand, got.Frames)
	}
	for flag, want := range map[string]string{"-brand-icon=" + text: "must be an SVG image", "-brand-icon=/nothing": "-brand-icon"} {
		if _, _, err := parse([]string{flag}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", flag, err, want)
		}
	}
}
