package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/filelinker"
)

// shelves are the folders into which request links are written, by the names of their
// catalogs: what -links says. A catalog with an API of its own takes a host with a
// catalog.Linker for it.
type shelves map[string]catalog.Linker

// read reads -links, such as shelf=/srv/links,attic=/srv/attic.
func (s *shelves) read(text string) error {
	*s = shelves{}
	for _, one := range split(text, ",") {
		name, folder, is := strings.Cut(one, "=")
		switch {
		case !is || name == "":
			return fmt.Errorf("%q must read like shelf=/srv/links", one)
		case !filepath.IsAbs(folder):
			return fmt.Errorf("the folder of %s is %q, must be an absolute path", name, folder)
		case (*s)[name] != nil:
			return fmt.Errorf("%s is there twice", name)
		}
		(*s)[name] = filelinker.New(folder)
	}
	return nil
}

// check wants an address to which links in a catalog lead, whatever port is free.
func (s shelves) check(address string) error {
	if len(s) > 0 && address == "" {
		return errors.New("-links needs -address, to which the links lead")
	}
	return nil
}
