// Package pages are the HTML pages. Each room below holds those of one role, with its
// templates, in the frame of all; a page calls the engine on behalf of whoever is signed in.
package pages

import (
	"net/http"

	"github.com/grantwright/grantwright/web/internal/pages/account"
	"github.com/grantwright/grantwright/web/internal/pages/asking"
	"github.com/grantwright/grantwright/web/internal/pages/auditing"
	"github.com/grantwright/grantwright/web/internal/pages/deciding"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/governing"
	"github.com/grantwright/grantwright/web/internal/pages/operating"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Register adds the routes of all pages to a mux.
func Register(mux *http.ServeMux, base *site.Site, in frame.SignIn, brand frame.Brand) *frame.Frame {
	f := frame.New(mux, base, in, brand)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, f.To(r, "/requests"), http.StatusSeeOther)
	})
	asking.Register(f)
	deciding.Register(f)
	auditing.Register(f)
	account.Register(f)
	governing.Register(f)
	operating.Register(f, auditing.EventWords)
	return f
}
