package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
)

// welcome says where the server is and what to do next.
func welcome(ctx context.Context, out io.Writer, engine *grantwright.Engine, file *manifest.File, address, where, from string) {
	var text strings.Builder
	fmt.Fprintf(&text, "Grantwright listens on %s\n", address)
	fmt.Fprintf(&text, "  records   %s\n", where)
	fmt.Fprintf(&text, "  manifest  %s\n\n", from)
	fmt.Fprintf(&text, "Sign in   %s/sign-in   as anybody of: %s\n", address, someOf(file))
	if link := linkToTry(ctx, engine); link != "" {
		fmt.Fprintf(&text, "Ask       %s\n", address+link)
	}
	fmt.Fprintf(&text, "Decide    %s/reviews\n", address)
	fmt.Fprintf(&text, "API       %s/openapi.json\n\n", address)
	fmt.Fprintf(&text, "Interrupt (Ctrl-C) stops it. -auth=dev is for trying out: anybody on this machine may be anyone.\n")
	_, _ = io.WriteString(out, text.String()) // the server runs all the same
}

// someOf names the first few people.
func someOf(file *manifest.File) string {
	const most = 4
	var ids []string
	for _, p := range file.People {
		if len(ids) == most {
			return strings.Join(ids, ", ") + ", …"
		}
		ids = append(ids, string(p.Person()))
	}
	return strings.Join(ids, ", ")
}

// linkToTry is the request link of something that can be asked for, as a catalog
// would show it.
func linkToTry(ctx context.Context, engine *grantwright.Engine) string {
	found, err := engine.Assets().Search(ctx, operator, catalog.Query{Limit: 100})
	if err != nil {
		return ""
	}
	for _, a := range found {
		if !a.Kind.Container() {
			return catalog.LinkTo(a, catalog.LinkDataAccess).URL("")
		}
	}
	return ""
}
