package main

import (
	"context"
	"flag"
)

func (g *gw) link(f *flag.FlagSet) func(context.Context, []string) error {
	masked := f.Bool("unmask", false, "the link to ask for a masking exception")
	return func(ctx context.Context, about []string) error {
		name, err := oneName(about, "ASSET")
		if err != nil {
			return err
		}
		c, err := g.client()
		if err != nil {
			return err
		}
		found, err := entry(ctx, c, name, "")
		if err != nil {
			return err
		}
		links, err := c.AssetLinks(ctx, found.Asset.Ref)
		if err != nil {
			return err
		}
		link := links.DataAccess
		if *masked {
			link = links.MaskingException
		}
		if g.json {
			links.DataAccess = c.Link(links.DataAccess)
			if links.MaskingException != "" {
				links.MaskingException = c.Link(links.MaskingException)
			}
			return g.print(links)
		}
		if link == "" {
			return &exitError{exitNotFound, errNotMasked}
		}
		g.say("%s", c.Link(link))
		return nil
	}
}
