package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/hookprovision"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/pgstore"
	"github.com/grantwright/grantwright/store/sqlitestore"
	"github.com/grantwright/grantwright/store/sqlstore"
	"github.com/grantwright/grantwright/web"
)

//go:embed example.yaml
var exampleManifest string

const (
	startTimeout = time.Minute      // to reach the store and migrate it, and then to furnish it
	stopTimeout  = 10 * time.Second // from the signal to the end of the process
	drainTimeout = 7 * time.Second  // of these, for requests that are being answered
)

// run serves until ctx ends. What people read goes to out, the log to errs.
func run(ctx context.Context, o options, out, errs io.Writer) (err error) {
	log := o.seen.logger(errs)
	slog.SetDefault(log) // what others write by package log is a line like ours
	listener, err := listen(o.listen, o.signIn.isDev())
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	overTLS, err := o.border.tls(log)
	if err != nil {
		return err
	}
	listens := addressOf(listener, o.border.scheme())
	file, from, err := readManifest(o.config)
	if err == nil {
		err = o.signIn.checkPeople(o.config, from, len(file.People))
	}
	if err != nil {
		return err
	}
	token, err := o.signIn.token(o.store)
	if err != nil {
		return err
	}
	records, where, err := openStore(o.store)
	if err != nil {
		return err
	}
	defer func() { _ = records.Close() }()
	config, err := configured(ctx, o, records, file, listens, log)
	if err != nil {
		return err
	}
	seen, err := o.seen.open(ctx, log)
	defer seen.close()
	if err != nil {
		return err
	}
	config.Meter, config.Tracer = seen.meter, seen.tracer
	engine, err := grantwright.New(config)
	if err != nil {
		return err
	}
	var furnished bytes.Buffer // is told after the welcome, which comes first
	err = furnish(ctx, engine, file, o.seen.logger(&furnished))
	if err == nil {
		welcome(ctx, out, engine, file, start{listens, strings.TrimSuffix(config.Address, "/"), where, from, o.signIn.auth, token})
	}
	_, _ = furnished.WriteTo(errs)
	if err != nil {
		return errors.Join(err, engine.Close())
	}
	beside := workBeside(ctx, engine, file, log)
	defer func() { err = errors.Join(err, within(stopTimeout-drainTimeout, beside, engine.Close)) }()
	handler, err := o.signIn.mounted(engine, o.look.on(web.Options{URL: config.Address, Complete: o.scim.complete(config.Directory), Slack: o.telling.slack(), Catalogs: o.links,
		TrustedProxies: o.border.trusted(), Limits: o.border.limits(), Logger: log, Meter: seen.meter, Tracer: seen.tracer}), file.People, token)
	if err != nil {
		return err
	}
	if handler, err = o.scim.beside(engine, handler, config.Address, log); err != nil {
		return err
	}
	return serve(ctx, o.border.bounded(listener), overTLS, handler, o.border.drain, log)
}

// readManifest reads the file, the files of a folder, or the example, and says which.
func readManifest(path string) (file *manifest.File, from string, err error) {
	if path == "" {
		if file, err = manifest.Read("example.yaml", strings.NewReader(exampleManifest)); err == nil {
			inNone(file.People)
		}
		return file, "the built-in example (-example prints it, -config takes yours)", err
	}
	if about, err := os.Stat(path); err == nil && about.IsDir() {
		file, err = manifest.ReadFolder(path)
		return completed(file, path, err)
	}
	text, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = text.Close() }()
	file, err = manifest.Read(path, text)
	return completed(file, path, err)
}

// completed says of the people of a file what it leaves out.
func completed(file *manifest.File, path string, err error) (*manifest.File, string, error) {
	if err == nil {
		inNone(file.People)
	}
	return file, path, err
}

// inNone says of people for whom the file lists no groups, or no attributes, that they have
// none: it is all that is to be known of them.
func inNone(people request.Roster) {
	for i := range people {
		if people[i].Groups == nil {
			people[i].Groups = []string{}
		}
		if people[i].Attributes == nil {
			people[i].Attributes = map[string][]string{}
		}
	}
}

// openStore opens the store, and says what it is without any password.
func openStore(address string) (*sqlstore.Store, string, error) {
	if !strings.Contains(address, "://") {
		s, err := sqlitestore.Open(address)
		return s, address + " (SQLite)", err
	}
	s, err := pgstore.Open(address)
	if err != nil {
		return nil, "", err
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", errors.New("-store is no URL")
	}
	return s, fmt.Sprintf("PostgreSQL at %s%s", u.Host, u.Path), nil
}

// configured makes the tables of a store, and says what an engine works with on it.
func configured(ctx context.Context, o options, records *sqlstore.Store, file *manifest.File, listens string, log *slog.Logger) (grantwright.Config, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := records.Migrate(ctx); err != nil {
		return grantwright.Config{}, err
	}
	key, err := o.telling.readKey(o.store)
	if err != nil {
		return grantwright.Config{}, err
	}
	config, err := engineConfig(o, records, records.Inventory(), file, key, listens, log)
	return config, errors.Join(err, o.proving.configure(&config, o.store))
}

// engineConfig says what an engine works with. It opens nothing.
func engineConfig(o options, records store.Store, inventory catalog.Inventory, file *manifest.File, key []byte, listens string, log *slog.Logger) (grantwright.Config, error) {
	config := grantwright.Config{
		Store:     records,
		Inventory: inventory,
		Key:       key,
		Directory: o.scim.directory(records, o.signIn.directory(records, file.People)),
		Lease:     o.lease,
		Logger:    log,

		MaxOpen:        o.maxOpen,
		MaxOpenFor:     o.maxOpenFor,
		MaxTokenDays:   o.tokens.days,
		AllowedSecrets: allowedSecrets(o, file),
		Platforms: map[string]provision.Platform{
			"postgres":          pgprovision.Platform,
			"mariadb":           mariadbprovision.Platform,
			manifest.Technology: {Source: sourceOf(file)},
		},
	}
	if !o.signIn.isDev() && o.signIn.auth != "" && o.scim.text == "" {
		config.Directory = nil // that is the same, and what the engine reads ahead
	}
	if err := o.telling.configure(&config, listens); err != nil {
		return config, err
	}
	if err := o.model.configure(&config); err != nil {
		return config, err
	}
	hooked := hookprovision.Platform(config.Webhooks)
	hooked.Source = sourceOf(file)
	config.Platforms[manifest.WebhookTechnology] = hooked
	return config, nil
}

// allowedSecrets are the references that may be read: those that the file itself names, and
// those that whoever starts the server allows.
func allowedSecrets(o options, file *manifest.File) []string {
	all := split(o.secret, ",")
	for _, c := range file.Connections {
		all = append(all, c.Secret)
	}
	for _, m := range file.Masks {
		all = append(all, m.Key)
	}
	return slices.DeleteFunc(all, func(reference string) bool { return reference == "" })
}

// sourceOf reads the assets that stand in the file. Nothing provisions them: that
// is done by hand.
func sourceOf(file *manifest.File) func(context.Context, provision.Target) (catalog.Source, error) {
	source := manifest.Source(file.Assets)
	return func(context.Context, provision.Target) (catalog.Source, error) { return source, nil }
}

// workBeside does what comes due and reads the platforms, beside the answers. The
// function that it returns ends that, and waits.
func workBeside(ctx context.Context, engine *grantwright.Engine, file *manifest.File, log *slog.Logger) (end func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var beside sync.WaitGroup
	beside.Go(func() { _ = engine.Run(ctx) })
	for _, c := range file.Connections {
		if !manifest.Holds(c.Technology) {
			beside.Go(func() { syncOne(ctx, engine, c.Name, log) })
		}
	}
	return func() {
		cancel()
		beside.Wait()
	}
}

// within ends the work and closes the engine, but does not wait for ever for a
// platform: what is under way there is taken over when its lease is over.
func within(atMost time.Duration, end func(), closeEngine func() error) error {
	closed := make(chan error, 1)
	go func() {
		end()
		closed <- closeEngine()
	}()
	select {
	case err := <-closed:
		return err
	case <-time.After(atMost):
		return fmt.Errorf("a platform has not answered within %s; what is under way there is looked at again at the next start", atMost)
	}
}

// newHTTPServer bounds what a client can hold on to.
func newHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      90 * time.Second, // a sync is answered when it is done
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
