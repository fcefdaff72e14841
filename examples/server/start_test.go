package main_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/manifest"
)

func TestStartsWithNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir, nil)
	if len(s.welcome) < 3 || !strings.HasPrefix(s.welcome[0], "Grantwright listens on http://127.0.0.1:") || !strings.Contains(s.welcome[1], "grantwright.db (SQLite)") {
		t.Errorf("the first lines are:\n%s", strings.Join(s.welcome, "\n"))
	}
	if _, err := os.Stat(filepath.Join(dir, "grantwright.db")); err != nil {
		t.Error(err)
	}
	for _, line := range s.welcome {
		if _, link, is := strings.Cut(line, s.url); is && link != "" {
			// A browser that comes with the token is let in, and led on without it.
			link, _, _ = strings.Cut(link, " ")
			if !strings.Contains(link, "token="+devToken) {
				t.Errorf("%s has no token", line)
			}
			status, _, err := call(t.Context(), http.MethodGet, s.url+link, "", "", "")
			if err != nil || status != http.StatusOK && status != http.StatusSeeOther {
				t.Errorf("%s: %d, %v", line, status, err)
			}
		}
	}
	if page := s.get(t, "/sign-in", http.StatusOK); !strings.Contains(page, "eve@example.com") {
		t.Errorf("the sign-in page does not list eve:\n%s", page)
	}
}

func TestTheLinkOfTheWelcomeLeadsToAForm(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), nil, "-listen", "127.0.0.1:0")
	for _, line := range s.welcome {
		if _, query, is := strings.Cut(line, "/request?"); is {
			var entry struct{ Form struct{ Name string } }
			s.as(t, "eve", http.MethodGet, "/resolve?"+query, "", &entry)
			if entry.Form.Name != "personal-data" {
				t.Errorf("%s leads to the form %q", line, entry.Form.Name)
			}
			return
		}
	}
	t.Errorf("there is no link:\n%s", strings.Join(s.welcome, "\n"))
}

// What the server hands to a catalog can be opened from there.
func TestLinksThatAreHandedOutAreAbsolute(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]string{"": "http://127.0.0.1:", "https://access.example.com/": "https://access.example.com/request?"} {
		args := []string{"-listen", "127.0.0.1:0"}
		if flag != "" {
			args = append(args, "-address", flag)
		}
		s := start(t, t.TempDir(), nil, args...)
		var all struct {
			Items []struct{ Ref string }
		}
		s.as(t, "eve", http.MethodGet, "/assets?limit=50", "", &all)
		var links struct{ DataAccess string }
		s.as(t, "eve", http.MethodGet, "/assets/"+all.Items[len(all.Items)-1].Ref+"/links", "", &links)
		if !strings.HasPrefix(links.DataAccess, want) {
			t.Errorf("with -address %q the link is %q, want %q", flag, links.DataAccess, want)
		}
	}
}

func TestAFreePortIfTheUsualOneIsTaken(t *testing.T) {
	t.Parallel()
	// One of these two has the usual port, or somebody else on this machine has.
	one, two := start(t, t.TempDir(), nil), start(t, t.TempDir(), nil)
	if one.url == two.url {
		t.Errorf("both listen on %s", one.url)
	}
	taken, err := url.Parse(one.url)
	must(t, err)
	if says := refuse(t, "-listen", taken.Host); !strings.Contains(says, "in use") {
		t.Errorf("a port that was asked for is taken, and the server says:\n%s", says)
	}
}

func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	must(t, os.WriteFile(broken, []byte("people:\n  - {id: eve, nmae: Eve}\nforms: [{}]\n"), 0o600))
	nobody := filepath.Join(t.TempDir(), "nobody.yaml")
	must(t, os.WriteFile(nobody, nil, 0o600))
	good := filepath.Join(t.TempDir(), "good.yaml")
	must(t, os.WriteFile(good, []byte("issuers: [{url: 'https://id.example.com', client: grantwright}]\n"), 0o600))
	inClear := filepath.Join(t.TempDir(), "clear.yaml")
	must(t, os.WriteFile(inClear, []byte("issuers: [{url: 'https://id.example.com', client: grantwright, secret: hunter2}]\n"), 0o600))
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-listen", "0.0.0.0:0"}, "only loopback is allowed"},
		{[]string{"-listen", ":0"}, "only loopback is allowed"},
		{[]string{"-listen", "[::]:0"}, "only loopback is allowed"},
		{[]string{"-listen", "192.0.2.1:0"}, "only loopback is allowed"},
		{[]string{"-listen", "nothing"}, "missing port"},
		{[]string{"-auth", "none"}, `-auth is "none", must be dev, oidc or proxy`},
		{[]string{"-auth", "oidc"}, "-auth=oidc and -oidc FILE are needed together"},
		{[]string{"-oidc", "x.yaml"}, "-auth=oidc and -oidc FILE are needed together"},
		{[]string{"-auth", "oidc", "-oidc", "nowhere.yaml", "-listen", "127.0.0.1:0"}, "nowhere.yaml"},
		{[]string{"-auth", "oidc", "-oidc", broken, "-listen", "127.0.0.1:0"}, broken + ":1:1: people is not known here"},
		{[]string{"-auth", "oidc", "-oidc", inClear, "-listen", "127.0.0.1:0"}, inClear + ":1:72: issuers[0].secret must be a reference"},
		{[]string{"-auth", "proxy"}, "-auth=proxy and -proxy-from are needed together"},
		{[]string{"-auth", "proxy", "-proxy-from", "10.0.0.1", "-listen", "127.0.0.1:0"}, `"10.0.0.1" is no network`},
		{[]string{"-auth", "proxy", "-proxy-from", "0.0.0.0/0", "-listen", "127.0.0.1:0"}, "everybody would be one"},
		{[]string{"-auth", "proxy", "-proxy-from", "unix", "-proxy-headers", "who=X", "-listen", "127.0.0.1:0"}, "-proxy-headers"},
		{[]string{"-proxy-issuer", "x"}, "are for -auth=proxy"},
		{[]string{"-dev-token", "hunter2"}, "must be a reference"},
		{[]string{"-listen", "unix:x"}, "-address is missing"},
		{[]string{"-listen", "unix:x", "-address", "https://access.example.com"}, "only loopback is allowed"},
		{[]string{"-auth", "oidc", "-oidc", good, "-listen", "0.0.0.0:0", "-address", "http://access.example.com"}, "http is for loopback only"},
		{[]string{"-lease", "1ms"}, "must be at least 1s"},
		{[]string{"-max-open", "-1"}, "-max-open is -1, must be at least 1"},
		{[]string{"-max-open-for", "-2"}, "-max-open-for is -2, must be at least 1"},
		{[]string{"-tls-cert", "tls.crt"}, "-tls-cert and -tls-key are needed together"},
		{[]string{"-tls-cert", "nowhere.crt", "-tls-key", "nowhere.key"}, "nowhere.crt"},
		{[]string{"-trusted-proxies", "10.0.0.1"}, `-trusted-proxies: "10.0.0.1" is no network such as 10.1.0.0/16`},
		{[]string{"-rate", "-1"}, "-rate is -1, must be 0 or more"},
		{[]string{"-scim", "a-token-on-the-command-line"}, "must begin with a reference"},
		{[]string{"-scim", "env:SCIM?issuers=x"}, `"issuers" is none of`},
		{[]string{"-scim", "env:SCIM?permission=ROOT:x"}, `permission "ROOT:x" must read like`},
		{[]string{"-scim", "env:SCIM_IS_NOT_SET"}, "SCIM_IS_NOT_SET is not set"},
		{[]string{"-scim", "env:HOME?attribute=team"}, `attribute "team" must read like`},
		{[]string{"-scim", "env:HOME"}, "at least 32 characters"},
		{[]string{"-links", "shelf"}, `"shelf" must read like shelf=/srv/links`},
		{[]string{"-links", "shelf=links"}, "must be an absolute path"},
		{[]string{"-links", "shelf=/srv/links,shelf=/srv/more"}, "shelf is there twice"},
		{[]string{"-links", "shelf=/srv/links"}, "-links needs -address"},
		{[]string{"-nothing"}, "flag provided but not defined"},
		{[]string{"serve"}, `"serve" is no flag`},
		{[]string{"-config", "nowhere.yaml"}, "nowhere.yaml"},
		{[]string{"-config", broken}, broken + ":2:15: people[0].nmae is not known here"},
		{[]string{"-config", broken}, broken + ":3:9: forms[0].name must be given"},
		{[]string{"-config", nobody}, "lists no people"},
		{[]string{"-store", "mysql://root:hunter2@localhost/x"}, "postgres://"},
		{[]string{"-store", "postgres://u:hunter2@127.0.0.1:1/x?sslmode=disable&connect_timeout=2"}, "connection refused"},
		{[]string{"-store", filepath.Join("nowhere", "x.db")}, "nowhere"},
	} {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			if says := refuse(t, tt.args...); !strings.Contains(says, tt.want) || strings.Contains(says, "hunter2") {
				t.Errorf("it says %q, want %q", says, tt.want)
			}
		})
	}
}

func TestOpenRequestsAreBoundedAsTheCommandLineSays(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), nil, "-listen", "127.0.0.1:0", "-max-open", "2", "-max-open-for", "1")
	for _, tt := range []struct {
		by, asset, beneficiary string
		want                   int
		says                   string
	}{
		{"eve", "orders", "frank", http.StatusCreated, ""},
		{"eve", "revenue", "frank", http.StatusTooManyRequests, "there are 1 "},
		{"eve", "revenue", "eve", http.StatusCreated, ""},
		{"eve", "orders", "eve", http.StatusTooManyRequests, "you have 2 "},
	} {
		body := fmt.Sprintf(`{"asset": "shop:sales.public.%s", "beneficiary": "%s@example.com", "answers": {"purpose": ["a report"], "duration": ["ENDLESS"]}}`, tt.asset, tt.beneficiary)
		status, answer, err := call(t.Context(), http.MethodPost, s.url+"/api/v1/requests", tt.by, "", body)
		if must(t, err); status != tt.want || !strings.Contains(strings.ToLower(answer), tt.says) {
			t.Errorf("%s asks for %s for %s: %d %s, want %d and %q", tt.by, tt.asset, tt.beneficiary, status, answer, tt.want, tt.says)
		}
	}
}

func TestARestartSavesNothingAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "mine.yaml")
	example, err := exec.Command(binary, "-example").Output()
	must(t, err)
	must(t, os.WriteFile(config, example, 0o600))
	args := []string{"-listen", "127.0.0.1:0", "-store", "mine.db", "-config", config}
	first := start(t, dir, nil, args...)
	first.stop(t, os.Interrupt) // its log is complete then
	if n := strings.Count(first.Log(), "msg=saved"); n != 6 {
		t.Errorf("the first start saved %d definitions and attachments, want 6", n)
	}
	second := start(t, dir, nil, args...)
	second.stop(t, os.Interrupt)
	for _, said := range []string{"msg=saved", "msg=registered"} {
		if strings.Contains(second.Log(), said) {
			t.Errorf("a restart says %s", said)
		}
	}
	changed := bytes.Replace(example, []byte("mode: ANY "), []byte("mode: ALL "), 1)
	must(t, os.WriteFile(config, changed, 0o600))
	third := start(t, dir, nil, args...)
	third.stop(t, os.Interrupt)
	if log := third.Log(); !strings.Contains(log, "msg=saved flow=sales how=CHANGED") || strings.Count(log, "msg=saved") != 1 {
		t.Errorf("one flow was changed, and the start says:\n%s", log)
	}
}

// A mask that governance has tightened on a page stays so, whatever the file says; the log names it.
func TestARestartLoosensNothingThatWasTightened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "mine.yaml")
	example, err := exec.Command(binary, "-example").Output()
	must(t, err)
	write := func(last int) {
		t.Helper()
		masks := fmt.Sprintf("\nmasks:\n  - {name: mail, at: shop:sales.public.customers, columns: [email], how: LAST, last: %d}\n", last)
		must(t, os.WriteFile(config, append(bytes.Clone(example), masks...), 0o600))
	}
	args := []string{"-listen", "127.0.0.1:0", "-store", "mine.db", "-config", config}
	restarted := func(says ...string) {
		t.Helper()
		s := start(t, dir, nil, args...)
		var m struct {
			Version int
			How     string
		}
		s.as(t, "governance", http.MethodGet, "/masks/mail", "", &m)
		s.stop(t, os.Interrupt)
		if m.Version != 2 || m.How != "NULL" {
			t.Errorf("the mask is %+v after a restart", m)
		}
		for _, want := range append(says, "mask=mail", "config diff") {
			if !strings.Contains(s.Log(), want) {
				t.Errorf("the log does not say %q", want)
			}
		}
	}
	write(4)
	first := start(t, dir, nil, args...)
	first.as(t, "governance", http.MethodPut, "/masks/mail", `{"based": 1, "at": "shop:sales.public.customers", "columns": ["email"], "how": "NULL"}`, nil)
	first.stop(t, os.Interrupt)
	restarted("this was changed since the file was carried out, and stays so")
	write(8)
	restarted("this was changed since, and in the file too", "level=ERROR")
}

func TestAPlatformThatIsDownDoesNotStopTheServer(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, 0, "eve")
	config := p.manifest(t, "  - {id: eve@example.com}")
	p.Stop()
	s := start(t, t.TempDir(), p.env(), "-config", config, "-listen", "127.0.0.1:0")
	enginetest.Until(t, "the log tells of the platform", func() bool { return strings.Contains(s.Log(), "the connection could not be read") })
	s.get(t, "/readyz", http.StatusOK)
	if took := s.stop(t, syscall.SIGTERM); took > 10*time.Second || s.err != nil {
		t.Errorf("it ended after %s with %v\n%s", took, s.err, s.Log())
	}
}

func TestStopsWithinTenSeconds(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), nil, "-listen", "127.0.0.1:0")
	address := strings.TrimPrefix(s.url, "http://")
	// One client has sent half a request, and another one waits for an answer.
	half, err := net.Dial("tcp", address)
	must(t, err)
	defer func() { _ = half.Close() }()
	_, _ = fmt.Fprintf(half, "POST /api/v1/requests HTTP/1.1\r\nHost: %s\r\n", address)
	if took := s.stop(t, syscall.SIGTERM); took > 10*time.Second || s.err != nil {
		t.Errorf("it ended after %s with %v", took, s.err)
	}
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("it still listens")
	}
}

func TestWhatIsBeingAnsweredIsAnsweredBeforeItStops(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), nil, "-listen", "127.0.0.1:0")
	body := `{"asset": "shop:sales.public.orders", "answers": {"purpose": ["x"], "duration": ["1 HOURS"]}}`
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	must(t, err)
	defer func() { _ = c.Close() }()
	_, _ = fmt.Fprintf(c, "POST /api/v1/requests HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nGrantwright-User: eve@example.com\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", devToken, len(body))
	reply := make([]byte, 4096)
	n, err := c.Read(reply) // the server has begun, and asks for the body
	if must(t, err); !strings.HasPrefix(string(reply[:n]), "HTTP/1.1 100") {
		t.Fatalf("the server says %q", reply[:n])
	}
	must(t, s.Process.Signal(syscall.SIGTERM))
	enginetest.Until(t, "the server is stopping", func() bool { return strings.Contains(s.Log(), "msg=stopping") })
	_, err = fmt.Fprint(c, body)
	must(t, err)
	n, err = c.Read(reply)
	if must(t, err); !strings.HasPrefix(string(reply[:n]), "HTTP/1.1 201") {
		t.Errorf("the server says %q", reply[:n])
	}
	<-s.ended
	if s.err != nil {
		t.Errorf("it ended with %v", s.err)
	}
}

func TestTheExampleIsRightAndWhole(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("example.yaml")
	must(t, err)
	f, err := manifest.Read("example.yaml", bytes.NewReader(text))
	must(t, err)
	if len(f.People) < 7 || len(f.Forms) == 0 || len(f.Flows) == 0 || len(f.Assets) == 0 {
		t.Errorf("the example holds %d people, %d forms, %d flows, %d assets", len(f.People), len(f.Forms), len(f.Flows), len(f.Assets))
	}
	// What is commented out is right too, once the comment is taken off.
	var lines []string
	commented := false
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "  # - name:") {
			commented = true
		}
		if !strings.HasPrefix(line, "  #") {
			commented = false
		}
		if commented {
			line = strings.Replace(line, "  # ", "  ", 1)
		}
		lines = append(lines, line)
	}
	f, err = manifest.Read("example.yaml", strings.NewReader(strings.Join(lines, "\n")))
	must(t, err)
	if len(f.Connections) != 4 || f.Connections[1].Technology != "postgres" || f.Connections[2].Technology != "mariadb" || f.Connections[3].Technology != "webhook" {
		t.Errorf("the connections are %+v", f.Connections)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	out, err := exec.Command(binary, "-version").Output()
	if err != nil || !strings.HasPrefix(string(out), "grantwright ") {
		t.Errorf("%q, %v", out, err)
	}
}
