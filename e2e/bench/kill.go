package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/pgstore"
)

// replicaVariable makes this program a replica that has flows go on until it is killed.
// It holds a replicaSpec.
const replicaVariable = "GRANTWRIGHT_BENCH_REPLICA"

// replicaSpec is the world of a replica.
type replicaSpec struct {
	Records, Installation, Password string
	Orders                          catalog.Ref
	First                           int // of its people
}

// killedFlows is how many flows go on in the replica that is killed.
const killedFlows = 8

// beReplica is the whole life of that process.
func beReplica(ctx context.Context, text string) error {
	var spec replicaSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		return err
	}
	opened, err := pgstore.Open(spec.Records)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	w := &world{installation: spec.Installation, password: spec.Password}
	e, err := grantwright.New(w.config(opened))
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	go func() { _ = e.Run(ctx) }()
	_, err = inLanes(ctx, killedFlows, time.Hour, func(ctx context.Context, n int) error {
		return flow(ctx, e, person(spec.First+n), asking(spec.Orders))
	})
	return err
}

// measureKill ends one of two replicas as kill -9 does, while flows go on in it, and
// takes the time until the other has finished them.
func measureKill(ctx context.Context, b *bench) ([]row, error) {
	if _, err := b.postgres(ctx); err != nil {
		return nil, err
	}
	var longest time.Duration
	for range b.rounds {
		took, err := b.killOne(ctx)
		if err != nil {
			return nil, err
		}
		longest = max(longest, took)
	}
	return []row{{Figure: "replica killed", Case: "until the other has done its work", Unit: "s", Ours: longest.Seconds(), Target: atMost("ours", 30),
		Note: "the longest of all rounds: not each meets a lease, which is " + store.DefaultLease.String()}}, nil
}

func (b *bench) killOne(ctx context.Context) (time.Duration, error) {
	w, err := b.place.newWorld(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = w.remove() }()
	w.start()
	spec, err := json.Marshal(replicaSpec{w.place.server.SuperURL(w.records), w.installation, w.password, w.orders(), 100})
	if err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	var says strings.Builder
	other := exec.CommandContext(ctx, self)
	other.Env, other.Stderr = append(os.Environ(), replicaVariable+"="+string(spec)), &says
	if err := other.Start(); err != nil {
		return 0, err
	}
	err = w.await(ctx, func(active, open int) bool { return active >= killedFlows && open > 0 })
	_ = other.Process.Kill()
	_ = other.Wait()
	if err != nil {
		return 0, errors.Join(err, errors.New(says.String()))
	}
	begin := time.Now()
	err = w.await(ctx, func(_, open int) bool { return open == 0 })
	return time.Since(begin), err
}

// await reads the grants of the asset until those that work, and those that are still on
// their way, are as they should be.
func (w *world) await(ctx context.Context, fits func(active, open int) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for {
		var active, open int
		err := records.LiveGrants.Each(ctx, w.store, w.orders(), func(g store.Stored[provision.Grant]) error {
			if g.Value.State == provision.Active {
				active++
			} else {
				open++
			}
			return nil
		})
		if err != nil || fits(active, open) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d grants work, %d are on their way: %w", active, open, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}
