package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/grantwright/grantwright/client"
)

// signIn is what gw login keeps. The file is its owner's alone.
type signIn struct {
	URL     string    `json:"url"`
	Token   string    `json:"token"`
	Person  string    `json:"person,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
}

// kept reads the sign-in; it is zero where there is none. One that others can read comes with an
// error.
func (g *gw) kept() (s signIn, err error) {
	if g.file == "" {
		return s, nil
	}
	found, err := os.Stat(g.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err != nil:
		return s, fmt.Errorf("the sign-in cannot be read: %w", err)
	}
	text, err := os.ReadFile(g.file)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return signIn{}, fmt.Errorf("the sign-in in %s cannot be read; gw login makes a new one", g.file) // the text may be secret
	}
	if runtime.GOOS != "windows" && found.Mode().Perm()&0o077 != 0 {
		return s, fmt.Errorf("others can read %s, which holds a token: gw login makes a new one, and takes this one back", g.file)
	}
	return s, nil
}

// keep writes the sign-in, in one step, to a file that nobody else reads.
func (g *gw) keep(s signIn) error {
	if g.file == "" {
		return errors.New("this system has no folder for settings: set HOME, or give the token in GW_TOKEN")
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	folder := filepath.Dir(g.file)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".login-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), g.file)
}

// forget removes the sign-in.
func (g *gw) forget() error {
	if err := os.Remove(g.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// client calls the server as whoever is signed in: the environment comes first. A token that is
// kept goes to the server that gave it, and to no other.
func (g *gw) client() (*client.Client, error) {
	address, token := g.env("GW_URL"), g.env("GW_TOKEN")
	if address == "" || token == "" {
		s, err := g.kept()
		if err != nil {
			return nil, err
		}
		if address == "" {
			address = s.URL
		}
		if token == "" && same(address, s.URL) {
			token = s.Token
		}
	}
	if address == "" {
		return nil, usagef("the server is not known: sign in with gw login https://…, or set GW_URL")
	}
	return g.at(address, token)
}

// at is a client of the server at an address.
func (g *gw) at(address, token string) (*client.Client, error) {
	var options []client.Option
	if token != "" {
		options = append(options, client.Token(token))
	}
	if user := g.env("GW_USER"); user != "" {
		options = append(options, client.Header("Grantwright-User", user))
	}
	if g.env("GW_PLAIN_HTTP") == "1" {
		options = append(options, client.PlainHTTP())
	}
	c, err := client.New(address, options...)
	if err != nil {
		text := strings.TrimPrefix(err.Error(), "client: ")
		return nil, usagef("%s", strings.Replace(text, "(PlainHTTP)", "(GW_PLAIN_HTTP=1)", 1))
	}
	return c, nil
}

// same reports whether two addresses are the same server.
func same(a, b string) bool {
	x, err := client.New(a, client.PlainHTTP())
	y, other := client.New(b, client.PlainHTTP())
	return err == nil && other == nil && x.Address() == y.Address()
}
