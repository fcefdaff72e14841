package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/store"
)

// flatFigure is found by its picture.
const flatFigure = "flow, by size of the store"

// flatAt is how many flows go on at a time.
const flatAt = 8

// sized is a world of some size that flows go on in.
type sized struct {
	*world
	size size
	next atomic.Int64 // of the logins that have nothing yet
}

// measureFlat compares flows and lists in stores of three sizes. Here the floor is the
// store that is almost empty.
func measureFlat(ctx context.Context, b *bench) ([]row, error) {
	if _, err := b.postgres(ctx); err != nil {
		return nil, err
	}
	var worlds []*sized
	defer func() {
		for _, w := range worlds {
			_ = w.remove()
		}
	}()
	for _, s := range b.size.steps() {
		w, err := b.largeWorld(ctx, s)
		if err != nil {
			return nil, err
		}
		worlds = append(worlds, &sized{world: w, size: s})
		worlds[len(worlds)-1].next.Store(int64(s.Live) + 2)
	}
	lists, err := b.flatLists(ctx, worlds)
	if err != nil {
		return lists, err
	}
	flows, err := b.flatFlows(ctx, worlds)
	return append(flows, lists...), err
}

// flatFlows lets the worlds take turns: only one engine runs at a time.
func (b *bench) flatFlows(ctx context.Context, worlds []*sized) ([]row, error) {
	rounds := make([][]pair, len(worlds))
	for round := range b.rounds {
		var base float64
		for i, w := range worlds {
			t, err := w.someFlows(ctx, b)
			if err != nil {
				return nil, err
			}
			if i == 0 {
				base = t.perSecond()
			}
			rounds[i] = append(rounds[i], pair{t.perSecond(), base})
			b.at("%d requests, round %d: %s flows/s", w.size.Requests, round+1, short(t.perSecond()))
		}
	}
	var rows []row
	for i, w := range worlds {
		r := row{Figure: flatFigure, Case: sizeCase(w.size), Unit: "/s", X: float64(w.size.Requests)}.fill(rounds[i])
		if r.Note = fmt.Sprintf("%d at a time; the floor is the smallest store", flatAt); i > 0 {
			r.Target = atLeast("ratio", 0.8)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func sizeCase(s size) string {
	return fmt.Sprintf("%s requests, %s live", grouped(float64(s.Requests)), grouped(float64(s.Live)))
}

func (w *sized) someFlows(ctx context.Context, b *bench) (timing, error) {
	if err := w.reopen(ctx); err != nil {
		return timing{}, err
	}
	w.start()
	do := func(ctx context.Context, _ int) error {
		return flow(ctx, w.engine, person(int(w.next.Add(1))), w.submission())
	}
	if _, err := times(ctx, flatAt, flatAt, do); err != nil {
		return timing{}, err
	}
	if err := w.place.settle(ctx); err != nil {
		return timing{}, err
	}
	t, err := inLanes(ctx, flatAt, b.lasts, do)
	if err != nil {
		return t, err
	}
	return t, w.close()
}

// reopen ends the engine, where there is one, and makes another on the same records.
func (w *world) reopen(ctx context.Context) error {
	if err := w.close(); err != nil {
		return err
	}
	return w.open(ctx, w.records)
}

// lists are the pages that people look at.
var lists = []struct {
	name string
	read func(ctx context.Context, w *sized) (int, error)
}{
	{"review queue", func(ctx context.Context, w *sized) (int, error) {
		page, err := w.engine.Requests(ctx, steward, grantwright.RequestQuery{Role: grantwright.Steward, Limit: listPage})
		return len(page.Requests), err
	}},
	{"my requests", func(ctx context.Context, w *sized) (int, error) {
		page, err := w.engine.Requests(ctx, person(2), grantwright.RequestQuery{Limit: listPage})
		return len(page.Requests), err
	}},
	{"asset search", func(ctx context.Context, w *sized) (int, error) {
		found, err := w.engine.Assets().Search(ctx, person(2), catalog.Query{Text: "t1", Limit: listPage})
		return len(found), err
	}},
	{"reviews of no steward", func(ctx context.Context, w *sized) (int, error) {
		page, err := w.engine.Requests(ctx, bystander, grantwright.RequestQuery{Role: grantwright.Steward, Limit: listPage})
		return len(page.Requests), err
	}},
	{"who has access", func(ctx context.Context, w *sized) (int, error) {
		page, err := w.engine.Access().To(ctx, auditor, w.orders(), grantwright.AccessQuery{Limit: listPage})
		return len(page.Entitlements), err
	}},
	{"log, from its middle", func(ctx context.Context, w *sized) (int, error) {
		last, err := store.LastNumber(ctx, w.store)
		if err != nil {
			return 0, err
		}
		events, err := w.engine.Log().Events(ctx, auditor, last/2, listPage)
		return len(events), err
	}},
}

// listPage is how many a list shows at a time.
const listPage = 50

// flatLists compares pages a second of the largest store with those of the smallest.
func (b *bench) flatLists(ctx context.Context, worlds []*sized) ([]row, error) {
	var rows []row
	small, large := worlds[0], worlds[len(worlds)-1]
	for _, list := range lists {
		var rounds []pair
		var found int
		for range b.rounds {
			floor, _, err := b.pages(ctx, small, list.read)
			if err != nil {
				return rows, fmt.Errorf("%s: %w", list.name, err)
			}
			ours, n, err := b.pages(ctx, large, list.read)
			if err != nil {
				return rows, fmt.Errorf("%s: %w", list.name, err)
			}
			rounds, found = append(rounds, pair{ours.perSecond(), floor.perSecond()}), n
		}
		rows = append(rows, row{Figure: "lists, large ÷ small store", Case: list.name, Unit: "/s", Target: atLeast("ratio", 0.7), Note: fmt.Sprintf("%d on the page", found)}.fill(rounds))
	}
	return rows, nil
}

func (b *bench) pages(ctx context.Context, w *sized, read func(context.Context, *sized) (int, error)) (timing, int, error) {
	found, err := read(ctx, w)
	if err != nil {
		return timing{}, 0, err
	}
	t, err := inLanes(ctx, 1, b.lasts/4, func(ctx context.Context, _ int) error {
		_, err := read(ctx, w)
		return err
	})
	return t, found, err
}
