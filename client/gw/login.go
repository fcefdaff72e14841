package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
	"github.com/grantwright/grantwright/client/internal/login"
)

var errNotMasked = errors.New("a masking exception is asked for on a table or a view: this is none")

func (g *gw) login(f *flag.FlagSet) func(context.Context, []string) error {
	device := f.Bool("device", false, "show a code to type in a browser on any machine, where this one has none")
	name := f.String("name", "", "the `name` that your list of tokens shows; that of this machine, without it")
	scope := f.String("scope", "read ask decide", "what to ask for: `classes` of read, ask, decide, govern and administer; you decide on the page")
	days := f.Int("days", 0, "for how many `days`; 0 takes what the page proposes. Not with -device: whoever lets the device in chooses on the page")
	return func(ctx context.Context, about []string) error {
		if len(about) > 1 {
			return usagef("%q is one too many: gw login takes one address", about[1])
		}
		if *device && *days > 0 {
			return usagef("-days is not for -device: the page on which you let the device in asks for how long")
		}
		if *days < 0 || *days > 366 {
			return usagef("-days is %d, must be from 1 to 366, or 0 for what the page proposes", *days)
		}
		before, err := g.kept()
		if err != nil {
			g.note("%v", err)
		}
		address := cmp.Or(strings.Join(about, ""), g.env("GW_URL"), before.URL)
		if address == "" {
			return usagef("the address of the server is missing, such as gw login https://access.example.com")
		}
		c, err := g.at(address, "")
		if err != nil {
			return err
		}
		if err := g.signIn(ctx, c, *device, login.Asked{Name: cmp.Or(*name, tokenName()), Scope: *scope, Days: *days}); err != nil {
			return err
		}
		if before.Token != "" && g.takeBack(ctx, before) != nil {
			g.note("The token of the sign-in before could not be taken back: revoke it on the page of your tokens at %s.", before.URL)
		}
		if g.env("GW_TOKEN") != "" {
			g.note("GW_TOKEN is set, and comes before this sign-in.")
		}
		return nil
	}
}

// tokenName names a token after this machine.
func tokenName() string {
	host, err := os.Hostname()
	if err != nil {
		return "gw"
	}
	return "gw on " + host
}

// signIn gets a token, keeps it, and says who is signed in.
func (g *gw) signIn(ctx context.Context, c *client.Client, device bool, asked login.Asked) error {
	var granted login.Granted
	var err error
	if device {
		granted, err = login.Device(ctx, c, asked, g.showCode)
	} else {
		granted, err = login.Loopback(ctx, c, asked, g.showAddress)
	}
	if err != nil {
		return err
	}
	kept := signIn{URL: c.Address(), Token: granted.Secret, Person: granted.Token.Owner, Expires: granted.Token.Expires}
	if err := g.keep(kept); err != nil {
		return errors.Join(fmt.Errorf("the sign-in could not be kept, and its token is taken back: %w", err), g.takeBack(ctx, kept))
	}
	if g.json {
		return g.print(signIn{URL: kept.URL, Person: kept.Person, Expires: kept.Expires}.shown())
	}
	g.say("You are signed in to %s as %s until %s.", kept.URL, person(kept.Person), g.when(kept.Expires))
	return nil
}

// shown is the sign-in without its secret.
func (s signIn) shown() map[string]any {
	return map[string]any{"url": s.URL, "person": s.Person, "expires": s.Expires}
}

func (g *gw) showCode(code login.Code) {
	g.note("Open    %s\nType    %s", cmp.Or(code.Page, code.Whole), code.User)
	g.note("Check that the page shows this code before you allow it. Waiting…")
}

func (g *gw) showAddress(address string) {
	if err := g.browse(address); err != nil {
		g.note("Open this address in a browser on this machine (or use gw login -device):\n\n%s\n", address)
		return
	}
	g.note("Your browser asks you to allow this. If it does not open, go to:\n\n%s\n", address)
}

// browse opens the browser of the system.
func browse(address string) error {
	var c *exec.Cmd
	switch runtime.GOOS {
	case "windows":
		c = exec.Command("rundll32", "url.dll,FileProtocolHandler", address)
	case "darwin":
		c = exec.Command("open", address)
	default:
		c = exec.Command("xdg-open", address)
	}
	if err := c.Start(); err != nil {
		return err
	}
	go func() { _ = c.Wait() }()
	return nil
}

func (g *gw) logout(*flag.FlagSet) func(context.Context, []string) error {
	return func(ctx context.Context, about []string) error {
		if len(about) > 0 {
			return usagef("%q is one too many: gw logout takes nothing", about[0])
		}
		s, broken := g.kept()
		if s.Token == "" && broken == nil {
			g.say("Nobody was signed in.")
			return nil
		}
		away := broken
		if s.Token != "" {
			away = g.takeBack(ctx, s)
		}
		if err := g.forget(); err != nil {
			return errors.Join(err, away)
		}
		if away != nil {
			return fmt.Errorf("the sign-in is removed here, but its token may still work: revoke it on the page of your tokens\n%w", away)
		}
		g.say("You are signed out of %s, and the token does not work any more.", s.URL)
		return nil
	}
}

// takeBack revokes a token. One that does not work any more needs no revoking.
func (g *gw) takeBack(ctx context.Context, s signIn) error {
	c, err := g.at(s.URL, s.Token)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err = c.Send(ctx, api.Call{Method: http.MethodDelete, Path: "/api/v1/tokens/current"}, nil)
	if client.Code(err) == "TOKEN" {
		return nil
	}
	return err
}

// me is who somebody is to the server.
type me struct {
	Person      string   `json:"person"`
	Name        string   `json:"name"`
	Email       string   `json:"email"`
	Kind        string   `json:"kind"`
	Permissions []string `json:"permissions"`
	Groups      []string `json:"groups"`
	GroupsKnown bool     `json:"groupsKnown"`
	Token       *struct {
		Name    string    `json:"name"`
		Expires time.Time `json:"expires"`
		Scope   struct {
			Operations  []string `json:"operations"`
			Connections []string `json:"connections"`
		} `json:"scope"`
	} `json:"token"`
}

func (g *gw) me(*flag.FlagSet) func(context.Context, []string) error {
	return func(ctx context.Context, about []string) error {
		if len(about) > 0 {
			return usagef("%q is one too many: gw me takes nothing", about[0])
		}
		c, err := g.client()
		if err != nil {
			return err
		}
		call := api.Call{Method: http.MethodGet, Path: "/api/v1/me", Accept: "application/json"}
		if g.json {
			var all map[string]any
			if err := c.Send(ctx, call, &all); err != nil {
				return err
			}
			return g.print(all)
		}
		var m me
		if err := c.Send(ctx, call, &m); err != nil {
			return err
		}
		g.showMe(c.Address(), m)
		return nil
	}
}

func (g *gw) showMe(address string, m me) {
	groups := together(m.Groups)
	switch {
	case !m.GroupsKnown:
		groups = "not known to the server"
	case groups == "":
		groups = "none"
	}
	all := [][2]string{{"Server", address}, {"Person", m.Person}, {"Name", m.Name}, {"Mail", m.Email}, {"Groups", groups}, {"Permissions", together(m.Permissions)}}
	if m.Kind != "" && m.Kind != "PERSON" {
		all = append(all, [2]string{"Kind", word(m.Kind)})
	}
	if t := m.Token; t != nil {
		all = append(all, [2]string{"Token", t.Name + ", until " + g.when(t.Expires)}, [2]string{"It may", together(t.Scope.Operations)},
			[2]string{"Only on", together(t.Scope.Connections)})
	}
	g.facts(all)
}
