package site

import (
	"net/http"
	"net/url"
	"strings"
)

// APIRoot is the path of the API, below the prefix of the handler.
const APIRoot = "/api/v1"

// LocalPath reports whether text is a path on this host, as a browser reads it:
// not another host in disguise.
func LocalPath(p string) bool {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") {
		return false
	}
	if strings.ContainsFunc(p, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }) {
		return false
	}
	u, err := url.Parse(p)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil
}

// ReturnPath is the path on this host that a request names in its parameter
// return, of the query or of a form. It is fallback where the parameter is
// missing, or leads to another host.
func ReturnPath(r *http.Request, fallback string) string {
	if p := r.FormValue("return"); LocalPath(p) {
		return p
	}
	return fallback
}
