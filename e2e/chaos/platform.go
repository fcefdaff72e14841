package main

import (
	"context"
	"database/sql"
	"fmt"
	mrand "math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/request"
)

const (
	database     = "warehouse"
	installation = "chaos"
)

// platform is a data platform: a server behind a network that fails.
type platform struct {
	product
	name      string // of its connection
	network   *proxy
	super     *sql.DB // the administrator's, past the network
	password  string  // of everybody on it
	people    []request.Identity
	tables    []string // those to which most is done
	relations []relation
	groups    map[string][]string // that logins are to be in, where there are any
	masks     bool                // masks are put into force

	running sync.Mutex // held by a restart, and by whoever needs that there is none

	mu     sync.Mutex
	ours   string // the login of ours that the connection has
	locked string // the table that nobody gets at
}

// open puts a network before a server. What there is of the platform is returned also with
// an error.
func open(ctx context.Context, server product, random *mrand.Rand) (*platform, error) {
	p := &platform{product: server, ours: ours}
	var err error
	if p.network, err = newProxy(server.host(), random); err != nil {
		return p, err
	}
	p.name = p.connection().Name
	switch s := server.(type) {
	case *postgres:
		p.masks = true
		p.super, err = s.Open(database)
	case *mariadb:
		p.super = s.DB
	}
	return p, err
}

func (p *platform) stop() {
	if p.network != nil {
		p.network.close()
	}
	if p.super != nil {
		_ = p.super.Close()
	}
	p.Stop()
}

func hostOf(s *pgserver.Server) string { return parse(s.SuperURL("postgres")).Host }

// through is an address that leads over a proxy.
func through(address string, p *proxy) string {
	u := parse(address)
	u.Host = p.addr()
	return u.String()
}

func parse(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // pgserver made it
	}
	return u
}

// furnish makes people and relations, and runs what Setup lists, as the administrator.
func (p *platform) furnish(ctx context.Context) error {
	statements := p.product.furnish(p.password)
	for _, person := range p.people {
		statements = append(statements, p.createPerson(login(person))...)
	}
	for _, r := range p.relations {
		statements = append(statements, p.make(r)...)
	}
	if err := p.run(ctx, statements); err != nil {
		return err
	}
	steps, err := p.setup(ctx, p.product.connection(ours, p.host()), p.password)
	if err != nil {
		return err
	}
	return p.run(ctx, steps)
}

func (p *platform) run(ctx context.Context, statements []string) error {
	for _, s := range statements {
		if _, err := p.super.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %s: %w", p.name, s, err)
		}
	}
	return nil
}

func (p *platform) createPerson(login string) []string {
	return p.product.createPerson(login, p.password, p.groups[login])
}

// connection is the one by which engines get there, over the network.
func (p *platform) connection() catalog.Connection {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.product.connection(p.ours, p.network.addr())
}

// ref is what engines call a relation, or a schema.
func (p *platform) ref(relation string) catalog.Ref {
	return catalog.Ref(p.name + ":" + catalog.FormatPath(p.path(relation)))
}

// relation finds what stands under a name, or stood there under another a moment ago: what is
// said of it then.
func (p *platform) relation(name string) relation {
	for _, suffix := range []string{"_past", "_next", "_away"} {
		name = strings.TrimSuffix(name, suffix)
	}
	i := slices.IndexFunc(p.relations, func(r relation) bool { return r.name == name })
	if i < 0 {
		return relation{name: name, shape: plain}
	}
	return p.relations[i]
}

// administer runs statements as the platform's administrator does who repeats what was cut
// off: it may have been done already.
func (p *platform) administer(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if err := p.insist(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (p *platform) insist(ctx context.Context, statement string) error {
	var err error
	for range 200 {
		if _, err = p.super.ExecContext(ctx, statement); err == nil || done(err) || ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("%s: %s: %w", p.name, statement, err)
}

// done reports whether an error says that it was done before.
func done(err error) bool {
	return slices.ContainsFunc([]string{"already exists", "does not exist", "doesn't exist", "Unknown table", "Operation CREATE USER failed", "Operation RENAME USER failed", "no such grant", "is not a partition", "is already a partition"},
		func(text string) bool { return strings.Contains(err.Error(), text) })
}
