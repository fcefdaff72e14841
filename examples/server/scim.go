package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/scim"
)

// enrolling is what the command line says of a provider of identities that keeps people and
// groups here, over SCIM.
type enrolling struct{ text string }

func (e *enrolling) flags(f *flag.FlagSet) {
	f.StringVar(&e.text, "scim", "", "`reference` to the bearer token with which a provider of identities keeps people and groups here under "+scim.Base+":\nenv:NAME?issuer=https://id.example.com&id=externalId&group=displayName&attribute=team:department&permission=GOVERNANCE:data-governance\n(issuer as sign-in gives it; id and group are the attributes that name people and groups; attribute and permission may come several times;\nseveral tokens in it, one a line, are all let in)")
}

// settings are what the flag says beside the token.
type settings struct {
	token       string // a reference
	issuer      string
	id, group   scim.Naming
	attributes  map[string]string
	permissions map[string][]request.Permission
}

func (e enrolling) read() (s settings, err error) {
	reference, query, _ := strings.Cut(e.text, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return s, fmt.Errorf("-scim: what follows the question mark is no query: %w", err)
	}
	s = settings{token: reference, issuer: q.Get("issuer"), id: scim.Naming(q.Get("id")), group: scim.Naming(q.Get("group")), permissions: map[string][]request.Permission{}}
	if !isReference(reference) {
		return s, errors.New("-scim must begin with a reference, env:NAME or file:/path: the command line is no place for a secret")
	}
	for key, all := range q {
		if len(all) > 1 && key != "attribute" && key != "permission" {
			return s, fmt.Errorf("-scim: %s is there twice", key)
		}
		if !slices.Contains([]string{"issuer", "id", "group", "attribute", "permission"}, key) {
			return s, fmt.Errorf("-scim: %q is none of issuer, id, group, attribute and permission", key)
		}
	}
	if len(q["attribute"]) > 0 {
		s.attributes = scim.DefaultAttributes()
	}
	for _, one := range q["attribute"] {
		name, from, is := strings.Cut(one, ":")
		if !is || name == "" {
			return s, fmt.Errorf("-scim: attribute %q must read like team:department", one)
		}
		s.attributes[name] = from
	}
	for _, one := range q["permission"] {
		name, group, is := strings.Cut(one, ":")
		p := request.Permission(name)
		if !is || group == "" || !slices.Contains([]request.Permission{request.Governance, request.Admin, request.Audit}, p) {
			return s, fmt.Errorf("-scim: permission %q must read like GOVERNANCE:data-governance, of GOVERNANCE, ADMIN or AUDIT and the key of a group", one)
		}
		s.permissions[group] = append(s.permissions[group], p)
	}
	return s, nil
}

func (e enrolling) check() error {
	if e.text == "" {
		return nil
	}
	_, err := e.read()
	return err
}

// directory finds those whom the provider keeps here, and everybody else in another directory.
func (e enrolling) directory(records store.Store, beside request.Directory) request.Directory {
	s, err := e.read()
	if e.text == "" || err != nil { // check has told it
		return beside
	}
	d := scim.Directory{Store: records, Issuer: s.issuer, Permissions: s.permissions}
	if file, is := beside.(request.Roster); !is || len(file) > 0 {
		d.Beside = beside
	}
	return d
}

// complete fills in whoever signs in; nil without a provider.
func (e enrolling) complete(d request.Directory) func(context.Context, request.Identity) (request.Identity, error) {
	if known, is := d.(scim.Directory); is {
		return known.Complete
	}
	return nil
}

// beside serves the provider beside the pages.
func (e enrolling) beside(engine *grantwright.Engine, pages http.Handler, address string, log *slog.Logger) (http.Handler, error) {
	if e.text == "" {
		return pages, nil
	}
	s, err := e.read()
	if err != nil {
		return nil, err
	}
	secrets, err := readReference(s.token)
	if err != nil {
		return nil, fmt.Errorf("-scim: %w", err)
	}
	authorize, err := scim.Tokens(strings.Fields(secrets)...)
	if err != nil {
		return nil, fmt.Errorf("-scim: %w", err)
	}
	provider, err := scim.Handler(engine, scim.Options{Issuer: s.issuer, ID: s.id, GroupKey: s.group, Attributes: s.attributes, Authorize: authorize,
		URL: strings.TrimSuffix(address, "/") + scim.Base, Logger: log})
	if err != nil {
		return nil, fmt.Errorf("-scim: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, scim.Base+"/") {
			provider.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	}), nil
}
