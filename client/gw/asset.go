package main

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

const (
	dataAccess       = "DATA_ACCESS"
	maskingException = "MASKING_EXCEPTION"
)

// reference is how an asset, or a connection, is named by our own name for it.
var reference = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}:.`)

// entry finds an asset with its form. It is named by its reference (warehouse:sales.public.orders),
// by its name alone (sales.public.orders), or by a request link of a catalog.
func entry(ctx context.Context, c *client.Client, name, kind string) (api.Entry, error) {
	if link, is := linkOf(name); is {
		if kind == maskingException {
			link.RequestType = api.ResolveParamsRequestType("masking-exception")
		}
		return c.Resolve(ctx, link)
	}
	if reference.MatchString(name) {
		return c.AssetForm(ctx, name, api.AssetFormParams{Type: api.AssetFormParamsType(kind)})
	}
	p := api.ResolveParams{FullyQualifiedName: name}
	if kind == maskingException {
		p.RequestType = api.ResolveParamsRequestType("masking-exception")
	}
	return c.Resolve(ctx, p)
}

// linkOf reads the parameters of a request link.
func linkOf(text string) (api.ResolveParams, bool) {
	if !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") {
		return api.ResolveParams{}, false
	}
	u, err := url.Parse(text)
	if err != nil || !u.Query().Has("fullyQualifiedName") {
		return api.ResolveParams{}, false
	}
	q := u.Query()
	return api.ResolveParams{FullyQualifiedName: q.Get("fullyQualifiedName"), Technology: q.Get("technology"), Host: q.Get("host"),
		RequestType: api.ResolveParamsRequestType(q.Get("requestType"))}, true
}

// oneName is the one thing that a command is about.
func oneName(about []string, what string) (string, error) {
	switch {
	case len(about) == 0:
		return "", usagef("%s is missing", what)
	case len(about) > 1:
		return "", usagef("%q is one too many: this takes one %s", about[1], what)
	}
	return about[0], nil
}
