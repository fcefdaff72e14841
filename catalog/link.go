package catalog

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// ErrLink is wrapped by every error about a request link that cannot be read.
var ErrLink = errors.New("catalog: not a request link")

// LinkPath is where a request link points, below the place where the host has
// mounted its pages.
const LinkPath = "/request"

// LinkType is the kind of request that a link begins.
type LinkType string

// The kinds of requests in links. The zero LinkType in a Link means LinkDataAccess.
const (
	LinkDataAccess       LinkType = "data-access"
	LinkMaskingException LinkType = "masking-exception"
)

// Link is a request link: the way from a data catalog to the request form of an
// asset. It holds names only, none of our ids, so that whoever runs the catalog
// can make links in bulk. A link never answers or chooses anything for the user.
type Link struct {
	Path       []string `json:"path"`                 // the fully qualified name of the asset
	Technology string   `json:"technology,omitempty"` // needed if Host is given
	Host       string   `json:"host,omitempty"`
	Type       LinkType `json:"type,omitempty"`

	// Exact says that names stand in quotes that need none: as they are written,
	// and not as the platform would read them without quotes.
	Exact bool `json:"exact,omitempty"`
}

// Name is what the link says of the asset.
func (l Link) Name() Name {
	return Name{Path: l.Path, Technology: l.Technology, Host: l.Host}
}

// LinkTo returns the link that leads to an asset and to no other.
func LinkTo(a Asset, t LinkType) Link {
	l := Link{Path: a.Ref.Path(), Technology: a.Technology, Type: t}
	if l.Technology != "" {
		l.Host = a.Ref.Connection()
	}
	return l
}

// FullyQualifiedName is the name in the link.
func (l Link) FullyQualifiedName() string {
	if l.Exact {
		return quotePath(l.Path)
	}
	return FormatPath(l.Path)
}

// URL writes the link below base, the address at which a person's browser finds
// the pages, such as https://access.example.com/grants.
func (l Link) URL(base string) string {
	q := url.Values{"fullyQualifiedName": {l.FullyQualifiedName()}}
	if l.Technology != "" {
		q.Set("technology", l.Technology)
	}
	if l.Host != "" {
		q.Set("host", l.Host)
	}
	if l.Type != "" && l.Type != LinkDataAccess {
		q.Set("requestType", string(l.Type))
	}
	return strings.TrimSuffix(base, "/") + LinkPath + "?" + q.Encode()
}

// ParseLink reads the query of a request link. Parameters that it does not know
// are ignored, because catalogs append their own, and so are empty ones; a known
// parameter given twice is an error.
func ParseLink(q url.Values) (Link, error) {
	var l Link
	given := func(name string) (string, error) {
		var values []string
		for _, v := range q[name] {
			if v != "" {
				values = append(values, v)
			}
		}
		if len(values) > 1 {
			return "", fmt.Errorf("%w: %s is given %d times, once is right", ErrLink, name, len(values))
		}
		return strings.Join(values, ""), nil
	}
	name, err := given("fullyQualifiedName")
	if err != nil {
		return l, err
	}
	if l.Path, err = parseName(name); err != nil {
		return l, err
	}
	l.Exact = name != FormatPath(l.Path)
	if l.Technology, err = given("technology"); err != nil {
		return l, err
	}
	if l.Host, err = given("host"); err != nil {
		return l, err
	}
	kind, err := given("requestType")
	if err != nil {
		return l, err
	}
	if l.Type = LinkType(kind); kind == "" {
		l.Type = LinkDataAccess
	}
	return l, l.checkRest()
}

func parseName(name string) ([]string, error) {
	if name == "" {
		return nil, fmt.Errorf("%w: fullyQualifiedName is missing", ErrLink)
	}
	path, err := ParsePath(name)
	if err != nil {
		return nil, fmt.Errorf("%w: fullyQualifiedName: %w", ErrLink, err)
	}
	return path, nil
}

// Check refuses a link that ParseLink would not read, once it is written.
func (l Link) Check() error {
	if _, err := parseName(l.FullyQualifiedName()); err != nil {
		return err
	}
	return l.checkRest()
}

func (l Link) checkRest() error {
	switch {
	case l.Type != "" && l.Type != LinkDataAccess && l.Type != LinkMaskingException:
		return fmt.Errorf("%w: requestType is %q, must be %s or %s", ErrLink, excerpt.Of(l.Type, maxShown), LinkDataAccess, LinkMaskingException)
	case l.Host != "" && l.Technology == "":
		return fmt.Errorf("%w: technology is missing, it is required with a host", ErrLink)
	}
	if err := checkPlatform(l.Technology, l.Host); err != nil {
		return fmt.Errorf("%w: %w", ErrLink, err)
	}
	return nil
}
