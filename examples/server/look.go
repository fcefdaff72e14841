package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/grantwright/grantwright/web"
)

// look is what the command line says of how the pages look, and who may frame them.
type look struct {
	brand  web.Brand
	icon   string // a file
	frames string
}

func (l *look) flags(f *flag.FlagSet) {
	f.StringVar(&l.brand.Name, "brand", "", "`name` in the bar of the pages and in their titles (default Grantwright)")
	f.StringVar(&l.icon, "brand-icon", "", "SVG `file` of the icon")
	f.StringVar(&l.brand.Accent, "brand-accent", "", "`colour` of links and buttons, such as #0b5bd3")
	f.StringVar(&l.brand.Dark, "brand-accent-dark", "", "`colour` of the same on a dark ground")
	f.StringVar(&l.brand.Catalog, "catalog", "", "`address` of the data catalog, to which the pages lead back")
	f.StringVar(&l.frames, "frames", "", "`origins` of pages that may show /embed/request in a frame: https://catalog.example.com,…")
}

// read reads the icon, and checks what the pages do not check themselves.
func (l *look) read() error {
	if l.icon == "" {
		return nil
	}
	text, err := os.ReadFile(l.icon)
	switch {
	case err != nil:
		return fmt.Errorf("-brand-icon: %w", err)
	case len(text) > 1<<18:
		return errors.New("-brand-icon: must be an SVG image of 256 KiB at most")
	case !strings.Contains(strings.ToLower(string(text)), "<svg"):
		return errors.New("-brand-icon: must be an SVG image")
	}
	l.brand.Icon = text
	return nil
}

// on adds it to the options of the pages.
func (l *look) on(o web.Options) web.Options {
	o.Brand, o.Frames = l.brand, split(l.frames, ",")
	return o
}
