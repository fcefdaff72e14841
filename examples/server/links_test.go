package main_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog/filelinker"
)

// An administrator has the links of a connection written into the folder that -links names.
func TestLinksAreWrittenIntoAFolder(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "links")
	s := start(t, t.TempDir(), nil, "-listen", "127.0.0.1:0", "-address", "https://access.example.com", "-links", "shelf="+folder)
	var done struct {
		Catalog         string
		Written, Failed int
	}
	s.as(t, "admin", http.MethodPost, "/connections/shop/links/publish", `{}`, &done)
	if done.Catalog != "shelf" || done.Written == 0 || done.Failed != 0 {
		t.Errorf("published: %+v", done)
	}
	links, err := filelinker.New(folder).Read("shop:sales.public.orders")
	if err != nil || !strings.HasPrefix(links.DataAccess, "https://access.example.com/request?") {
		t.Errorf("the folder holds %+v, %v", links, err)
	}
}
