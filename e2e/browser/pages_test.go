package browser

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/grantwright/grantwright/web"
)

var shots = flag.String("shots", "", "`folder` for a picture of every page: wide, narrow and dark")

// roles are who looks at the pages, by the first part of their ids.
var roles = []string{"eve", "frank", "sales-owner", "governance", "admin", "auditor"}

// The bounds of a crawl: how many pages of one route somebody opens in the browser, how
// many of those are held to axe, and how many links are followed.
const (
	perRoute = 4
	perAxe   = 3
	perLinks = 700
)

// crawl is what one person finds, from their start page on.
type crawl struct {
	*tab
	world  *world
	routes []string
	role   string
	client *http.Client
	seen   *seen

	queue  []string
	known  map[string]string // where a link was found
	opened map[string]int    // by route
}

// seen is what all of them have found.
type seen struct {
	mu      sync.Mutex
	reached map[string]bool
	axed    map[string]int
	kinds   map[string]bool // of pages that axe has seen
	shot    map[string]bool
	opened  map[string]map[string]string // by person and address: the route
	wrong   map[string][]string          // by what is wrong: where
}

// finds notes what is wrong on a page.
func (c *crawl) finds(on, format string, args ...any) {
	c.seen.mu.Lock()
	defer c.seen.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	c.seen.wrong[text] = append(c.seen.wrong[text], on)
}

// tell fails for everything that was found, each once.
func (s *seen) tell(t *testing.T) {
	t.Helper()
	for _, text := range sorted(s.wrong) {
		places := slices.Compact(slices.Sorted(slices.Values(s.wrong[text])))
		t.Errorf("%s\n\ton %d pages: %s", text, len(places), strings.Join(places[:min(len(places), 3)], " · "))
	}
}

// TestPages has everybody go from page to page, from where they start and from where others
// send them. Every page is held to what must hold everywhere.
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := routes(t)
	found := &seen{reached: map[string]bool{}, axed: map[string]int{}, kinds: map[string]bool{}, shot: map[string]bool{}, opened: map[string]map[string]string{}, wrong: map[string][]string{}}
	t.Run("people", func(t *testing.T) {
		for _, role := range roles {
			t.Run(role, func(t *testing.T) {
				t.Parallel()
				c := &crawl{tab: open(t, desktop), world: w, routes: all, role: role, seen: found, known: map[string]string{}, opened: map[string]int{}}
				c.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: patience}
				c.signIn()
				c.menus()
				c.walk()
			})
		}
	})
	found.tell(t)
	for _, pattern := range all {
		if !found.reached[pattern] && !alone.MatchString(pattern) {
			t.Errorf("nobody comes to %s: no page leads there, and addresses() has none", pattern)
		}
	}
	t.Run("README", func(t *testing.T) { illustrate(t, w) })
	t.Run("German", func(t *testing.T) { german(t, w, found.opened) })
	t.Logf("%d of %d routes, %d of them with axe", len(found.reached), len(all), len(found.axed))
}

// signIn holds the page of the dev sign-in to what must hold, and picks the person there.
func (c *crawl) signIn() {
	c.Helper()
	c.visit(c.world.URL + "/sign-in?return=" + url.QueryEscape("/requests"))
	c.holds("sign-in")
	c.be(desktop)
	c.enter()
}

// enter picks the person on the page of the dev sign-in that is open.
func (c *crawl) enter() {
	c.Helper()
	c.follow(chromedp.Click(chromedp.CSS(fmt.Sprintf(`button[value="%s@example.com"]`, c.role))))
}

// walk opens what links lead to, until there is nothing new.
func (c *crawl) walk() {
	c.Helper()
	c.found("the start", c.world.URL+"/")
	for _, at := range c.world.addresses()[c.role] {
		c.found("an address", c.world.URL+at)
	}
	for len(c.queue) > 0 && len(c.known) < perLinks && c.Err() == nil {
		at := c.queue[0]
		c.queue = c.queue[1:]
		c.one(at)
	}
	if len(c.known) < 8 {
		c.Errorf("%s finds %d links only", c.role, len(c.known))
	}
}

// anyID is an id of a record.
var anyID = regexp.MustCompile(`[A-Z2-7]{26}`)

// found notes a link for later.
func (c *crawl) found(on, to string) {
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, c.world.URL) {
		return
	}
	u.Fragment = ""
	if _, known := c.known[u.String()]; !known {
		c.known[u.String()] = on
		c.queue = append(c.queue, u.String())
	}
}

// one asks for an address, and opens it if it is a page of which not enough are known.
func (c *crawl) one(at string) {
	c.Helper()
	u, err := url.Parse(at)
	must(c.T, err)
	status, kind, next := c.head(at)
	if (status >= http.StatusBadRequest || status == 0) && (status != http.StatusNotFound || u.Path != "/request") { // that page reports what is missing
		c.finds(c.known[at], "a dead link of %s: %s answers %d", c.role, anyID.ReplaceAllString(u.RequestURI(), "…"), status)
		return
	}
	if next != "" {
		c.found(at, next)
		return
	}
	pattern := patternOf(c.routes, u.Path)
	if pattern == "" && u.Path != "/sign-in" || !strings.HasPrefix(kind, "text/html") {
		return
	}
	c.opened[pattern]++
	if c.opened[pattern] > perRoute && !strings.HasPrefix(c.known[at], "an address") {
		return
	}
	c.seen.mu.Lock()
	c.seen.reached[pattern] = true
	if c.seen.opened[c.role] == nil {
		c.seen.opened[c.role] = map[string]string{}
	}
	c.seen.opened[c.role][at] = pattern
	c.seen.mu.Unlock()
	c.visit(at)
	for _, link := range c.holds(pattern) {
		c.found(u.RequestURI(), link)
	}
	c.be(desktop)
}

// head asks for an address as the person does, without the browser: it says what kind of
// document it is, or where it leads.
func (c *crawl) head(at string) (status int, kind, next string) {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context, http.MethodGet, at, nil)
	must(c.T, err)
	r.Header.Set(web.DevHeader, c.role+"@example.com")
	a, err := c.client.Do(r)
	if err != nil {
		c.Errorf("%s: %v", at, err)
		return 0, "", ""
	}
	_ = a.Body.Close() // the answer may be a stream
	if a.StatusCode >= 300 && a.StatusCode < 400 {
		if to, err := a.Location(); err == nil {
			next = to.String()
		}
	}
	return a.StatusCode, a.Header.Get("Content-Type"), next
}

// menus opens every menu of the bar, one after the other, in each size.
func (c *crawl) menus() {
	c.Helper()
	c.visit(c.world.URL + "/requests")
	for i := range ask[int](c.tab, `document.querySelectorAll("header details.menu").length`) {
		for _, width := range widths {
			c.be(device{width: width})
			c.run(fmt.Sprintf(`document.querySelectorAll("header details.menu").forEach((m, i) => { m.open = i === %d })`, i))
			c.fits(fmt.Sprintf("%s with menu %d open", c.role, i))
		}
		c.axe(fmt.Sprintf("menu %d", i))
	}
	c.be(desktop)
}

// holds holds the page that is open to what must hold of every page, and returns its links.
func (c *crawl) holds(pattern string) (links []string) {
	c.Helper()
	on := fmt.Sprintf("%s at %s", c.role, anyID.ReplaceAllString(strings.TrimPrefix(c.where(), c.world.URL), "…"))
	c.run(`document.querySelectorAll("main details").forEach((d) => { d.open = true })`)
	for _, fault := range c.heard() {
		if strings.Contains(fault, "404 (Not Found)") && strings.Contains(fault, "/request?") {
			continue // of the page itself, which reports what is missing
		}
		c.finds(on, "the console says %s", fault)
	}
	c.raw(on)
	links = ask[[]string](c.tab, `[...document.querySelectorAll("a[href], link[href], iframe[src]")].map((e) => e.href || e.src)`)
	c.anchors(on)
	for _, width := range widths {
		c.be(device{width: width})
		c.fits(on)
	}
	if c.first(pattern) {
		c.axe(on)
	}
	c.shoot(pattern)
	return links
}

// first reports whether a page of this kind is to be held to axe.
func (c *crawl) first(pattern string) bool {
	kind := ask[string](c.tab, `[document.querySelector("h1")?.className, ...[...document.querySelectorAll("main h2, main form, main table, main .note, main .badge")].map((e) => e.localName + e.className)].filter((k, i, all) => all.indexOf(k) === i).sort().join()`)
	c.seen.mu.Lock()
	defer c.seen.mu.Unlock()
	if c.seen.axed[pattern] >= perAxe && c.seen.kinds[pattern+kind] || c.seen.axed[pattern] >= 3*perAxe {
		return false
	}
	c.seen.axed[pattern]++
	c.seen.kinds[pattern+kind] = true
	return true
}

// widths are those of a small phone, a phone, a desktop at 200 % zoom, and a desktop.
var widths = []int64{320, 390, 640, 1280}

// overflow is how wide a page is, on which width, and because of which elements.
type overflow struct {
	Scroll int      `json:"scroll"`
	Client int      `json:"client"`
	By     []string `json:"by"`
}

// fits wants nothing to reach beyond the right edge.
func (c *crawl) fits(on string) {
	c.Helper()
	wide := ask[overflow](c.tab, `(() => { const d = document.documentElement, w = d.clientWidth;
		return { scroll: d.scrollWidth, client: w, by: d.scrollWidth <= w ? [] : [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > w + 1 && !e.closest(".scroll, pre, .terms"))
			.slice(-3).map((e) => e.outerHTML.slice(0, 160)) } })()`)
	if wide.Scroll > wide.Client {
		c.finds(on, "it is wider than %d px, because of %s", wide.Client, anyID.ReplaceAllString(strings.Join(wide.By, "\n\t"), "…"))
	}
}

// anchors wants links within the page to lead somewhere.
func (c *crawl) anchors(on string) {
	c.Helper()
	lost := ask[[]string](c.tab, `[...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute("href").slice(1)).filter((id) => id && !document.getElementById(id))`)
	if len(lost) > 0 {
		c.finds(on, "links within the page lead nowhere: %q", lost)
	}
}

// shoot makes the pictures of a route, once.
func (c *crawl) shoot(pattern string) {
	c.Helper()
	name := strings.Trim(regexp.MustCompile(`[^a-z]+`).ReplaceAllString(pattern, "-"), "-") + "." + c.role
	c.seen.mu.Lock()
	done := c.seen.shot[name]
	c.seen.shot[name] = true
	c.seen.mu.Unlock()
	if *shots == "" || done {
		return
	}
	must(c.T, os.MkdirAll(*shots, 0o755))
	for suffix, d := range map[string]device{"1280": desktop, "390": phone, "dark": {width: 1280, dark: true}} {
		c.be(d)
		picture, err := read(c.tab, chromedp.FullScreenshot(100))
		must(c.T, err)
		must(c.T, os.WriteFile(filepath.Join(*shots, name+"."+suffix+".png"), picture, 0o644))
	}
}

// sorted are the keys of a map, in order.
func sorted[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }
