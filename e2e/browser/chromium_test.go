package browser

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds each step in a browser, and each wait.
const patience = time.Minute

// chromium is the one browser of all tests. Each person in it has a context of their own.
var chromium context.Context

func TestMain(m *testing.M) { os.Exit(within(m)) }

// within runs the tests with a browser, which ends with them.
func within(m *testing.M) int {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("lang", "en-US"))
	process, end := chromedp.NewExecAllocator(context.Background(), options...)
	defer end()
	var cancel context.CancelFunc
	chromium, cancel = chromedp.NewContext(process)
	defer cancel()
	if err := chromedp.Do(chromium); err != nil {
		fmt.Fprintln(os.Stderr, "Chromium does not start (make chromium installs it):", err)
		return 1
	}
	return m.Run()
}

// atOnce bounds how many tabs are at work.
var atOnce = make(chan struct{}, 2)

// device is how somebody reads pages.
type device struct {
	width    int64
	dark     bool
	noScript bool
}

var (
	desktop = device{width: 1280}
	phone   = device{width: 390}
)

// tab is the browser of one person: it shares no cookies with others.
type tab struct {
	*testing.T
	context.Context

	leave func() // ends it, and makes room for another

	mu     sync.Mutex
	faults []string // that the console has told since the last look
}

// open gives somebody a browser, once there is room for one. Whoever has one waits for no
// other: they leave it first.
func open(t *testing.T, d device) *tab {
	t.Helper()
	atOnce <- struct{}{}
	ctx, cancel := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	b := &tab{T: t, Context: ctx}
	b.leave = sync.OnceFunc(func() {
		cancel()
		<-atOnce
	})
	t.Cleanup(b.leave)
	must(t, chromedp.Listen(ctx, b.hear))
	b.be(d)
	if d.noScript {
		b.do(command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	}
	return b
}

// be changes the size and the theme of the page that is open.
func (b *tab) be(d device) {
	b.Helper()
	theme := "light"
	if d.dark {
		theme = "dark"
	}
	b.do(command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: d.width, Height: 900, DeviceScaleFactor: 1, Mobile: d.width < 600}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}))
}

// step is something that a browser does.
type step = chromedp.Action[chromedp.Void]

// command is one of the DevTools protocol, as a step.
func command[P, R any](c cdp.Command[P, R], params P) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// hear keeps what the console tells of faults: exceptions, and what the content security
// policy has refused.
func (b *tab) hear(event any) {
	said := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		said = fmt.Sprintf("%+v", e.ExceptionDetails)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			said = fmt.Sprint(e.Entry.Source, ": ", e.Entry.Text, " ", e.Entry.URL)
		}
	}
	if said != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.faults = append(b.faults, said)
	}
}

// heard returns the faults that were told since the last call.
func (b *tab) heard() (all []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all, b.faults = b.faults, nil
	return all
}

// try does something in the browser, in bounded time.
func (b *tab) try(what ...step) error {
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	return chromedp.Do(ctx, what...)
}

func (b *tab) do(what ...step) {
	b.Helper()
	if err := b.try(what...); err != nil {
		b.Fatalf("the browser: %v", err)
	}
}

// read asks the browser for something, in bounded time.
func read[T any](b *tab, what chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	return chromedp.Run(ctx, what)
}

// ask evaluates an expression on the page, and waits for its promise if it is one.
func ask[T any](b *tab, expression string) T {
	b.Helper()
	found, err := read(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %s: %v", b.where(), shortened(expression), err)
	}
	return found
}

// run evaluates statements on the page.
func (b *tab) run(statements string) {
	b.Helper()
	if err := b.try(chromedp.Evaluate[chromedp.Void](statements)); err != nil {
		b.Fatalf("%s: %s: %v", b.where(), shortened(statements), err)
	}
}

// follow does something that leads to another page, and returns the status of its answer.
func (b *tab) follow(what ...step) int64 {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, what...)
	if err != nil {
		b.Fatalf("at %s: no page follows: %v\n%s", b.where(), err, shortened(b.text()))
	}
	if answer == nil {
		return 0
	}
	return answer.Status
}

// visit opens an address.
func (b *tab) visit(address string) int64 {
	b.Helper()
	return b.follow(chromedp.Navigate(address))
}

// where is the address of the page.
func (b *tab) where() string {
	b.Helper()
	at, err := read(b, chromedp.Location())
	if err != nil {
		return err.Error()
	}
	return at
}

// text is what the page shows.
func (b *tab) text() string {
	b.Helper()
	shown, err := read(b, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return shown
}

// wants holds the page to texts that it shows.
func (b *tab) wants(texts ...string) {
	b.Helper()
	shown := b.text()
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			b.Errorf("%s does not show %q:\n%s", b.where(), text, shortened(shown))
		}
	}
}

func shortened(text string) string {
	if len(text) > 2500 {
		return text[:2500] + " …"
	}
	return text
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
