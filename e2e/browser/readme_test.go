package browser

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

var readme = flag.String("readme", "", "`folder` for the pictures that the README shows; without it, one that is removed")

// maxPicture bounds a picture of the README, in bytes.
const maxPicture = 150 << 10

// illustrations are the pictures of the README: what somebody sees at the top of a page.
func (w *world) illustrations() []struct{ name, role, at string } {
	return []struct{ name, role, at string }{
		{"request", "grace", "/request?fullyQualifiedName=sales.public.customers"},
		{"queue", "sales-owner", "/reviews"},
		{"case", "sales-owner", "/requests/" + w.entries["exception"]},
		{"builder", "governance", "/build/flow?name=sales"},
	}
}

// illustrate takes the pictures of the README. What is there only to be too long is left out.
func illustrate(t *testing.T, w *world) {
	folder := *readme
	if folder == "" {
		folder = t.TempDir()
	}
	must(t, os.MkdirAll(folder, 0o755))
	for _, one := range w.illustrations() {
		c := &crawl{tab: open(t, desktop), world: w, role: one.role}
		c.visit(w.URL + "/sign-in")
		c.enter()
		c.visit(w.URL + one.at)
		c.run(`document.querySelectorAll("main li").forEach((e) => { if (e.textContent.includes("_very_long_")) e.remove() })`)
		taken, err := read(c.tab, chromedp.CaptureScreenshot())
		must(t, err)
		c.leave()
		small := crushed(t, taken)
		if len(small) > maxPicture {
			t.Errorf("%s has %d bytes, at most %d are wanted", one.name, len(small), maxPicture)
		}
		must(t, os.WriteFile(filepath.Join(folder, one.name+".png"), small, 0o644))
	}
}

// crushed writes a picture in at most 256 colours: pages have few, and shades of letters.
func crushed(t *testing.T, picture []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(picture))
	must(t, err)
	area := full.Bounds()
	counts := map[color.Color]int{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			counts[full.At(x, y)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(counts), func(a, b color.Color) int { return counts[b] - counts[a] })
	few := image.NewPaletted(area, most[:min(len(most), 256)])
	nearest := map[color.Color]uint8{}
	for c := range counts {
		nearest[c] = uint8(few.Palette.Index(c))
	}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			few.SetColorIndex(x, y, nearest[full.At(x, y)])
		}
	}
	var out bytes.Buffer
	must(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few))
	return out.Bytes()
}
