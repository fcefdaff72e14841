package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/privatefile"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/pgstore"
	"github.com/grantwright/grantwright/web"
)

const checkUsage = `usage: check [flags of the server]
says what is wrong with a configuration: its flags, the file or folder of -config, each secret that
they refer to, and the files of TLS and of sign-in. It opens no store, changes nothing and calls nobody.
It exits with 1 where something is wrong. The flags:
`

// checking says what a server would refuse to start with, all at once.
func checking(ctx context.Context, args []string, out, errs io.Writer) error {
	var o options
	flags := o.flagSet("grantwright check", errs)
	flags.Usage = func() { _, _ = fmt.Fprint(errs, checkUsage); flags.PrintDefaults() }
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return errUsage
	}
	file, faults := o.faults(ctx, flags.Args())
	for _, fault := range faults {
		if _, err := fmt.Fprintln(out, fault); err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("%d faults: a server does not start with this, or does not do all that it says", len(faults))
	}
	_, err := fmt.Fprintf(out, "the configuration can be used: %d connections, %d forms, %d flows, %d masks and %d guardrails\n",
		len(file.Connections), len(file.Forms), len(file.Flows), len(file.Masks), len(file.Guardrails))
	return err
}

// faults lists all that is wrong with a configuration. The file is nil where it cannot be read.
func (o options) faults(ctx context.Context, rest []string) (file *manifest.File, all []error) {
	add := func(err error) { all = append(all, apart(err)...) }
	add(o.check(rest))
	add(o.look.read())
	add(checkListen(o.listen, o.signIn.isDev()))
	_, err := o.border.tls(nil)
	add(asFlag("-tls-cert, -tls-key", err))
	add(asFlag("-store", checkStore(o.store)))
	add(o.signIn.checkFiles())
	add(o.telling.configure(new(grantwright.Config), ""))
	key, err := o.telling.keyThere(o.store)
	add(err)
	for _, named := range o.references() {
		_, err := readReference(named.reference)
		add(asFlag(named.flag, err))
	}
	file, from, err := readManifest(o.config)
	if err != nil {
		add(err)
		return nil, all
	}
	add(o.signIn.checkPeople(o.config, from, len(file.People)))
	add(checkSecrets(ctx, allowedSecrets(o, file), file))
	if len(all) == 0 { // else the same would be told in other words
		add(o.tryFile(ctx, file, key))
	}
	return file, all
}

// apart takes an error apart into those that it joins, each on lines of its own.
func apart(err error) (all []error) {
	var faults *manifest.Error
	switch joined, is := err.(interface{ Unwrap() []error }); {
	case err == nil:
		return nil
	case errors.As(err, &faults):
		for _, f := range faults.Faults {
			all = append(all, errors.New(f.String()))
		}
		return all
	case is && errors.Join(joined.Unwrap()...).Error() == err.Error(): // and not one that wraps several
		for _, one := range joined.Unwrap() {
			all = append(all, apart(one)...)
		}
		return all
	}
	return []error{err}
}

// asFlag says which flag an error is about; nil is none.
func asFlag(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", flag, err)
}

// checkStore finds what the store could not be opened with. It opens nothing.
func checkStore(address string) error {
	if strings.Contains(address, "://") {
		s, err := pgstore.Open(address) // which dials when it is first used
		if err != nil {
			return err
		}
		return s.Close()
	}
	if _, err := os.Stat(filepath.Dir(address)); err != nil {
		return err
	}
	if err := privatefile.Check(address); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// named is a reference to a secret, and the flag that has it.
type named struct{ flag, reference string }

// references are those of the command line that have to be read when they are needed.
func (o options) references() (all []named) {
	given := []named{{"-slack-room", o.telling.slackRoom}, {"-teams-room", o.telling.teamsRoom}, {"-slack-token", o.telling.slackToken},
		{"-slack-signing-secret", o.telling.slackSigningKey}, {"-dev-token", o.signIn.devToken}, {"-log-key", o.proving.key}}
	if u, err := url.Parse(o.telling.mail); err == nil {
		given = append(given, named{"-mail", u.Query().Get("password")})
	}
	if s, err := o.scim.read(); err == nil {
		given = append(given, named{"-scim", s.token})
	}
	for _, issuer := range o.signIn.issuers() {
		given = append(given, named{"-oidc: issuer " + issuer.URL, issuer.Secret})
	}
	for _, one := range given {
		if isReference(one.reference) {
			all = append(all, one)
		}
	}
	return all
}

// checkSecrets finds references of the file that may not be named, or cannot be read.
func checkSecrets(ctx context.Context, allowed []string, file *manifest.File) error {
	reader := platforms.SecretReader{Allowed: allowed}
	faults := []error{asFlag("-secrets", reader.Check())}
	read := func(what, reference string) {
		if reference == "" {
			return
		}
		if _, err := reader.Read(ctx, reference); err != nil {
			faults = append(faults, fmt.Errorf("%s: %s: %w", what, reference, err))
		}
	}
	for _, c := range file.Connections {
		read("connection "+c.Name, c.Secret)
	}
	for _, m := range file.Masks {
		read("mask "+string(m.Name), m.Key)
	}
	return errors.Join(faults...)
}

// tryFile carries the file out in memory, as the first start on an empty store does, and makes
// the handler of the pages.
func (o options) tryFile(ctx context.Context, file *manifest.File, key []byte) (err error) {
	silent := slog.New(slog.DiscardHandler)
	config, err := engineConfig(o, new(store.Memory), new(catalog.Memory), file, key, "http://localhost", silent)
	if err != nil {
		return err
	}
	for technology, p := range config.Platforms {
		config.Platforms[technology] = unasked(p)
	}
	engine, err := grantwright.New(config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	within, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if _, err := engine.Furnish(within, operator, file); err != nil {
		return err
	}
	handler, err := o.signIn.mounted(engine, o.look.on(web.Options{URL: config.Address, Complete: o.scim.complete(config.Directory), Slack: o.telling.slack(),
		TrustedProxies: o.border.trusted(), Limits: o.border.limits(), Logger: silent}), file.People, "a-token-that-nobody-has")
	if err != nil {
		return err
	}
	_, err = o.scim.beside(engine, handler, config.Address, silent)
	return err
}

var errUnasked = errors.New("check asks no platform")

// unasked is a platform that nobody reaches.
func unasked(p provision.Platform) provision.Platform {
	if p.Source != nil {
		p.Source = func(context.Context, provision.Target) (catalog.Source, error) { return nil, errUnasked }
	}
	if p.Provisioner != nil {
		p.Provisioner = func(context.Context, provision.Target) (provision.Provisioner, error) { return nil, errUnasked }
	}
	return p
}
