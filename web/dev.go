package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// DevHeader names a person of Dev.People by id, for scripts.
const DevHeader = "Grantwright-User"

const devCookie = "grantwright_dev"

// Dev is a sign-in for trying things out: whoever comes picks a person from a
// list, or names one in the header Grantwright-User. Nothing is proved, so every
// request is refused that may come from another machine, or from a page of
// another site: both ends of the connection must be loopback, Host must name
// loopback, and no header may say that a proxy passed the request on.
type Dev struct{ People request.Roster }

func (d Dev) check() error {
	if len(d.People) == 0 {
		return errors.New("web: Options.Dev.People is empty: nobody could sign in")
	}
	for _, p := range d.People {
		if err := p.Check(); err != nil {
			return fmt.Errorf("web: Options.Dev.People: %w", err)
		}
	}
	return nil
}

type devSignIn struct {
	Dev
	key []byte // made at the start: a sign-in ends with the process
}

func newDevSignIn(d Dev) *devSignIn {
	key := make([]byte, 32)
	rand.Read(key)
	return &devSignIn{d, key}
}

// authenticate believes the header, which no other site can send without being
// allowed to first, or else the cookie that we signed.
func (d *devSignIn) authenticate(r *http.Request) (request.Identity, error) {
	if named := r.Header.Values(DevHeader); len(named) > 0 {
		by, err := d.People.Lookup(r.Context(), request.PersonID(named[0]))
		if err != nil || len(named) > 1 {
			return request.Identity{}, fmt.Errorf("%w: the header %s must name one of the people of the dev sign-in by id", site.ErrSignIn, DevHeader)
		}
		return by, nil
	}
	cookie, err := r.Cookie(devCookie)
	if err != nil {
		return request.Identity{}, site.ErrSignIn
	}
	person, signature, _ := strings.Cut(cookie.Value, ".")
	id, err := base64.RawURLEncoding.DecodeString(person)
	if err != nil || !hmac.Equal([]byte(signature), []byte(d.sign(string(id)))) {
		return request.Identity{}, site.ErrSignIn
	}
	by, err := d.People.Lookup(r.Context(), request.PersonID(id))
	if err != nil {
		return request.Identity{}, site.ErrSignIn
	}
	return by, nil
}

func (d *devSignIn) sign(id string) string {
	mac := hmac.New(sha256.New, d.key)
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// cookie signs somebody in; without a person it signs out.
func (d *devSignIn) cookie(base string, person request.PersonID) *http.Cookie {
	c := &http.Cookie{Name: devCookie, Path: base + "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if person == "" {
		c.MaxAge = -1
		return c
	}
	c.Value = base64.RawURLEncoding.EncodeToString([]byte(person)) + "." + d.sign(string(person))
	return c
}

// loopbackOnly refuses requests that may not come from this machine.
func loopbackOnly(r *http.Request) error {
	why := ""
	switch local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr); {
	case !loopbackAddr(r.RemoteAddr):
		why = "the request comes from another machine"
	case local == nil || !loopbackAddr(local.String()):
		why = "the server was reached at an address that other machines reach too"
	case !loopbackHost(r.Host):
		why = "it was asked for under a name that is not localhost, 127.0.0.1 or [::1]"
	case forwarded(r.Header) != "":
		why = "the header " + forwarded(r.Header) + " says that a proxy passed it on"
	default:
		return nil
	}
	return &site.Problem{Status: http.StatusForbidden, Code: "DEV_SIGN_IN",
		Detail: "This server runs with the dev sign-in, which asks nobody for proof and therefore serves this machine only: " + why + "."}
}

// forwarded is the name of a header that only proxies set; empty without one.
func forwarded(h http.Header) string {
	for name := range h {
		switch {
		case name == "Forwarded", name == "Via", name == "X-Real-Ip", strings.HasPrefix(name, "X-Forwarded-"):
			return name
		}
	}
	return ""
}

func loopbackAddr(hostport string) bool {
	a, err := netip.ParseAddrPort(hostport)
	return err == nil && a.Addr().Unmap().IsLoopback()
}

// loopbackHost reports whether the Host of a request can only mean this machine:
// a name of someone else's may be made to (DNS rebinding).
func loopbackHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	} else if inner, is := strings.CutPrefix(host, "["); is {
		host = strings.TrimSuffix(inner, "]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() && (a.Is4() || a == netip.IPv6Loopback())
}
