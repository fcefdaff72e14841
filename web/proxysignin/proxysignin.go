// Package proxysignin knows people by the headers of a proxy that has signed them in, such
// as oauth2-proxy.
//
// Whoever can reach the server past the proxy could write these headers themselves. They
// count only where the connection comes from an address that is listed, or through a
// unix socket; a request that brings them from elsewhere is refused. The proxy must take
// them off whatever comes in.
package proxysignin

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Options say whose headers count, and what is in them.
type Options struct {
	// From are the addresses of the proxies: those of the connections themselves.
	From []netip.Prefix

	// Socket counts the headers of whatever comes through a unix socket: the rights on its
	// file say who that may be.
	Socket bool

	// Issuer is part of the id of everybody. It may be empty.
	Issuer string

	// Headers are the names of the headers.
	Headers Headers

	// Permissions say which groups have which.
	Permissions []Rule
}

// Headers are the names of headers. The zero Headers are those that oauth2-proxy sends.
type Headers struct {
	User   string // the id, which never changes; empty means X-Forwarded-User
	Name   string // empty means X-Forwarded-Preferred-Username
	Email  string // empty means X-Forwarded-Email
	Groups string // with commas between them; empty means X-Forwarded-Groups
}

// Rule gives a permission to whoever is in a group.
type Rule struct {
	Permission request.Permission
	Group      string
}

// SignIn is a way to sign in.
type SignIn struct{ o Options }

// New makes a SignIn.
func New(o Options) (*SignIn, error) {
	h := &o.Headers
	for name, otherwise := range map[*string]string{&h.User: "X-Forwarded-User", &h.Name: "X-Forwarded-Preferred-Username", &h.Email: "X-Forwarded-Email", &h.Groups: "X-Forwarded-Groups"} {
		if *name == "" {
			*name = otherwise
		}
		*name = textproto.CanonicalMIMEHeaderKey(*name)
	}
	if len(o.From) == 0 && !o.Socket {
		return nil, errors.New("proxysignin: no address is listed, and no socket: nobody could sign in")
	}
	for _, p := range o.From {
		if !p.IsValid() || p.Bits() == 0 {
			return nil, fmt.Errorf("proxysignin: Options.From: %s is no network of proxies: everybody would be one", p)
		}
	}
	if strings.Contains(o.Issuer, "|") {
		return nil, errors.New("proxysignin: Options.Issuer holds a bar (|)")
	}
	if o.Issuer == request.ServiceIssuer {
		return nil, fmt.Errorf("proxysignin: Options.Issuer is %q, which is that of the services of tokens", o.Issuer)
	}
	for _, r := range o.Permissions {
		if !slices.Contains([]request.Permission{request.Governance, request.Admin, request.Audit}, r.Permission) || r.Group == "" {
			return nil, fmt.Errorf("proxysignin: permission %q of group %q: must be GOVERNANCE, ADMIN or AUDIT, of a group", r.Permission, r.Group)
		}
	}
	if all := h.all(); len(slices.Compact(slices.Sorted(slices.Values(all)))) < len(all) {
		return nil, errors.New("proxysignin: Options.Headers names one header for two things")
	}
	return &SignIn{o}, nil
}

func (h Headers) all() []string { return []string{h.User, h.Name, h.Email, h.Groups} }

// Authenticate returns the identity in the headers of a request. It is
// web.Options.Authenticate.
func (s *SignIn) Authenticate(r *http.Request) (request.Identity, error) {
	h := s.o.Headers
	if !s.trusts(r) {
		return request.Identity{}, s.stranger(r)
	}
	for name, values := range r.Header {
		if same := s.named(name); same != "" && (len(values) > 1 || name != same) {
			return request.Identity{}, fmt.Errorf("%w: the header %s is there twice: the proxy must take off what comes in", site.ErrSignIn, same)
		}
	}
	who := request.Identity{Issuer: s.o.Issuer, ID: r.Header.Get(h.User), Name: r.Header.Get(h.Name), Email: r.Header.Get(h.Email)}
	if who.ID == "" {
		return who, site.ErrSignIn
	}
	if _, told := r.Header[h.Groups]; told {
		who.Groups = groups(r.Header.Get(h.Groups))
	} else {
		who.SignedIn.Remark = "Your groups are not known, for your sign-in does not tell them: nothing of yours ends by that, and what depends on a group is asked of people."
	}
	for _, rule := range s.o.Permissions {
		if slices.Contains(who.Groups, rule.Group) && !slices.Contains(who.Permissions, rule.Permission) {
			who.Permissions = append(who.Permissions, rule.Permission)
		}
	}
	if err := who.Check(); err != nil {
		return request.Identity{}, fmt.Errorf("%w: the headers of the proxy: %v", site.ErrSignIn, err)
	}
	return who, nil
}

// named is which of our headers a header is, in whatever spelling: some servers in between
// take an underscore for a hyphen. Empty where it is none.
func (s *SignIn) named(name string) string {
	spelled := textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))
	if slices.Contains(s.o.Headers.all(), spelled) {
		return spelled
	}
	return ""
}

// stranger refuses a request that comes from elsewhere, and says so where it brings headers.
func (s *SignIn) stranger(r *http.Request) error {
	for name := range r.Header {
		if same := s.named(name); same != "" {
			return fmt.Errorf("%w: the header %s comes from an address that is not listed as a proxy's", site.ErrSignIn, same)
		}
	}
	return site.ErrSignIn
}

// trusts reports whether a connection comes from a proxy.
func (s *SignIn) trusts(r *http.Request) bool {
	if local, is := r.Context().Value(http.LocalAddrContextKey).(net.Addr); is && local.Network() == "unix" {
		return s.o.Socket
	}
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	from := at.Addr().Unmap().WithZone("")
	return slices.ContainsFunc(s.o.From, func(p netip.Prefix) bool { return p.Contains(from) })
}

// groups are those of a header: none where it is empty.
func groups(text string) []string {
	all := []string{}
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one != "" && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}
