package main

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/request"
)

// flowFigure is the name of the first figure; the pictures find it by that.
const flowFigure = "flow in process"

// atOnce is how many flows go on at a time.
var atOnce = []int{1, 8, 32}

// flowing is a way to have flows done in a world.
type flowing struct {
	figure string
	ratio  float64                                        // of the floor, that is the target
	ready  func(ctx context.Context, w *world) error      // before the engine runs; may be nil
	open   func(w *world, at int) (acting, func(), error) // returns the act, and its end
}

// acting does a whole flow of one person.
type acting func(ctx context.Context, by request.Identity) error

func inProcess(w *world, _ int) (acting, func(), error) {
	return func(ctx context.Context, by request.Identity) error { return flow(ctx, w.engine, by, w.submission()) }, func() {}, nil
}

func measureFlow(ctx context.Context, b *bench) ([]row, error) {
	return b.flows(ctx, flowing{figure: flowFigure, ratio: 0.5, open: inProcess})
}

// flows measures one way at each concurrency.
func (b *bench) flows(ctx context.Context, f flowing) ([]row, error) {
	var rows []row
	for _, at := range atOnce {
		more, err := b.flowsAt(ctx, f, at)
		rows = append(rows, more...)
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func (b *bench) flowsAt(ctx context.Context, f flowing, at int) ([]row, error) {
	var rounds, tails []pair
	var note string
	for round := range b.rounds {
		ours, err := b.ourFlows(ctx, f, at)
		if err != nil {
			return nil, err
		}
		floor, err := b.place.floor(ctx, at, b.lasts)
		if err != nil {
			return nil, err
		}
		rounds = append(rounds, pair{ours.perSecond(), floor.perSecond()})
		tails = append(tails, pair{ours.at(99), ours.at(50)})
		note = fmt.Sprintf("last round: p50 %s, p99 %s ms; floor %s, %s ms", short(ours.at(50)), short(ours.at(99)), short(floor.at(50)), short(floor.at(99)))
		b.at("%s, %d at a time, round %d: %s/s, floor %s/s", f.figure, at, round+1, short(ours.perSecond()), short(floor.perSecond()))
	}
	rows := []row{row{Figure: f.figure, Case: fmt.Sprintf("%d at a time", at), Unit: "/s", Target: atLeast("ratio", f.ratio), Note: note, X: float64(at)}.fill(rounds)}
	if at == atOnce[len(atOnce)-1] {
		_, _, tail := medians(tails)
		rows = append(rows, row{Figure: f.figure, Case: fmt.Sprintf("p99 ÷ p50 at %d", at), Ours: tail, Target: atMost("ours", 10)})
	}
	return rows, nil
}

// ourFlows makes a world, warms it up, and measures flows in it.
func (b *bench) ourFlows(ctx context.Context, f flowing, at int) (timing, error) {
	p, err := b.postgres(ctx)
	if err != nil {
		return timing{}, err
	}
	w, err := p.newWorld(ctx)
	if err != nil {
		return timing{}, err
	}
	defer func() { _ = w.remove() }()
	if f.ready != nil {
		if err := f.ready(ctx, w); err != nil {
			return timing{}, err
		}
	}
	w.start()
	act, end, err := f.open(w, at)
	if err != nil {
		return timing{}, err
	}
	defer end()
	do := func(first int) func(context.Context, int) error {
		return func(ctx context.Context, n int) error { return act(ctx, person(first+n)) }
	}
	if _, err := times(ctx, at, at, do(0)); err != nil {
		return timing{}, fmt.Errorf("warming up: %w", err)
	}
	if err := p.settle(ctx); err != nil {
		return timing{}, err
	}
	return inLanes(ctx, at, b.lasts, do(at))
}
