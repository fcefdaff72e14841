package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/request"
)

// page is one that many people look at.
type page struct {
	name string
	path string
	by   request.Identity
}

// measurePages has many people look at pages over a large store and a large inventory, each
// page by itself: how long most of them wait, and how many statements one page takes, there
// and in a store that is almost empty.
func measurePages(ctx context.Context, b *bench) ([]row, error) {
	if _, err := b.postgres(ctx); err != nil {
		return nil, err
	}
	steps := b.size.steps()
	few, err := b.pagesOver(ctx, steps[0], false)
	if err != nil {
		return nil, err
	}
	large := steps[len(steps)-1]
	large.Tables = b.size.Tables
	many, err := b.pagesOver(ctx, large, true)
	if err != nil {
		return nil, err
	}
	var rows []row
	for i, p := range many {
		rows = append(rows,
			row{Figure: "pages, for 50 people", Case: p.name, Unit: "ms p50", Ours: p.took.at(50), Note: fmt.Sprintf("%s pages/s; %s requests, %s assets", short(p.took.perSecond()), grouped(float64(large.Requests)), grouped(float64(large.Tables)))},
			row{Figure: "pages, for 50 people", Case: p.name, Unit: "ms p99", Ours: p.took.at(99)},
			row{Figure: "processor time a page", Case: p.name, Unit: "ms", Ours: p.own, Floor: few[i].own, Note: "for one person, with client; the floor is over an almost empty store"},
			row{Figure: "processor time of PostgreSQL a page", Case: p.name, Unit: "ms", Ours: p.server, Floor: few[i].server},
			row{Figure: "statements a page", Case: p.name, Ours: p.statements, Floor: few[i].statements, Ratio: p.statements / max(1, few[i].statements),
				Target: atMost("ratio", 1.1), Note: "the floor is the same page over an almost empty store"})
	}
	return rows, nil
}

// looked is how it went with one page.
type looked struct {
	name       string
	took       timing
	statements float64

	own, server float64 // ms of processor time, where one person looks: of this process, and of the server of the records
}

// pagesOver measures the pages over a store of a size.
func (b *bench) pagesOver(ctx context.Context, s size, timed bool) (all []looked, err error) {
	w, err := b.largeWorld(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.remove() }()
	if s.Tables > 0 {
		begin := time.Now()
		if _, err := w.store.Inventory().Replace(ctx, "lake", manyTables(s.Tables), time.Now()); err != nil {
			return nil, err
		}
		if err := w.place.run(ctx, w.records, "vacuum analyze"); err != nil {
			return nil, err
		}
		b.at("an inventory of %s assets: %s", grouped(float64(s.Tables)), time.Since(begin).Round(time.Second))
	}
	wire, over, err := pgserver.NewWire(w.place.server.SuperURL(w.records))
	if err != nil {
		return nil, err
	}
	defer func() { _ = wire.Close() }()
	w.over = over
	if err := w.reopen(ctx); err != nil {
		return nil, err
	}
	if err := w.engine.Work(ctx); err != nil { // the figures of the log are counted
		return nil, err
	}
	served, err := serveHTTP(w, clients)
	if err != nil {
		return nil, err
	}
	defer served.stop()
	pages, err := w.pages(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range pages {
		l := looked{name: p.name}
		if l.statements, err = served.statements(ctx, wire, p); err == nil && timed {
			l.took, err = inLanes(ctx, clients, b.lasts, func(ctx context.Context, _ int) error { return served.look(ctx, p) })
		}
		if err == nil && timed {
			l.own, l.server, err = served.alone(ctx, p, b.lasts, b.profiles)
			b.at("%s: %s ms p50, %s ms p99; alone %s ms of processor, and %s of PostgreSQL; %s statements", p.name, short(l.took.at(50)), short(l.took.at(99)), short(l.own), short(l.server), short(l.statements))
		}
		if err != nil {
			return all, fmt.Errorf("%s: %w", p.name, err)
		}
		all = append(all, l)
	}
	return all, nil
}

// pages are those of stewards, requesters and auditors, about what the world holds.
func (w *world) pages(ctx context.Context) ([]page, error) {
	waiting, err := w.engine.Requests(ctx, steward, grantwright.RequestQuery{Role: grantwright.Steward, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(waiting.Requests) == 0 {
		return nil, fmt.Errorf("nothing waits for the steward")
	}
	id := string(waiting.Requests[0].ID)
	asset := url.QueryEscape(string(w.orders()))
	return []page{
		{"queue", "/reviews", steward},
		{"case", "/requests/" + id, steward},
		{"my requests", "/requests", person(2)},
		{"search", "/assets?q=table0000007", person(2)},
		{"log", "/log", auditor},
		{"log of a person", "/log?type=requests&person=" + url.QueryEscape(person(2).ID), auditor},
		{"story", "/requests/" + id + "/story", auditor},
		{"who had access", "/access?at=" + time.Now().UTC().Format(time.DateOnly) + "&asset=" + asset, auditor},
		{"figures", "/charts", auditor},
	}, nil
}

// statements counts those of one page, once it has been looked at: the fewest of some tries,
// because what goes on in the background counts too.
func (s *site) statements(ctx context.Context, wire *pgserver.Wire, p page) (float64, error) {
	var fewest int64 = -1
	for range 6 {
		before := wire.Statements.Load()
		if err := s.look(ctx, p); err != nil {
			return 0, err
		}
		if took := wire.Statements.Load() - before; fewest < 0 || took < fewest {
			fewest = took
		}
	}
	return float64(fewest), nil
}

// look reads a page as a browser does.
func (s *site) look(ctx context.Context, p page) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+p.path, nil)
	if err != nil {
		return err
	}
	if r.Header, err = s.signIn(ctx, p.by); err != nil {
		return err
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", p.path, answer.Status, text)
	}
	return err
}
