package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// timing is how one measurement went.
type timing struct {
	took time.Duration   // all of it
	each []time.Duration // sorted
}

// perSecond is how many there were in a second.
func (t timing) perSecond() float64 { return float64(len(t.each)) / t.took.Seconds() }

// at is the time within which so many percent were done, in milliseconds.
func (t timing) at(percent int) float64 {
	if len(t.each) == 0 {
		return 0
	}
	return milliseconds(t.each[(len(t.each)-1)*percent/100])
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// inLanes does something in some lanes at the same time until time is up. What has
// begun by then is finished, and counts. do gets a number that no other call gets.
func inLanes(ctx context.Context, lanes int, lasts time.Duration, do func(ctx context.Context, n int) error) (timing, error) {
	var next atomic.Int64
	begin := time.Now()
	return together(lanes, func() ([]time.Duration, error) {
		var each []time.Duration
		for len(each) == 0 || time.Since(begin) < lasts {
			started := time.Now()
			if err := do(ctx, int(next.Add(1)-1)); err != nil {
				return each, err
			}
			each = append(each, time.Since(started))
		}
		return each, nil
	})
}

// times does something so many times, in some lanes at the same time.
func times(ctx context.Context, lanes, count int, do func(ctx context.Context, n int) error) (timing, error) {
	var next atomic.Int64
	return together(lanes, func() ([]time.Duration, error) {
		var each []time.Duration
		for n := int(next.Add(1) - 1); n < count; n = int(next.Add(1) - 1) {
			started := time.Now()
			if err := do(ctx, n); err != nil {
				return each, err
			}
			each = append(each, time.Since(started))
		}
		return each, nil
	})
}

func together(lanes int, lane func() ([]time.Duration, error)) (timing, error) {
	var all sync.WaitGroup
	var mu sync.Mutex
	var t timing
	var errs []error
	begin := time.Now()
	for range lanes {
		all.Go(func() {
			each, err := lane()
			mu.Lock()
			defer mu.Unlock()
			t.each, errs = append(t.each, each...), append(errs, err)
		})
	}
	all.Wait()
	t.took = time.Since(begin)
	slices.Sort(t.each)
	return t, errors.Join(errs...)
}

// pair is ours and the floor in one round.
type pair struct{ ours, floor float64 }

// medians are those of some rounds: of ours, of the floor, and of their ratio.
func medians(rounds []pair) (ours, floor, ratio float64) {
	var a, b, c []float64
	for _, r := range rounds {
		a, b = append(a, r.ours), append(b, r.floor)
		if r.floor > 0 {
			c = append(c, r.ours/r.floor)
		}
	}
	return median(a), median(b), median(c)
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// fill puts the medians of some rounds into a row.
func (r row) fill(rounds []pair) row {
	r.Ours, r.Floor, r.Ratio = medians(rounds)
	return r
}

// sorted is a timing of some durations.
func sorted(each []time.Duration) timing {
	slices.Sort(each)
	return timing{each: each}
}
