package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

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
type Dev struct {
	People request.Roster

	// Token keeps the other users of this machine out: whoever comes must know it. A
	// browser brings it once, as the parameter token of any page, and gets a cookie for
	// it; scripts send it as a bearer (RFC 6750). It has 16 characters at least, of those
	// that need no escape in a URL. Empty lets everybody on this machine in, which is for
	// tests.
	Token string
}

var devToken = regexp.MustCompile(`^[A-Za-z0-9._~-]{16,200}$`)

func (d Dev) check() error {
	if d.Token != "" && !devToken.MatchString(d.Token) {
		return errors.New("web: Options.Dev.Token must have 16 to 200 letters, digits, dots, hyphens, underscores and tildes")
	}
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
// allowed to first, or else the cookie that we signed. Where there is a token, it believes
// only whoever brings it.
func (d *devSignIn) authenticate(r *http.Request) (request.Identity, error) {
	if d.Token != "" && !d.knows(r) {
		return request.Identity{}, site.ErrSignIn
	}
	if named := r.Header.Values(DevHeader); len(named) > 0 {
		by, err := d.People.Lookup(r.Context(), request.PersonID(named[0]))
		if err != nil || len(named) > 1 {
			return request.Identity{}, fmt.Errorf("%w: the header %s must name one of the people of the dev sign-in by id", site.ErrSignIn, DevHeader)
		}
		by.SignedIn.At = time.Now()
		return by, nil
	}
	cookie, err := r.Cookie(devCookie)
	if err != nil {
		return request.Identity{}, site.ErrSignIn
	}
	signed, signature, _ := strings.Cut(cookie.Value, "~")
	if !hmac.Equal([]byte(signature), []byte(d.sign(signed))) {
		return request.Identity{}, site.ErrSignIn
	}
	person, at, _ := strings.Cut(signed, ".")
	id, err := base64.RawURLEncoding.DecodeString(person)
	since, bad := strconv.ParseInt(at, 10, 64)
	if err != nil || bad != nil {
		return request.Identity{}, site.ErrSignIn
	}
	by, err := d.People.Lookup(r.Context(), request.PersonID(id))
	if err != nil {
		return request.Identity{}, site.ErrSignIn
	}
	by.SignedIn.At = time.Unix(since, 0)
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
	signed := base64.RawURLEncoding.EncodeToString([]byte(person)) + "." + strconv.FormatInt(time.Now().Unix(), 10)
	c.Value = signed + "~" + d.sign(signed)
	return c
}

// tokenCookie holds that a browser has brought the token. Its name has a part of the
// token's digest: servers on other ports of this machine get the same cookies.
func (d *devSignIn) tokenCookie(base string) *http.Cookie {
	mac := hmac.New(sha256.New, []byte(d.Token))
	mac.Write([]byte("grantwright dev sign-in"))
	sum := hex.EncodeToString(mac.Sum(nil))
	return &http.Cookie{Name: devCookie + "_" + sum[:8], Value: sum[8:], Path: base + "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// knows reports whether a request brings the token, as a bearer or by its cookie.
func (d *devSignIn) knows(r *http.Request) bool {
	if bearer, is := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); is && same(bearer, d.Token) {
		return true
	}
	want := d.tokenCookie("")
	for _, c := range r.CookiesNamed(want.Name) {
		if same(c.Value, want.Value) {
			return true
		}
	}
	return false
}

// same compares in a time that does not depend on where the texts differ.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// enter lets a request in that brings the token. A browser that brings it as a parameter is
// sent on without it, so that it stays in no history, and keeps a cookie.
func (d *devSignIn) enter(w http.ResponseWriter, r *http.Request) (on bool, err error) {
	if d.Token == "" || d.knows(r) {
		return true, nil
	}
	q := r.URL.Query()
	if r.Method == http.MethodGet && same(q.Get("token"), d.Token) {
		base := site.VisitOf(r.Context()).Base
		http.SetCookie(w, d.tokenCookie(base))
		q.Del("token")
		to := url.URL{Path: base + r.URL.Path, RawQuery: q.Encode()}
		if !site.LocalPath(to.String()) {
			return false, site.ErrNoPage
		}
		http.Redirect(w, r, to.String(), http.StatusSeeOther)
		return false, nil
	}
	return false, &site.Problem{Status: http.StatusUnauthorized, Code: "DEV_TOKEN",
		Detail: "This server runs with the dev sign-in, for whoever has started it: open the address that it printed at the start, which ends in ?token=…, or send the token as Authorization: Bearer."}
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
