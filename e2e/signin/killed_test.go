package signin

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright/e2e/process"
)

// front is the address that people know, before whichever server is there.
type front struct {
	*httptest.Server
	to atomic.Pointer[url.URL]
}

func newFront(t *testing.T) *front {
	f := new(front)
	f.Server = httptest.NewServer(&httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(f.to.Load())
		r.Out.Host = r.In.Host
	}})
	t.Cleanup(f.Close)
	return f
}

func (f *front) leadsTo(t *testing.T, s server) {
	t.Helper()
	to, err := url.Parse(s.address)
	must(t, err)
	f.to.Store(to)
}

// TestAReplicaIsKilledDuringASignIn has one process begin a sign-in, kills it as kill -9 does,
// and lets another one on the same store go on. It is not in parallel: the clients of the
// example provider are those of the whole process.
func TestAReplicaIsKilledDuringASignIn(t *testing.T) {
	provider, at := newZitadel(t), newFront(t)
	provider.knows(at.URL)
	binary, dir := process.Build(t, process.Server, "."), t.TempDir()
	run := func() server {
		s := runServer(t, binary, dir, provider.file(), "-address", at.URL, "-store", "records.db")
		at.leadsTo(t, s)
		return s
	}
	me := at.URL + "/api/v1/people/me"
	refused := func(b *browser, to string) {
		t.Helper()
		if p := b.open(to); p.status != http.StatusBadRequest || !strings.Contains(p.body, "was used already, took too long, or was begun in another browser. Please sign in again.") {
			t.Errorf("%s shows %d:\n%s", to, p.status, p.body)
		}
	}

	// Killed while the person is at the provider: the next one knows of the sign-in.
	first, b := run(), newBrowser(t)
	login := b.open(at.URL + link)
	first.kill()
	gone := b.submit(login, "username", password)
	if gone.status != http.StatusBadGateway || !strings.HasPrefix(gone.url.String(), at.URL+"/sign-in/callback") {
		t.Fatalf("with nobody there the browser is at %s (%d):\n%s", gone.url, gone.status, gone.body)
	}
	second, thief := run(), newBrowser(t)
	refused(thief, gone.url.String())
	if p := thief.open(me); p.status != http.StatusUnauthorized {
		t.Errorf("another browser that has seen the address is let in: %d %s", p.status, p.body)
	}
	if form := b.open(gone.url.String()); form.url.String() != at.URL+link || form.status != http.StatusOK {
		t.Fatalf("the browser comes back to %s (%d), want %s:\n%s", form.url, form.status, at.URL+link, form.body)
	}
	if who := identity(t, b.open(me)); who.Person != "id1" {
		t.Errorf("who am I: %+v", who)
	}
	refused(newBrowser(t), gone.url.String())

	// Killed while it exchanges the code, which it has taken: the person signs in once more.
	asked, onward := make(chan struct{}), make(chan struct{})
	var taken atomic.Bool
	provider.asked = func() {
		if taken.CompareAndSwap(false, true) {
			close(asked)
			<-onward
		}
	}
	go func() {
		<-asked
		second.kill()
		close(onward)
	}()
	c := newBrowser(t)
	if gone = c.submit(c.open(at.URL+link), "username", password); gone.status != http.StatusBadGateway {
		t.Fatalf("with nobody there the browser is at %s (%d):\n%s", gone.url, gone.status, gone.body)
	}
	run()
	refused(c, gone.url.String())
	if p := c.open(me); p.status != http.StatusUnauthorized {
		t.Errorf("half a sign-in lets somebody in: %d %s", p.status, p.body)
	}
	if form := c.submit(c.open(at.URL+link), "username", password); form.url.String() != at.URL+link || form.status != http.StatusOK {
		t.Errorf("another sign-in leads to %s (%d):\n%s", form.url, form.status, form.body)
	}
	for _, one := range []*browser{b, c} { // the session of the second server holds at the third
		if who := identity(t, one.open(me)); who.Person != "id1" {
			t.Errorf("who am I: %+v", who)
		}
	}
}
