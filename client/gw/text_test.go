package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"
)

func TestDurations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"30d": "30 DAYS", "12h": "12 HOURS", "2w": "2 WEEKS", "6mo": "6 MONTHS", "1y": "1 YEARS", "90min": "90 MINUTES", "5s": "5 SECONDS",
		"30 DAYS": "30 DAYS", "1 day": "1 DAYS", " Endless ": "ENDLESS",
		"": "", "30": "", "d": "", "0d": "", "-1d": "", "6m": "", "1.5h": "", "30d12h": "", "999999d": "", "30 D AYS": "",
	} {
		got, err := duration(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q (%v), want %q", text, got, err, want)
		}
	}
	for d, want := range map[string]string{"30 DAYS": "30d", "12 HOURS": "12h", "2 WEEKS": "2w", "6 MONTHS": "6mo", "1 YEARS": "1y", "90 MINUTES": "90min", "5 SECONDS": "5s", "ENDLESS": "endless", "9 FORTNIGHTS": "9 fortnights"} {
		if got := shortDuration(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
		if again, err := duration(shortDuration(d)); d != "9 FORTNIGHTS" && (err != nil || again != d) {
			t.Errorf("%s comes back as %q, %v", d, again, err)
		}
	}
}

func TestTextOfOthersIsPlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"größer שלום 客户": "größer שלום 客户", "a\x1b[31mb": `a\u001b[31mb`, "a\nb": `a\u000ab`, "a\rb": `a\u000db`, "a\u202eb": `a\u202eb`, "a\u009bb": `a\u009bb`,
		"a\U000e0041b": `a\udb40\udc41b`, "a\xffb": `a\ufffdb`, "a\u200bb": `a\u200bb`, "a\x7fb": `a\u007fb`,
	} {
		if got := plain(text); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
	if got := lines("a\nb\tc"); got != "a\nb\\u0009c" {
		t.Errorf("lines are %q", got)
	}
}

// A name of others begins no line of its own, and a text that has lines keeps them.
func TestNamesOfOthersGetNoLines(t *testing.T) {
	t.Parallel()
	type named string
	if got, want := said("  %s: %s, %d\n%s", []any{"shop:a\n  your approval counts", named("b\r"), 3, long("one\ntwo\x1b")}), "  shop:a\\u000a  your approval counts: b\\u000d, 3\none\ntwo\\u001b"; got != want {
		t.Errorf("it is written %q, want %q", got, want)
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	columns := []column{{"ID", never}, {"ASSET", atStart}, {"WHY", atEnd}, {"NONE", atEnd}}
	rows := func() [][]string {
		return [][]string{{"AAAAAAAAAA", "shop:sales.public.orders", "the quarterly report\x1b", ""}, {"BBBBBBBBBB", "客户:客户.客户.客户", "x", ""}}
	}
	printed := func(width int) string {
		var out bytes.Buffer
		g := &gw{out: &out, width: width}
		g.table(columns, rows())
		return out.String()
	}
	want := "ID          ASSET                     WHY\n" +
		"AAAAAAAAAA  shop:sales.public.orders  the quarterly report\\u001b\n" +
		"BBBBBBBBBB  客户:客户.客户.客户       x\n"
	if got := printed(0); got != want {
		t.Errorf("without a width:\n%s\nwant\n%s", got, want)
	}
	for _, width := range []int{5, 33, 40, 55} {
		got := printed(width)
		for line := range strings.Lines(got) {
			if n := runewidth.StringWidth(strings.TrimSuffix(line, "\n")); n > max(width, 10+2+narrowest+2+narrowest) {
				t.Errorf("at %d: %d cells in %q", width, n, line)
			}
		}
		for _, whole := range []string{"\nAAAAAAAAAA  …", "orders  ", "…\n", "\nBBBBBBBBBB  "} {
			if !strings.Contains(got, whole) {
				t.Errorf("at %d %q is missing:\n%s", width, whole, got)
			}
		}
	}
}

func TestLongTextsGoOnBelow(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	g := &gw{out: &out, width: 40}
	g.facts([][2]string{{"Purpose", "the quarterly report of all regions, as every year"}, {"Empty", ""}, {"Mark", strings.Repeat("x", 50)}})
	want := "Purpose  the quarterly report of all\n         regions, as every year\nMark     " + strings.Repeat("x", 31) + "\n         " + strings.Repeat("x", 19) + "\n"
	if out.String() != want {
		t.Errorf("the facts are\n%s\nwant\n%s", out.String(), want)
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{-time.Hour: "now", 59 * time.Second: "now", time.Minute: "1m", 119 * time.Minute: "1h", 47 * time.Hour: "47h", 49 * time.Hour: "2d"} {
		if got := age(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
