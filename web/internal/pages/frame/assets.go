package frame

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
)

//go:embed style.css script.js icon.svg
var assetFiles embed.FS

// asset is a file that all pages share. Its path changes with its text, so that browsers
// may keep it.
type asset struct {
	text []byte
	path string
	kind string
}

// AssetPrefix is the first part of the paths of all assets. Whoever asks for one need not
// be signed in.
const AssetPrefix = "/static/"

// own is an asset of ours by name.
func ownFile(name string) []byte {
	text, _ := assetFiles.ReadFile(name) // embedded: it is there
	return text
}

func assetOf(name, kind string, text []byte) asset {
	sum := sha256.Sum256(text)
	return asset{text, AssetPrefix + hex.EncodeToString(sum[:6]) + "/" + name, kind}
}

func (s *Frame) routeAssets() {
	s.style = assetOf("style.css", "text/css; charset=utf-8", s.brand.sheet(ownFile("style.css")))
	s.script = assetOf("script.js", "text/javascript; charset=utf-8", ownFile("script.js"))
	icon := s.brand.Icon
	if len(icon) == 0 {
		icon = ownFile("icon.svg")
	}
	s.icon = assetOf("icon.svg", "image/svg+xml", icon)
	for _, a := range []asset{s.style, s.script, s.icon} {
		s.mux.HandleFunc("GET "+a.path, a.serve)
	}
	s.mux.HandleFunc("GET /favicon.ico", s.icon.serve)
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.URL.Path != a.path { // asked for by its plain name, which another text may have later
		w.Header().Set("Cache-Control", "public, max-age=86400")
	}
	_, _ = w.Write(a.text)
}
