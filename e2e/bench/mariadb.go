package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/mariadbsource"
	"github.com/grantwright/grantwright/internal/throwaway/mariadbserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
	"github.com/grantwright/grantwright/request"
)

// mariaPeople is how many get one table at once.
const mariaPeople = 100

// measureMariaDB gives people one table and takes it from them, all at once. The floor
// is one GRANT or REVOKE for each of as many others.
func measureMariaDB(ctx context.Context, b *bench) ([]row, error) {
	server, err := mariadbserver.Start(ctx, "max-connections=100", "skip-name-resolve=1")
	if err != nil {
		return nil, err
	}
	defer server.Stop()
	m := &maria{server: server, target: provision.Target{Password: secret(), Installation: "bench",
		Connection: catalog.Connection{Name: "shop", Technology: "mariadb", URL: server.URL("ours")}}}
	if err := m.furnish(ctx); err != nil {
		return nil, err
	}
	p, err := mariadbprovision.Open(ctx, m.target)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Close() }()
	var give, take []pair
	for range b.rounds {
		given, err := m.turn(ctx, p, true)
		if err != nil {
			return nil, err
		}
		taken, err := m.turn(ctx, p, false)
		if err != nil {
			return nil, err
		}
		give, take = append(give, given), append(take, taken)
	}
	people := fmt.Sprintf("%d people on one table", mariaPeople)
	return []row{
		row{Figure: "MariaDB", Case: "give, " + people, Unit: "ms", Target: atMost("ratio", 3), Note: "the floor is one statement for each"}.fill(give),
		row{Figure: "MariaDB", Case: "take, " + people, Unit: "ms", Target: atMost("ratio", 3)}.fill(take),
	}, nil
}

// maria is a platform with one table.
type maria struct {
	server *mariadbserver.Server
	target provision.Target
	orders catalog.Asset
}

func (m *maria) run(ctx context.Context, statements ...string) error {
	return runAll(ctx, m.server.DB, statements...)
}

// furnish makes the table and the people, and runs the statements of Setup.
func (m *maria) furnish(ctx context.Context) error {
	statements := []string{"create database sales", "create table sales.orders (id int primary key, note text)",
		"create user ours@'%' identified by " + quoted(m.target.Password)}
	for n := range mariaPeople {
		statements = append(statements, fmt.Sprintf("create user p%d@'%%'", n), fmt.Sprintf("create user q%d@'%%'", n))
	}
	if err := m.run(ctx, statements...); err != nil {
		return err
	}
	p, err := mariadbprovision.Open(ctx, m.target)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	setup, err := p.Setup(ctx)
	if err != nil {
		return err
	}
	for _, s := range setup {
		if err := m.run(ctx, string(s)); err != nil {
			return err
		}
	}
	return m.readOrders(ctx)
}

// readOrders reads the table as a sync does.
func (m *maria) readOrders(ctx context.Context) error {
	s, err := mariadbsource.Open(ctx, m.target.Connection, m.target.Password, m.target.Installation)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	for a, err := range s.Assets(ctx, "shop:sales.orders") {
		m.orders = a
		return err
	}
	return errors.New("no table stands there")
}

// turn gives everybody the table or takes it, and then others by bare statements.
func (m *maria) turn(ctx context.Context, p *mariadbprovision.Provisioner, gives bool) (pair, error) {
	var want []provision.Standing
	var bare []string
	for n := range mariaPeople {
		s := provision.Standing{Principal: request.Principal{Name: fmt.Sprintf("p%d@%%", n)}, Asset: m.orders}
		statement := fmt.Sprintf("revoke select on sales.orders from q%d@'%%'", n)
		if gives {
			s.Want = []provision.Access{{Privilege: request.Read}}
			statement = fmt.Sprintf("grant select on sales.orders to q%d@'%%'", n)
		}
		want, bare = append(want, s), append(bare, statement)
	}
	begin := time.Now()
	for _, o := range p.Apply(ctx, want) {
		if o.Err != nil {
			return pair{}, o.Err
		}
	}
	between := time.Now()
	err := m.run(ctx, bare...)
	return pair{milliseconds(between.Sub(begin)), milliseconds(time.Since(between))}, err
}
