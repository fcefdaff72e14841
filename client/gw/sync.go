package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

const (
	syncTime  = time.Hour
	syncLooks = 2 * time.Second // between two looks at how far it is
)

// sync has the server read a connection, and says how far it is until it is done.
func (g *gw) sync(f *flag.FlagSet) func(context.Context, []string) error {
	history := f.Bool("history", false, "show the last syncs, and begin none")
	return func(ctx context.Context, about []string) error {
		name, err := oneName(about, "CONNECTION")
		if err != nil {
			return err
		}
		c, err := g.client()
		if err != nil {
			return err
		}
		if *history {
			return g.syncs(ctx, c, name)
		}
		ctx, cancel := context.WithTimeout(ctx, syncTime)
		defer cancel()
		var done api.Synced
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			done, err = c.SyncConnection(ctx, name, api.SyncConnectionParams{})
		}()
		g.follow(ctx, c, name, ended)
		switch {
		case err != nil:
			return err
		case g.json:
			err = g.print(done)
		default:
			g.say("%d new, %d changed, %d as before, %d gone.", done.Added, done.Changed, done.Same, done.Gone)
		}
		if err != nil || len(done.Unread) == 0 {
			return err
		}
		for _, part := range done.Unread {
			g.note("%s was not read, and stays as it was: %s", part.Ref, part.Error)
		}
		return exit(exitPartly)
	}
}

// follow says how far a sync is, until it has ended.
func (g *gw) follow(ctx context.Context, c *client.Client, name string, ended <-chan struct{}) {
	tick := time.NewTicker(syncLooks)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
		}
		if h, err := c.ConnectionHealth(ctx, name); err == nil && !h.Syncs.Running.Began.IsZero() {
			g.note("%s", progress(h.Syncs.Running))
		}
	}
}

// progress is how far a sync is, in a line.
func progress(r api.SyncRun) string {
	text := fmt.Sprintf("%d objects read", r.Read)
	if r.Pace == (api.Pace{}) {
		return text
	}
	text += fmt.Sprintf(", %v in a second", r.Pace.PerSecond)
	if r.Pace.Expected > 0 {
		text += fmt.Sprintf(", %d the last time", r.Pace.Expected)
	}
	if r.Pace.SecondsLeft > 0 {
		text += fmt.Sprintf(", about %s left", time.Duration(r.Pace.SecondsLeft)*time.Second)
	}
	return text
}

// syncs shows the last syncs of a connection.
func (g *gw) syncs(ctx context.Context, c *client.Client, name string) error {
	h, err := c.ConnectionHealth(ctx, name)
	if err != nil || g.json {
		if err == nil {
			err = g.print(h.Syncs)
		}
		return err
	}
	if r := h.Syncs.Running; !r.Began.IsZero() {
		g.say("Under way since %s: %s.", g.when(r.Began), progress(r))
	}
	rows := make([][]string, len(h.Syncs.Past))
	for i, r := range h.Syncs.Past {
		outcome := "complete"
		switch {
		case r.Error != "":
			outcome = r.Error
		case len(r.Unread) > 0:
			outcome = fmt.Sprintf("%d parts not read", len(r.Unread))
		}
		rows[i] = []string{g.when(r.Ended), r.Ended.Sub(r.Began).Round(time.Second).String(), fmt.Sprint(r.Read), fmt.Sprint(r.Added), fmt.Sprint(r.Changed), fmt.Sprint(r.Gone), outcome}
	}
	if len(rows) == 0 {
		g.say("Nothing was read yet.")
		return nil
	}
	g.table([]column{{"ENDED", never}, {"TOOK", never}, {"READ", never}, {"NEW", never}, {"CHANGED", never}, {"GONE", never}, {"OUTCOME", atEnd}}, rows)
	return nil
}
