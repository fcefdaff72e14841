package frame

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Brand is how a vendor's own pages look.
type Brand struct {
	Name    string // in the bar and in titles; empty is Grantwright
	Icon    []byte // an SVG image, also the logo in the bar; empty is our own mark
	Accent  string // a colour such as #0b5bd3 for links and buttons on a light ground; empty is our own
	Dark    string // the same on a dark ground; empty is our own
	Catalog string // the address of the catalog, to which a link leads back; empty has none
}

var colour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// Check says which field of a brand is wrong, and what would be right.
func (b Brand) Check() error {
	for name, value := range map[string]string{"Accent": b.Accent, "Dark": b.Dark} {
		if value != "" && !colour.MatchString(value) {
			return fmt.Errorf("%s is %q, must be a colour such as #0b5bd3", name, value)
		}
	}
	if b.Catalog != "" && !strings.HasPrefix(b.Catalog, "https://") && !strings.HasPrefix(b.Catalog, "http://") {
		return fmt.Errorf("field Catalog is %q, must be an address such as https://catalog.example.com", b.Catalog)
	}
	if len(b.Icon) > 0 && !strings.Contains(strings.ToLower(string(b.Icon[:min(len(b.Icon), 1000)])), "<svg") {
		return errors.New("field Icon must be an SVG image")
	}
	return nil
}

// named is the brand with a name.
func (b Brand) named() Brand {
	b.Name = cmp.Or(b.Name, "Grantwright")
	return b
}

// sheet is the stylesheet in the colours of the brand.
func (b Brand) sheet(text []byte) []byte {
	if b.Accent != "" {
		text = append(text, []byte("\n:root { --accent: "+b.Accent+"; }\n")...)
	}
	if b.Dark != "" {
		text = append(text, []byte("\n@media (prefers-color-scheme: dark) { :root { --accent: "+b.Dark+"; } }\n")...)
	}
	return text
}
