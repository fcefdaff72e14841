// Package signin walks through the sign-in of the server with providers that others wrote:
// from a link over the provider's own pages to a request that is submitted, and out again.
// Servers and providers are processes of their own, or listen on loopback only.
package signin

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright/e2e/process"
)

// patience bounds everything that a test waits for, apart from builds.
const patience = time.Minute

// startServer runs the server with a file of providers, and returns its address.
func startServer(t *testing.T, providers string) string {
	t.Helper()
	return runServer(t, process.Build(t, process.Server, "."), t.TempDir(), providers).address
}

// server is one that runs as a process.
type server struct {
	address string
	kill    func() // as kill -9 does; the second time it does nothing
}

// runServer runs the server in a folder, where its store is.
func runServer(t *testing.T, binary, dir, providers string, flags ...string) server {
	t.Helper()
	file := filepath.Join(dir, "oidc.yaml")
	must(t, os.WriteFile(file, []byte(providers), 0o600))
	c := exec.Command(binary, append([]string{"-auth", "oidc", "-oidc", file, "-listen", "127.0.0.1:0"}, flags...)...)
	log := new(process.Output)
	c.Dir, c.Stderr, c.Env = dir, log, append(os.Environ(), "CLIENT_SECRET="+clientSecret)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	kill := sync.OnceFunc(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	t.Cleanup(func() {
		kill()
		if t.Failed() {
			t.Logf("the server says:\n%s", log)
		}
		if strings.Contains(log.String(), clientSecret) {
			t.Error("the log of the server holds the secret of its client")
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, is := strings.CutPrefix(lines.Text(), "Grantwright listens on "); is {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			reachable(t, address+"/readyz")
			return server{address, kill}
		}
	}
	kill()
	t.Fatalf("the server does not start:\n%s", log)
	return server{}
}

// reachable returns when an address answers.
func reachable(t *testing.T, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		must(t, err)
		if a, err := http.DefaultClient.Do(r); err == nil {
			_ = a.Body.Close()
			if a.StatusCode == http.StatusOK {
				return
			}
		}
		if ctx.Err() != nil {
			t.Fatalf("%s does not answer", address)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// page is what a browser shows.
type page struct {
	status int
	url    *url.URL
	body   string
}

// browser holds cookies, and reaches loopback only.
type browser struct {
	http.Client
	t *testing.T
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	b := &browser{http.Client{Jar: jar, Timeout: patience}, t}
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if h := r.URL.Hostname(); h != "127.0.0.1" {
			return fmt.Errorf("it leads to %s", h)
		}
		return nil
	}
	return b
}

func (b *browser) open(at string) page { return b.send(http.MethodGet, at, nil) }

func (b *browser) send(method, at string, values url.Values) page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, at, strings.NewReader(values.Encode()))
	must(b.t, err)
	if values != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	a, err := b.Do(r)
	must(b.t, err)
	defer func() { _ = a.Body.Close() }()
	body, err := io.ReadAll(a.Body)
	must(b.t, err)
	return page{a.StatusCode, a.Request.URL, string(body)}
}

var (
	formTag   = regexp.MustCompile(`(?is)<form([^>]*)>(.*?)</form>`)
	inputTag  = regexp.MustCompile(`(?is)<(?:input|button)([^>]*)>`)
	attribute = regexp.MustCompile(`([a-zA-Z-]+)(?:\s*=\s*"([^"]*)")?`)
)

func attributes(tag string) map[string]string {
	all := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
		all[strings.ToLower(m[1])] = html.UnescapeString(m[2])
	}
	return all
}

// submit fills in the form of a page that has a field, and sends it.
func (b *browser) submit(on page, field string, answers url.Values) page {
	b.t.Helper()
	for _, m := range formTag.FindAllStringSubmatch(on.body, -1) {
		if !strings.Contains(m[2], `name="`+field+`"`) {
			continue
		}
		values := url.Values{}
		for _, in := range inputTag.FindAllStringSubmatch(m[2], -1) {
			if a := attributes(in[1]); a["type"] == "hidden" {
				values.Add(a["name"], a["value"])
			}
		}
		for name, all := range answers {
			values[name] = all
		}
		to, err := on.url.Parse(attributes(m[1])["action"])
		must(b.t, err)
		return b.send(http.MethodPost, to.String(), values)
	}
	b.t.Fatalf("%s (%d) has no form with %s:\n%s", on.url, on.status, field, on.body)
	return page{}
}

// link is one of a catalog, with parameters of its own.
const link = "/request?fullyQualifiedName=sales.public.orders&utm_source=catalog%26co&x=%C3%A4%20b"

// walk goes the whole way: the link, the provider's pages, the form, the request, and out.
func walk(t *testing.T, address string, login func(*browser, page) page) (me, out page, b *browser) {
	t.Helper()
	b = newBrowser(t)
	at := b.open(address + link)
	if strings.HasPrefix(at.url.String(), address) {
		t.Fatalf("the browser stays at %s (%d):\n%s", at.url, at.status, at.body)
	}
	form := login(b, at)
	if form.url.String() != address+link {
		t.Fatalf("the browser comes back to %s (%d), want %s:\n%s", form.url, form.status, address+link, form.body)
	}
	asked := b.submit(form, "answers.purpose", url.Values{"answers.purpose": {"the quarterly report"}, "answers.duration": {"30 DAYS"}, "answers.duration.count": {"30"}, "answers.duration.unit": {"DAYS"}, "privilege": {"READ"}, "act": {"submit"}})
	if !strings.HasPrefix(asked.url.Path, "/requests/") || asked.status != http.StatusOK {
		t.Fatalf("the request leads to %s (%d):\n%s", asked.url, asked.status, asked.body)
	}
	me = b.open(address + "/api/v1/people/me")
	out = b.send(http.MethodPost, address+"/sign-in/out", url.Values{})
	if !strings.Contains(out.body, "You are signed out") {
		t.Fatalf("signing out shows %d:\n%s", out.status, out.body)
	}
	if gone := b.open(address + "/api/v1/people/me"); gone.status != http.StatusUnauthorized {
		t.Errorf("after signing out: %d", gone.status)
	}
	return me, out, b
}

// identity reads who somebody is.
func identity(t *testing.T, me page) (who struct {
	Person, Name, Email string
	Groups              []string
}) {
	t.Helper()
	if err := json.Unmarshal([]byte(me.body), &who); err != nil || me.status != http.StatusOK {
		t.Fatalf("who am I: %d %s", me.status, me.body)
	}
	return who
}

const clientSecret = "the-secret-of-the-client"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
