package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// figure is one thing that is measured.
type figure struct {
	word    string // on the command line
	measure func(ctx context.Context, b *bench) ([]row, error)
}

// figures are all of them, in the order of the targets.
func figures() []figure {
	return []figure{
		{"flow", measureFlow},
		{"http", measureHTTP},
		{"tokens", measureTokens},
		{"guarded", measureGuarded},
		{"flat", measureFlat},
		{"ends", measureEnds},
		{"reconcile", measureReconcile},
		{"sqlite", measureSQLite},
		{"idle", measureIdle},
		{"replicas", measureReplicas},
		{"kill", measureKill},
		{"conditions", measureConditions},
		{"sync", measureSync},
		{"allowed", measureAllowed},
		{"telling", measureTelling},
		{"mariadb", measureMariaDB},
		{"pages", measurePages},
	}
}

func figureWords() []string {
	var words []string
	for _, f := range figures() {
		words = append(words, f.word)
	}
	return words
}

// row is one line of the table.
type row struct {
	Figure string  `json:"figure"`
	Case   string  `json:"case,omitempty"`
	Unit   string  `json:"unit"`
	Ours   float64 `json:"ours"`
	Floor  float64 `json:"floor,omitempty"` // zero where there is none
	Ratio  float64 `json:"ratio,omitempty"` // ours ÷ floor: the median of the rounds
	Target target  `json:"target,omitzero"`
	Holds  bool    `json:"holds"` // the target, where there is one
	Note   string  `json:"note,omitempty"`

	// X places the row in a picture: at a time, or requests in the store.
	X float64 `json:"x,omitempty"`
}

// target is the bound that a row must keep.
type target struct {
	Of    string  `json:"of"`    // "ratio" or "ours"
	Least bool    `json:"least"` // Bound is the least, not the most
	Bound float64 `json:"bound"`
}

func atLeast(of string, bound float64) target { return target{of, true, bound} }
func atMost(of string, bound float64) target  { return target{of, false, bound} }

func (t target) String() string {
	switch {
	case t == target{}:
		return ""
	case t.Least:
		return fmt.Sprintf("%s ≥ %s", t.Of, short(t.Bound))
	}
	return fmt.Sprintf("%s ≤ %s", t.Of, short(t.Bound))
}

// judged fills in whether the target holds.
func (r row) judged() row {
	got := r.Ours
	if r.Target.Of == "ratio" {
		got = r.Ratio
	}
	r.Holds = r.Target == target{} || r.Target.Least == (got > r.Target.Bound) || got == r.Target.Bound
	return r
}

// bench is one run. All figures share its server, which is started when the first of
// them needs it.
type bench struct {
	options
	progress io.Writer
	place    *place
}

// figure measures one of them, and says how long that took.
func (b *bench) figure(ctx context.Context, f figure) ([]row, error) {
	begin := time.Now()
	rows, err := f.measure(ctx, b)
	for i := range rows {
		rows[i] = rows[i].judged()
	}
	_, _ = fmt.Fprintf(b.progress, "%s: %s\n", f.word, time.Since(begin).Round(time.Second))
	return rows, err
}

// at reports progress.
func (b *bench) at(format string, args ...any) {
	_, _ = fmt.Fprintf(b.progress, "  "+format+"\n", args...)
}

// postgres is the server of all figures.
func (b *bench) postgres(ctx context.Context) (*place, error) {
	if b.place != nil {
		return b.place, nil
	}
	var err error
	b.place, err = startPlace(ctx)
	return b.place, err
}

func (b *bench) stop() {
	if b.place != nil {
		b.place.stop()
	}
}
