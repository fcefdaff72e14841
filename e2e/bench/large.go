package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// size is how much there is of everything.
type size struct {
	Requests int `json:"requests"` // with the events of each
	Live     int `json:"live"`     // grants on the one asset that work
	Assets   int `json:"assets"`   // others with grants, each with one that works
	Others   int `json:"others"`   // tables that are there beside the one, with grants or without

	Ends       int `json:"ends"`       // grants that end at once
	Reconciled int `json:"reconciled"` // grants that are reconciled
	Tables     int `json:"tables"`     // that are synced
	Grants     int `json:"grants"`     // that Allowed answers from
	Events     int `json:"events"`     // that go to webhooks
}

// sizes are those that can be asked for; full is that of the targets.
func sizes() map[string]size {
	return map[string]size{
		"small": {Requests: 5_000, Live: 500, Assets: 100, Others: 100, Ends: 200, Reconciled: 500, Tables: 5_000, Grants: 10_000, Events: 200},
		"usual": {Requests: 100_000, Live: 10_000, Assets: 2_000, Others: 2_000, Ends: 2_000, Reconciled: 10_000, Tables: 100_000, Grants: 100_000, Events: 2_000},
		"full":  {Requests: 1_000_000, Live: 100_000, Assets: 2_000, Others: 2_000, Ends: 10_000, Reconciled: 100_000, Tables: 1_000_000, Grants: 1_000_000, Events: 5_000},
	}
}

// pending is how many of the requests wait for a steward: more than a page in any store.
func (s size) pending() int { return max(60, s.Requests/100) }

// steps are the stores on the way to one of this size. The first one is almost empty:
// there is just enough in it that every list has a page.
func (s size) steps() []size {
	steps := []size{{Requests: 1000, Live: 100, Assets: min(10, s.Assets), Others: s.Others}}
	if tenth := (size{Requests: s.Requests / 10, Live: s.Live / 10, Assets: s.Assets / 10, Others: s.Others}); tenth.Requests > steps[0].Requests {
		steps = append(steps, tenth)
	}
	return append(steps, s)
}

// The templates of a fill.
type templates struct{ live, ended, pending template }

// largeWorld makes a world and fills it.
func (b *bench) largeWorld(ctx context.Context, s size) (*world, error) {
	begin := time.Now()
	w, err := b.place.newWorld(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.fill(ctx, s); err != nil {
		_ = w.remove()
		return nil, fmt.Errorf("filling a store: %w", err)
	}
	b.at("a store with %d requests, %d live grants on the one asset: %s", s.Requests, s.Live, time.Since(begin).Round(time.Second))
	return w, nil
}

// fill adds people, tables, requests, grants and events, and gives the access on the
// platform too. The first so many logins have access to the one asset.
func (w *world) fill(ctx context.Context, s size) error {
	if err := w.place.logins(ctx, s.Live+loginCount); err != nil {
		return err
	}
	if err := w.fillTables(ctx, s.Others); err != nil {
		return err
	}
	t, err := w.templates(ctx)
	if err != nil {
		return err
	}
	if err := w.fillPeople(ctx, s.Live); err != nil {
		return err
	}
	if err := w.fillRecords(ctx, s, t); err != nil {
		return err
	}
	if err := w.finishLog(ctx); err != nil {
		return err
	}
	if err := w.fillPlatform(ctx, s); err != nil {
		return err
	}
	return w.place.run(ctx, w.records, "vacuum analyze")
}

// templates are made by real people who really ask.
func (w *world) templates(ctx context.Context) (templates, error) {
	var t templates
	e, first := w.engine, person(0)
	ended, err := w.submitted(ctx, first)
	if err != nil {
		return t, err
	}
	if err := approve(ctx, e, first, ended); err != nil {
		return t, err
	}
	if t.live, err = readTemplate(ctx, w.store, ended); err != nil {
		return t, err
	}
	if _, err := e.Revoke(ctx, first, ended, ""); err != nil {
		return t, err
	}
	if _, err := e.WaitForGrant(ctx, first, ended); err != nil {
		return t, err
	}
	if t.ended, err = readTemplate(ctx, w.store, ended); err != nil {
		return t, err
	}
	if err := flow(ctx, e, person(1), w.submission()); err != nil { // keeps the role of the asset
		return t, err
	}
	waits, err := w.submitted(ctx, first)
	if err != nil {
		return t, err
	}
	if t.pending, err = readTemplate(ctx, w.store, waits); err != nil {
		return t, err
	}
	ids, err := w.place.ids(ctx)
	if err != nil {
		return t, err
	}
	t.live.ids, t.ended.ids, t.pending.ids = ids, ids, ids
	return t, w.engine.Work(ctx) // all readers of the log have cursors now
}

func (w *world) submitted(ctx context.Context, by request.Identity) (request.ID, error) {
	req, err := w.engine.Submit(ctx, by, w.submission())
	return req.ID, err
}

// fillPeople lets people be seen who then have grants.
func (w *world) fillPeople(ctx context.Context, count int) error {
	const some = 100
	_, err := times(ctx, 2, (count+some-1)/some, func(ctx context.Context, n int) error {
		var people []request.Identity
		for i := range some {
			people = append(people, person(2+n*some+i))
		}
		return w.engine.People().Seen(ctx, people...)
	})
	return err
}

// fillRecords commits copies, many in each commit: those that work on the one asset,
// those that work on the others, those that wait, and for the rest those that ended.
func (w *world) fillRecords(ctx context.Context, s size, t templates) error {
	each := (store.MaxWrites - 20) / (max(t.live.records(), t.ended.records(), t.pending.records()) + 1)
	_, err := times(ctx, 2, (s.Requests+each-1)/each, func(ctx context.Context, n int) error {
		var c store.Change
		for i := n * each; i < min((n+1)*each, s.Requests); i++ {
			w.addCopy(&c, i, s, t)
		}
		return c.Commit(ctx, w.store)
	})
	return err
}

func (w *world) addCopy(c *store.Change, i int, s size, t templates) {
	earlier := time.Duration(s.Requests-i) * time.Second
	people := max(s.Live, 1)
	switch who := person(2 + i%people); {
	case i < s.Live:
		t.live.copy(c, i, who, w.orders(), earlier, true)
	case i < s.Live+s.Assets:
		t.live.copy(c, i, who, w.table(i-s.Live), earlier, false)
	case i < s.Live+s.Assets+s.pending():
		t.pending.copy(c, i, who, w.table(i%s.Others), earlier, false)
	default:
		t.ended.copy(c, i, who, w.orders(), earlier, false)
	}
}

// table is one of those beside the one that all is about.
func (w *world) table(n int) catalog.Ref {
	return w.orders().Parent() + catalog.Ref(fmt.Sprint(".t", n))
}

// fillTables makes tables on the platform, and syncs them.
func (w *world) fillTables(ctx context.Context, count int) error {
	err := w.place.run(ctx, w.platform, fmt.Sprintf("do $$ begin for i in 0..%d loop execute format('create table public.t%%s (id int)', i); end loop; end $$", count-1))
	if err != nil {
		return err
	}
	_, err = w.engine.Sync(ctx, admin, catalog.Ref("warehouse:"+w.platform))
	return err
}

// finishLog lets all readers of the log begin behind the events: the copies are no news.
func (w *world) finishLog(ctx context.Context) error {
	last, err := store.LastNumber(ctx, w.store)
	if err != nil {
		return err
	}
	cursors, err := records.Cursors.All(ctx, w.store, "", store.MaxPage)
	if err != nil {
		return err
	}
	var c store.Change
	if !slices.ContainsFunc(cursors, func(read store.Stored[records.Cursor]) bool { return read.Value.ID == journal.AnnouncerCursor }) {
		records.Cursors.Insert(&c, records.Cursor{ID: journal.AnnouncerCursor, After: last})
	}
	for _, read := range cursors {
		next := read.Value
		next.After = last
		records.Cursors.Update(&c, read, next)
	}
	return c.Commit(ctx, w.store)
}

// fillPlatform makes the people members of the role of the asset, as the engine would,
// and as many other roles as there are other assets with grants.
func (w *world) fillPlatform(ctx context.Context, s size) error {
	db, err := w.place.server.Open(w.platform)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	var role string
	err = db.QueryRowContext(ctx, `select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
		where starts_with(r.rolname, $1) and u.rolname = $2`, "gw_"+w.installation+"_", person(1).Attributes["login"][0]).Scan(&role)
	if err != nil {
		return fmt.Errorf("the role of the asset: %w", err)
	}
	statements := []string{fmt.Sprintf(`do $$ begin for i in 1..%d loop
		execute format('create role gw_%s_fill%%s', i); execute format('grant gw_%[2]s_fill%%s to %s with admin option', i); end loop; end $$`, s.Assets, w.installation, w.role()),
		"set session authorization " + w.role()}
	var members []string
	for n := range s.Live {
		members = append(members, person(2 + n).Attributes["login"][0])
	}
	for some := range slices.Chunk(members, 1000) {
		statements = append(statements, fmt.Sprintf("grant %s to %s", role, strings.Join(some, ", ")))
	}
	return runAll(ctx, db, append(statements, "reset session authorization")...)
}
