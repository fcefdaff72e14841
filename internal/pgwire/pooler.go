package pgwire

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lib/pq"
)

// pooler is what the connections of one Connector know of what is between them and the
// server.
type pooler struct {
	between atomic.Bool // a pooler is
	none    atomic.Bool // a connection was seen to lead to the server itself
	missed  atomic.Int64
}

// manyMissed is how many prepared statements have to be gone for it to be a pooler, and not
// somebody who has discarded some.
const manyMissed = 10

func (p *pooler) found() bool { return p.between.Load() }
func (p *pooler) find()       { p.between.Store(true) }

// miss notes that a prepared statement is gone.
func (p *pooler) miss() {
	if p.missed.Add(1) >= manyMissed {
		p.find()
	}
}

// Adaptive returns a Connector for a Config whose sessions have settings: those of Runtime
// in the Config. It finds out by them whether a pooler is between us and the server: one
// that hands connections around refuses the settings of a session, or forgets them. From
// then on settings are made in each transaction and no statement is prepared. A statement
// alone has no settings then but those of the role, or of the database.
func Adaptive(config pq.Config, limit time.Duration, statements int) (driver.Connector, error) {
	config.BinaryParameters = true // one message for each query, which no pooler tears apart
	behind := config.Clone()
	behind.Runtime = nil
	a := &adaptive{settings: config.Runtime}
	for _, c := range []struct {
		to     *connector
		config pq.Config
		keeps  int
	}{{&a.direct, config, statements}, {&a.behind, behind, 0}} {
		made, err := pq.NewConnectorConfig(c.config)
		if err != nil {
			return nil, err
		}
		made.Dialer(Dialer{})
		*c.to = connector{Connector: made, limit: limit, statements: c.keeps, pooler: &a.pooler}
	}
	a.behind.locally = a.locally()
	return a, nil
}

type adaptive struct {
	direct, behind connector
	settings       map[string]string
	pooler         pooler
}

func (a *adaptive) Driver() driver.Driver { return a.direct.Driver() }

func (a *adaptive) Connect(ctx context.Context) (driver.Conn, error) {
	if a.pooler.found() {
		return a.behind.Connect(ctx)
	}
	made, err := a.direct.Connect(ctx)
	switch {
	case refusesSettings(err):
	case err != nil || a.pooler.none.Load():
		return made, err
	default:
		holds, err := a.holds(ctx, made)
		if err == nil && holds {
			a.pooler.none.Store(true)
			return made, nil
		}
		_ = made.Close()
		if err != nil {
			return nil, err
		}
	}
	a.pooler.find()
	return a.behind.Connect(ctx)
}

// refusesSettings reports whether a pooler has refused a setting of the session.
func refusesSettings(err error) bool {
	var refused *pq.Error
	return errors.As(err, &refused) && refused.Code == "08P01" && strings.Contains(refused.Message, "startup parameter")
}

// holds reports whether a session has the settings that it was begun with.
func (a *adaptive) holds(ctx context.Context, made driver.Conn) (bool, error) {
	names := slices.Sorted(maps.Keys(a.settings))
	for i, name := range names {
		names[i] = pq.QuoteLiteral(strings.ToLower(name))
	}
	if len(names) == 0 {
		return true, nil
	}
	rows, err := made.(*conn).QueryContext(ctx, "select count(*) from pg_settings where source = 'client' and lower(name) in ("+strings.Join(names, ", ")+")", nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = rows.Close() }()
	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return row[0] == int64(len(names)), nil
}

// locally makes the settings for one transaction.
func (a *adaptive) locally() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(a.settings)) {
		all = append(all, "set_config("+pq.QuoteLiteral(name)+", "+pq.QuoteLiteral(a.settings[name])+", true)")
	}
	if len(all) == 0 {
		return ""
	}
	return "select " + strings.Join(all, ", ")
}
