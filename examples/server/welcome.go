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

// start is where a server is, and how people come in.
type start struct{ listens, address, where, from, auth, token string }

// link is a path of the server. With the dev sign-in, whoever clicks it is let in.
func (s start) link(p string) string {
	switch {
	case s.token == "":
		return s.address + p
	case strings.Contains(p, "?"):
		return s.address + p + "&token=" + s.token
	}
	return s.address + p + "?token=" + s.token
}

// welcome says where the server is and what to do next.
func welcome(ctx context.Context, out io.Writer, engine *grantwright.Engine, file *manifest.File, s start) {
	var text strings.Builder
	fmt.Fprintf(&text, "Grantwright listens on %s\n", s.listens)
	fmt.Fprintf(&text, "  records   %s\n", s.where)
	fmt.Fprintf(&text, "  manifest  %s\n\n", s.from)
	if s.auth == authDev {
		s.address = s.listens
		fmt.Fprintf(&text, "Sign in   %s   as anybody of: %s\n", s.link("/sign-in"), someOf(file))
	}
	if link := linkToTry(ctx, engine); link != "" {
		fmt.Fprintf(&text, "Ask       %s\n", s.link(link))
	}
	fmt.Fprintf(&text, "Decide    %s\n", s.link("/reviews"))
	fmt.Fprintf(&text, "API       %s\n\n", s.link("/openapi.json"))
	fmt.Fprintf(&text, "Interrupt (Ctrl-C) stops it.")
	if s.auth == authDev {
		fmt.Fprintf(&text, " -auth=dev is for trying out: whoever has the token in these addresses may be anyone.")
	}
	_, _ = io.WriteString(out, text.String()+"\n") // the server runs all the same
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
