package catalog_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/catalogtest"
)

func parse(t *testing.T, link string) (catalog.Link, error) {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return catalog.ParseLink(u.Query())
}

func TestLinkRoundTrip(t *testing.T) {
	t.Parallel()
	for _, name := range catalogtest.AwkwardNames {
		for _, want := range []catalog.Link{
			{Path: []string{name}, Type: catalog.LinkDataAccess},
			{Path: []string{"sales", name, name}, Technology: name, Type: catalog.LinkMaskingException},
			{Path: []string{"sales", "public", name}, Technology: "postgres", Host: name, Type: catalog.LinkDataAccess},
		} {
			link := want.URL("https://access.example.com")
			got, err := parse(t, link)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", link, err, diff)
			}
		}
	}
}

func TestLinkURL(t *testing.T) {
	t.Parallel()
	orders := catalog.Link{Path: []string{"sales", "public", "orders"}}
	full := catalog.Link{Path: []string{"s", "v1.2"}, Technology: "postgres", Host: "warehouse", Type: catalog.LinkMaskingException}
	for _, tt := range []struct {
		link       catalog.Link
		base, want string
	}{
		{orders, "", "/request?fullyQualifiedName=sales.public.orders"},
		{orders, "/", "/request?fullyQualifiedName=sales.public.orders"},
		{orders, "https://access.example.com", "https://access.example.com/request?fullyQualifiedName=sales.public.orders"},
		{orders, "https://example.com/grants/", "https://example.com/grants/request?fullyQualifiedName=sales.public.orders"},
		{full, "/grants", "/grants/request?fullyQualifiedName=s.%22v1.2%22&host=warehouse&requestType=masking-exception&technology=postgres"},
	} {
		if got := tt.link.URL(tt.base); got != tt.want {
			t.Errorf("URL(%q) = %s, want %s", tt.base, got, tt.want)
		}
	}
}

func TestLinkTo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		asset catalog.Asset
		want  catalog.Link
	}{
		{catalog.Asset{Ref: "w:a.b", Technology: "postgres", Host: "dwh"}, catalog.Link{Path: []string{"a", "b"}, Technology: "postgres", Host: "w", Type: "x"}},
		{catalog.Asset{Ref: "w:a.b", Host: "dwh"}, catalog.Link{Path: []string{"a", "b"}, Type: "x"}},
	} {
		got := catalog.LinkTo(tt.asset, "x")
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("LinkTo(%s) (-want +got):\n%s", tt.asset.Ref, diff)
		}
		want := catalog.Name{Path: tt.want.Path, Technology: tt.want.Technology, Host: tt.want.Host}
		if diff := cmp.Diff(want, got.Name()); diff != "" {
			t.Errorf("Name (-want +got):\n%s", diff)
		}
	}
}

func TestParseLink(t *testing.T) {
	t.Parallel()
	orders := catalog.Link{Path: []string{"sales", "orders"}, Type: catalog.LinkDataAccess}
	full := orders
	full.Technology, full.Host = "postgres", "warehouse"
	exact := orders
	exact.Exact = true
	const name = "fullyQualifiedName=sales.orders"
	for _, tt := range []struct {
		query string
		want  catalog.Link
		fault string // of the error; empty for none
	}{
		{name, orders, ""},
		{"fullyQualifiedName=%22sales%22.%22orders%22", exact, ""},
		{"fullyQualifiedName=sales.%22orders%22", exact, ""},
		{name + "&utm_source=x&utm_source=y&q=", orders, ""},
		{name + "&technology=&host=&requestType=", orders, ""},
		{name + "&fullyQualifiedName=", orders, ""},
		{name + "&requestType=data-access", orders, ""},
		{name + "&technology=postgres&host=warehouse", full, ""},
		{"", catalog.Link{}, "fullyQualifiedName is missing"},
		{"fullyQualifiedName=", catalog.Link{}, "fullyQualifiedName is missing"},
		{"fullyqualifiedname=a", catalog.Link{}, "fullyQualifiedName is missing"},
		{name + "&" + name, catalog.Link{}, "fullyQualifiedName is given 2 times"},
		{name + "&technology=a&technology=a", catalog.Link{}, "technology is given 2 times"},
		{name + "&technology=a&host=b&host=b", catalog.Link{}, "host is given 2 times"},
		{name + "&requestType=data-access&requestType=x", catalog.Link{}, "requestType is given 2 times"},
		{name + "&host=warehouse", catalog.Link{}, "technology is missing"},
		{name + "&requestType=DATA_ACCESS", catalog.Link{}, "must be data-access or masking-exception"},
		{name + "&requestType=" + strings.Repeat("x", 5000), catalog.Link{}, "requestType"},
		{"fullyQualifiedName=a..b", catalog.Link{}, "a name is empty"},
		{"fullyQualifiedName=%22a", catalog.Link{}, "a quote is not closed"},
		{"fullyQualifiedName=a%00b", catalog.Link{}, "NUL"},
		{"fullyQualifiedName=%ff", catalog.Link{}, "UTF-8"},
		{"fullyQualifiedName=" + strings.Repeat("x", 5000), catalog.Link{}, "at most"},
		{name + "&technology=" + strings.Repeat("x", 5000), catalog.Link{}, "bytes, at most 512 are allowed"},
		{name + "&technology=x&host=" + strings.Repeat("x", 5000), catalog.Link{}, "bytes, at most 512 are allowed"},
		{name + "&technology=x&host=a%00", catalog.Link{}, "NUL"},
		{name + "&technology=%ff", catalog.Link{}, "UTF-8"},
	} {
		got, err := parse(t, "/request?"+tt.query)
		if tt.fault != "" {
			if !errors.Is(err, catalog.ErrLink) || !strings.Contains(err.Error(), tt.fault) || len(err.Error()) > 500 {
				t.Errorf("%.80s: %v, want catalog.ErrLink with %q", tt.query, err, tt.fault)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", tt.query, err, diff)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	for _, seed := range []string{
		"fullyQualifiedName=a.b", "fullyQualifiedName=%22a.b%22.c&technology=postgres&host=w", "fullyQualifiedName=a&requestType=masking-exception",
		"fullyQualifiedName=a&fullyQualifiedName=b", "fullyQualifiedName=a;b&host=x", "fullyQualifiedName=%ff", "utm=1&fullyQualifiedName=+a+",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		link, err := catalog.ParseLink(q)
		if err != nil {
			if !errors.Is(err, catalog.ErrLink) {
				t.Errorf("%q: %v is not catalog.ErrLink", query, err)
			}
			return
		}
		again, err := parse(t, link.URL("https://access.example.com/x"))
		if diff := cmp.Diff(link, again); err != nil || diff != "" {
			t.Errorf("%q: %v (-first +again):\n%s", query, err, diff)
		}
	})
}
