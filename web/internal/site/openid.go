package site

import (
	"fmt"
	"net/url"
	"regexp"
)

// OpenID is a provider of OpenID Connect that vouches for people.
type OpenID struct {
	Name     string // tells several apart; empty for one alone
	Issuer   string // its issuer identifier, a URL
	Services bool   // tokens of it that services bring as bearers count
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// PlainName reports whether a name that an operator gives is of 1 to 40 letters, digits, - and _.
func PlainName(name string) bool { return plainName.MatchString(name) }

// CheckOpenID says which provider cannot be named in the OpenAPI document.
func CheckOpenID(all []OpenID) error {
	names := map[string]bool{}
	for _, one := range all {
		u, err := url.Parse(one.Issuer)
		if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("web: Options.OpenID: the issuer of %q is not the URL of one, such as https://id.example.com", one.Name)
		}
		if one.Name != "" && !PlainName(one.Name) || names[one.Name] {
			return fmt.Errorf("web: Options.OpenID: the name %q is there twice, or is not of 1 to 40 letters, digits, - and _; one provider alone may have none", one.Name)
		}
		names[one.Name] = true
	}
	return nil
}
