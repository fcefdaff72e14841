package main

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// operator is in whose name the file is carried out: whoever may write it.
var operator = request.Identity{Issuer: "grantwright", ID: "manifest", Name: "The manifest",
	Permissions: []request.Permission{request.Admin, request.Governance}}

const syncTimeout = 15 * time.Minute

// furnish carries out what the file has changed since the last start. What was changed on a
// page meanwhile is left alone, and told in the log. What is stored and not in the file
// stays: only "config apply" deletes.
func furnish(ctx context.Context, engine *grantwright.Engine, file *manifest.File, log *slog.Logger) error {
	within, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	found, err := engine.Furnish(within, operator, file)
	for _, one := range found {
		tell(log, one)
	}
	if err != nil && !slices.ContainsFunc(found, waits) {
		return err
	}
	if err != nil {
		log.Error("the rest of the file is not carried out: it may need the connections that nobody has approved yet", "error", err,
			"next", "approve them at /proposals, and start again")
	}
	for _, c := range file.Connections {
		if manifest.Holds(c.Technology) {
			syncOne(ctx, engine, c.Name, log)
		}
	}
	return nil
}

// waits reports whether something in the file is not carried out because a second person has
// not approved it.
func waits(f manifest.Furnished) bool {
	return f.Became == manifest.Awaits || f.Became == manifest.WasRefused
}

// tell writes to the log what has become of something in the file.
func tell(log *slog.Logger, f manifest.Furnished) {
	log = log.With(f.What, f.Name, "how", f.How)
	saved, see := "saved", "config diff shows in what it differs, and config apply makes it as the file says"
	if f.What == "connection" {
		saved, see = "registered", "make the file say the same, or register the connection as the file says"
	}
	switch f.Became {
	case manifest.Saved:
		log.Info(saved)
	case manifest.Awaits:
		log.Warn("the file has changed this, which takes a second person", "proposal", f.Proposal, "next", "somebody with GOVERNANCE decides at /proposals/"+string(f.Proposal))
	case manifest.WasRefused:
		log.Warn("the file has changed this, and just that was refused", "proposal", f.Proposal, "next", see)
	case manifest.Kept:
		log.Warn("this was changed since the file was carried out, and stays so", "next", see)
	default:
		log.Error("this was changed since, and in the file too: it stays as it is stored", "next", see)
	}
}

// syncOne reads a connection. A platform that does not answer is no reason not to
// start.
func syncOne(ctx context.Context, engine *grantwright.Engine, name string, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	synced, err := engine.Sync(ctx, operator, catalog.Ref(name))
	if err != nil {
		log.Error("the connection could not be read; its assets are as they were", "connection", name, "error", err,
			"next", "POST /api/v1/connections/"+name+"/sync reads it again, and syncEvery would by itself")
		return
	}
	log.Info("read", "connection", name, "added", synced.Added, "changed", synced.Changed, "gone", synced.Gone, "unread", len(synced.Unread))
	for _, part := range synced.Unread {
		log.Warn("a part could not be read", "asset", part.Ref, "error", part.Err)
	}
}
