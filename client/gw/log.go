package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
	"github.com/grantwright/grantwright/client/proof"
)

// logPage is how many events gw log export reads at once.
const logPage = 500

// log hands out what proves the log, and checks it.
func (g *gw) log(f *flag.FlagSet) func(context.Context, []string) error {
	to := f.String("o", "", "write into this `file`; without it, to the terminal")
	key := f.String("key", "", "of verify: the public `key` of the log, or the file that holds it; the server prints it at its start")
	var witnesses []string
	f.Func("witness", "of verify: the public `key` of a witness that must have signed the checkpoint too; may be given several times", func(key string) error {
		witnesses = append(witnesses, key)
		return nil
	})
	since := f.String("since", "", "of verify: the `file` of an earlier checkpoint, from which the log must go on")
	return func(ctx context.Context, about []string) error {
		act, rest := "", []string{}
		if len(about) > 0 {
			act, rest = about[0], about[1:]
		}
		if act == "verify" {
			name, err := oneName(rest, "FILE")
			if err != nil {
				return err
			}
			return g.verify(name, *key, *since, witnesses)
		}
		if (act == "checkpoint" || act == "export") && len(rest) > 0 {
			return usagef("%q is one too many", rest[0])
		}
		write, ok := map[string]func(context.Context, *client.Client, io.Writer) error{
			"checkpoint": writeCheckpoint, "export": writeExport,
			"story": func(ctx context.Context, c *client.Client, out io.Writer) error {
				id, err := oneName(rest, "ID")
				if err != nil {
					return err
				}
				return writeStory(ctx, c, id, out)
			},
		}[act]
		if !ok {
			return usagef("gw log %s is no command: it takes checkpoint, export, story or verify", act)
		}
		c, err := g.client()
		if err != nil {
			return err
		}
		return g.into(*to, func(out io.Writer) error { return write(ctx, c, out) })
	}
}

// into writes a file, which is whole or not there, or to the output.
func (g *gw) into(path string, write func(io.Writer) error) error {
	if path == "" {
		return write(g.out)
	}
	half := path + ".part"
	file, err := os.OpenFile(half, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err = write(file); err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(half, path)
	}
	if err != nil {
		_ = os.Remove(half)
	}
	return err
}

func writeCheckpoint(ctx context.Context, c *client.Client, out io.Writer) error {
	text, err := c.LogCheckpoint(ctx)
	if err == nil {
		_, err = out.Write(text)
	}
	return err
}

// writeExport writes the events that the last checkpoint covers, and the checkpoint after them.
func writeExport(ctx context.Context, c *client.Client, out io.Writer) error {
	text, err := c.LogCheckpoint(ctx)
	if err != nil {
		return err
	}
	var size int64
	if lines := strings.SplitN(string(text), "\n", 3); len(lines) == 3 {
		_, err = fmt.Sscan(lines[1], &size)
	}
	if err != nil {
		return err
	}
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for after := int64(0); after < size; {
		page, err := c.LogExport(ctx, api.LogExportParams{After: after, Limit: min(logPage, size-after)})
		if err != nil {
			return err
		}
		if len(page.Items) == 0 {
			break // verify says that they are missing
		}
		for _, e := range page.Items {
			if err := lines.Encode(proof.Line{Leaf: e.Leaf, Hash: e.Hash}); err != nil {
				return err
			}
		}
		after += int64(len(page.Items))
	}
	return lines.Encode(proof.Line{Checkpoint: string(text)})
}

func writeStory(ctx context.Context, c *client.Client, id string, out io.Writer) error {
	story, err := c.RequestProof(ctx, id)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	return lines.Encode(story)
}

// verify checks a file, offline.
func (g *gw) verify(name, key, since string, witnesses []string) error {
	o := proof.Options{Key: key, Witnesses: witnesses}
	if text, err := os.ReadFile(key); key != "" && err == nil {
		o.Key = string(text)
	}
	if since != "" {
		text, err := os.ReadFile(since)
		if err != nil {
			return usagef("-since: %v", err)
		}
		o.Since = string(text)
	}
	file, err := os.Open(name)
	if err != nil {
		return usagef("%v", err)
	}
	defer func() { _ = file.Close() }()
	report, err := proof.Verify(file, o)
	if err != nil {
		return usagef("%s: %v", name, err)
	}
	if g.json {
		err = g.print(report)
	} else {
		g.sayReport(report, key != "")
	}
	if err == nil && len(report.Faults) > 0 {
		return exit(exitBroken)
	}
	return err
}

func (g *gw) sayReport(r proof.Report, keyed bool) {
	for _, f := range r.Faults {
		g.say("%s.", capital(f))
	}
	if !keyed {
		g.say("The signature was not checked: name the key of the log with -key.")
	}
	if len(r.Faults) > 0 {
		g.say("It does not hold.")
		return
	}
	if r.Later > 0 {
		g.say("Events that are newer than the checkpoint, and not proved: %d.", r.Later)
	}
	if r.Since > 0 {
		g.say("The log goes on from the earlier checkpoint of %d events.", r.Since)
	}
	g.say("It holds: %d events, by the checkpoint of %d.", r.Events, r.Checkpoint)
}
