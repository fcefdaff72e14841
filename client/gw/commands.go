package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
)

// command is one of the commands.
type command struct {
	name, args string
	does       string // in one line
	more       string
	example    string
	noJSON     bool
	exits      []int // beside done, a fault, a wrong use and a refusal
	make       func(*gw, *flag.FlagSet) func(context.Context, []string) error
}

// commands are all commands, in the order in which they are needed.
func commands() []command {
	return []command{
		{name: "login", args: "[ADDRESS]", does: "sign in to a server, and keep a token here",
			more: `Opens your browser, where you allow it, and keeps the token in a file that nobody else can
read. Where this machine has no browser, -device shows a code to type in one on any machine.
Without ADDRESS it is the server of the last sign-in, or of GW_URL.`,
			example: "gw login https://access.example.com", exits: []int{exitWaiting}, make: (*gw).login},
		{name: "logout", does: "sign out, and have the token revoked", noJSON: true,
			example: "gw logout", make: (*gw).logout},
		{name: "me", does: "show who you are, and what your token may do",
			example: "gw me", make: (*gw).me},
		{name: "request", args: "ASSET", does: "ask for access to an asset",
			more: `ASSET is a name (sales.public.orders), a reference with its connection
(warehouse:sales.public.orders), or a request link of your data catalog. What the form asks and
no flag answers is asked on a terminal; in a script it is an error that names each field.`,
			example: `gw request sales.public.orders -answer purpose="the quarterly report" -for 30d -wait`,
			exits:   []int{exitNotFound, exitEnded, exitWaiting, exitConflict, exitNoAccess}, make: (*gw).request},
		{name: "status", args: "ID", does: "show how far a request is, and its access",
			example: "gw status 2VXKQ4JZP7C3M5T6W8R9N2B4HD -wait -timeout 1h",
			exits:   []int{exitNotFound, exitEnded, exitWaiting, exitNoAccess}, make: (*gw).status},
		{name: "list", does: "list your requests, or those that wait for you",
			example: "gw list -to-decide", make: (*gw).list},
		{name: "approve", args: "ID…", does: "approve requests, as asked or with limits",
			more: `Shows first what it approves, and asks before it approves several. A request that somebody
has changed since it was shown is left alone.`,
			example: `gw approve 2VXKQ4JZP7C3M5T6W8R9N2B4HD -for 7d -read-only -comment "fine for reporting"`,
			exits:   []int{exitNotFound, exitConflict, exitPartly}, make: (*gw).approve},
		{name: "deny", args: "ID…", does: "deny requests, for good",
			example: `gw deny 2VXKQ4JZP7C3M5T6W8R9N2B4HD -reason "ask for the view without names"`,
			exits:   []int{exitNotFound, exitConflict, exitPartly}, make: (*gw).deny},
		{name: "cancel", args: "ID…", does: "withdraw requests of your own that are pending",
			example: "gw cancel 2VXKQ4JZP7C3M5T6W8R9N2B4HD",
			exits:   []int{exitNotFound, exitConflict, exitPartly}, make: (*gw).cancel},
		{name: "revoke", args: "ID…", does: "end the access that requests gave",
			example: `gw revoke 2VXKQ4JZP7C3M5T6W8R9N2B4HD -reason "the project is over"`,
			exits:   []int{exitNotFound, exitConflict, exitPartly}, make: (*gw).revoke},
		{name: "who", args: "ASSET|PERSON", does: "show who has access to an asset, or what somebody has",
			more: `A name is that of an asset, if there is one; me is yourself. Where you may know it, access to
an asset that others gave on the platform is shown too.`,
			example: "gw who sales.public.orders -at 2026-03-01", exits: []int{exitNotFound, exitConflict}, make: (*gw).who},
		{name: "link", args: "ASSET", does: "print the request link of an asset",
			example: "gw link sales.public.orders", exits: []int{exitNotFound, exitConflict}, make: (*gw).link},
		{name: "publish", args: "CONNECTION", does: "write request links of a connection into a catalog",
			more: `The server knows the catalogs (-links of the reference server). What was written before is
replaced, so it may be run again at any time. Takes ADMIN, and a token for administer.`,
			example: "gw publish warehouse -into shelf", exits: []int{exitNotFound, exitConflict, exitPartly}, make: (*gw).publish},
		{name: "sync", args: "CONNECTION", does: "read the objects of a connection, with its progress",
			more: `Ends when it is done. It says how many objects are read, how fast, and what is left if it was
read before. -history shows the last syncs. Takes ADMIN, and a token for administer; -history GOVERNANCE or AUDIT too.`,
			example: "gw sync warehouse", exits: []int{exitNotFound, exitConflict, exitPartly}, make: (*gw).sync},
		{name: "log", args: "ACT", does: "prove what happened, and check such proofs",
			more: `gw log checkpoint prints the last signed checkpoint of the log. gw log export prints the log
that it covers, and gw log story ID what it says of a request, each with proofs; they take AUDIT.
gw log verify FILE checks such a file offline, and names what was changed, removed or reordered.`,
			example: "gw log verify story.json -key log.pub", exits: []int{exitNotFound, exitBroken}, make: (*gw).log},
	}
}

// usage prints the commands.
func (g *gw) usage(to io.Writer) {
	_, _ = fmt.Fprintf(to, "gw asks for access to data, decides, and says who has access to what.\n\n")
	for _, c := range commands() {
		_, _ = fmt.Fprintf(to, "  gw %-21s %s\n", strings.TrimSpace(c.name+" "+c.args), c.does)
	}
	_, _ = fmt.Fprint(to, "\ngw COMMAND -h shows the flags of a command, and an example.\ngw help exits shows the exit codes.\n")
}

// help explains gw, a command, or the exit codes.
func (g *gw) help(about []string) error {
	if len(about) == 0 {
		g.usage(g.out)
		return nil
	}
	if about[0] == "exits" {
		for _, e := range exits {
			_, _ = fmt.Fprintf(g.out, "%d  %s\n", e.code, e.meaning)
		}
		return nil
	}
	for _, c := range commands() {
		if c.name == about[0] {
			g.explain(g.out, c)
			return nil
		}
	}
	return usagef("%q is no command: gw help lists them", about[0])
}

// explain explains a command.
func (g *gw) explain(to io.Writer, c command) {
	flags, _ := g.flags(c)
	args := c.args
	if args != "" {
		args = " " + args
	}
	_, _ = fmt.Fprintf(to, "usage: gw %s%s [flags]\n\n%s.\n", c.name, args, capital(c.does))
	if c.more != "" {
		_, _ = fmt.Fprintf(to, "%s\n", c.more)
	}
	_, _ = fmt.Fprintf(to, "\n  %s\n\n", c.example)
	flags.VisitAll(func(f *flag.Flag) {
		value, usage := flag.UnquoteUsage(f)
		if value != "" {
			value = " " + strings.ToUpper(value)
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" {
			usage += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		_, _ = fmt.Fprintf(to, "  -%s%s\n", f.Name, value)
		for _, line := range wrapped(usage, 72) {
			_, _ = fmt.Fprintf(to, "        %s\n", line)
		}
	})
	_, _ = fmt.Fprintf(to, "\nExit codes: %s; gw help exits explains them.\n", codesOf(c))
}

// codesOf lists the exit codes of a command.
func codesOf(c command) string {
	all := []string{}
	for _, code := range append([]int{exitDone, exitFault, exitUsage, exitRefused}, c.exits...) {
		all = append(all, fmt.Sprint(code))
	}
	return strings.Join(all, ", ")
}
