package catalog

import (
	"net"
	"net/url"
	"strings"
)

// Technologies and hosts are compared as people and catalogs write them, here and nowhere
// else: PostgreSQL is postgres, and DB.example.com.:5432 is db.example.com.

// aliases are other words for a technology, in lower case.
var aliases = map[string]string{"postgresql": "postgres", "pgsql": "postgres"}

// ports are those that a technology uses where none is given.
var ports = map[string]string{"postgres": "5432", "mariadb": "3306", "mysql": "3306"}

func foldTechnology(technology string) string {
	folded := strings.ToLower(strings.TrimSpace(technology))
	if alias, is := aliases[folded]; is {
		return alias
	}
	return folded
}

// SameTechnology reports whether two people who write these mean one technology.
func SameTechnology(a, b string) bool { return foldTechnology(a) == foldTechnology(b) }

// Is reports whether somebody who names a technology, and perhaps a host, means the platform
// of this connection. The host may also be the connection's name. An empty technology is
// any.
func (c Connection) Is(technology, host string) bool {
	if technology != "" && !SameTechnology(technology, c.Technology) {
		return false
	}
	named := foldHost(c.Technology, host)
	return host == "" || named == c.Name || c.Host != "" && named == foldHost(c.Technology, c.Host)
}

// foldHost writes a host in lower case, without what says nothing of it: a scheme, a user, a
// path, the dot of the root, and the port that the technology uses anyhow.
func foldHost(technology, host string) string {
	host = strings.ToLower(strings.TrimSpace(host))
	if u, err := url.Parse(host); err == nil && strings.Contains(host, "://") {
		host = u.Host
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), ""
	}
	name = strings.TrimSuffix(name, ".")
	if port == "" || port == ports[foldTechnology(technology)] {
		return name
	}
	return net.JoinHostPort(name, port)
}
