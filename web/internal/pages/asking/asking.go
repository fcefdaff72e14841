// Package asking are the pages of whoever asks for access: finding an asset, its page, its
// form and its preview, several assets at once, what is asked again, and the form in a
// frame of another site.
package asking

import (
	"embed"
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

//go:embed all:templates
var files embed.FS

var templates = frame.Parse(files)

// room are the pages, in the frame of all.
type room struct{ *frame.Frame }

// Register adds the pages to a frame.
func Register(f *frame.Frame) {
	s := &room{f}
	f.Link(frame.Link{Path: "/assets", Text: "Find data"})
	f.Link(frame.Link{Path: "/request", Text: "New request"})
	f.Handle("GET /assets", s.assetsPage)
	f.Handle("GET /assets/{ref}", s.assetPage)
	f.Handle("GET /request", s.formPage)
	f.Handle("POST /request", s.formSubmit)
	f.Handle("GET /request/several", s.severalPage)
	f.Handle("POST /request/several", s.severalSubmit)
	f.Handle("POST /request/report", s.reportAct)
	f.Handle("GET /embed/request", s.formPage)
	f.Handle("POST /embed/request", s.formSubmit)
	f.Handle("POST /embed/request/report", s.reportAct)
	f.Handle("GET /requests/{id}/edit", s.editPage)
	f.Handle("POST /requests/{id}/edit", s.editAct)
	f.Handle("GET /requests/{id}/renewal", s.renewalPage)
	f.Handle("GET /requests/{id}/again", s.againPage)
}

func (s *room) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	s.Show(w, r, status, templates, name, page)
}

// pageOf is the path of an asset's page.
func pageOf(base string, ref catalog.Ref) string {
	return base + "/assets/" + url.PathEscape(string(ref))
}

// listed is an asset in a list.
type listed struct {
	catalog.Asset
	Page string // of it
	Ask  string // leads to its form
}

func listedOf(r *http.Request, all []catalog.Asset) []listed {
	base := site.VisitOf(r.Context()).Base
	found := make([]listed, len(all))
	for i, a := range all {
		found[i] = listed{a, pageOf(base, a.Ref), catalog.LinkTo(a, catalog.LinkDataAccess).URL(base)}
	}
	return found
}
