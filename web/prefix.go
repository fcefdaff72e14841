package web

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/grantwright/grantwright/web/internal/site"
)

// localPrefix reports whether text can stand before our own paths.
func localPrefix(p string) bool {
	return site.LocalPath(p) && p != "/" && path.Clean(p) == p && !strings.ContainsAny(p, "?#")
}

// strippedPrefix is the prefix that http.StripPrefix has taken off a path:
// the request line still holds it.
func strippedPrefix(r *http.Request) string {
	asked, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		return ""
	}
	prefix, is := strings.CutSuffix(asked.EscapedPath(), r.URL.EscapedPath())
	if !is {
		return ""
	}
	if prefix = strings.TrimSuffix(prefix, "/"); !localPrefix(prefix) {
		return ""
	}
	return prefix
}

// withoutPrefix takes the prefix off the path of a request, if it is there.
func withoutPrefix(r *http.Request, prefix string) *http.Request {
	p, is := strings.CutPrefix(r.URL.Path, prefix)
	if prefix == "" || !is || p != "" && p[0] != '/' {
		return r
	}
	u := *r.URL
	u.Path = p
	if u.RawPath != "" {
		u.RawPath = strings.TrimPrefix(u.RawPath, (&url.URL{Path: prefix}).EscapedPath())
	}
	stripped := *r
	stripped.URL = &u
	return &stripped
}

// absolute reports whether text is an address that request links can begin with.
func absolute(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// isOrigin reports whether text is the origin of a web page, as RFC 6454 serializes one:
// nothing in it can end the directive of a policy.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && absolute(text) && u.Path == "" && !strings.ContainsAny(text, " ;,*'\"") && strings.ToLower(text) == text
}
