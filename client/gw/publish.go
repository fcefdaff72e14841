package main

import (
	"context"
	"flag"
	"time"

	"github.com/grantwright/grantwright/client/api"
)

// publishTime bounds how long the links of a connection take: the server stops after ten
// minutes.
const publishTime = 11 * time.Minute

// publish has the server write the request links of a connection into a data catalog.
func (g *gw) publish(f *flag.FlagSet) func(context.Context, []string) error {
	into := f.String("into", "", "`name` of the catalog, where the server has several")
	return func(ctx context.Context, about []string) error {
		name, err := oneName(about, "CONNECTION")
		if err != nil {
			return err
		}
		c, err := g.client()
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, publishTime)
		defer cancel()
		done, err := c.PublishLinks(ctx, name, api.PublishBody{Catalog: *into})
		if err != nil {
			return err
		}
		if g.json {
			err = g.print(done)
		} else {
			g.say("The links of %d assets stand in the catalog %s.", done.Written, done.Catalog)
		}
		if err != nil || done.Failed == 0 {
			return err
		}
		g.note("Those of %d could not be written; the log of the server says why. The same again tries them anew.", done.Failed)
		return exit(exitPartly)
	}
}
