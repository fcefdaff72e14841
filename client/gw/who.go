package main

import (
	"context"
	"flag"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

// maxEntitlements bounds what gw who reads.
const maxEntitlements = 10_000

func (g *gw) who(f *flag.FlagSet) func(context.Context, []string) error {
	at := f.String("at", "", "as it stood at a `time`: 2026-03-01 or 2026-03-01T12:00:00Z")
	isPerson := f.Bool("person", false, "the name is that of a person, a group or a service, whatever assets there are")
	return func(ctx context.Context, about []string) error {
		name, err := oneName(about, "ASSET or PERSON")
		if err != nil {
			return err
		}
		when, err := g.timeOf("-at", *at)
		if err != nil {
			return err
		}
		c, err := g.client()
		if err != nil {
			return err
		}
		if !*isPerson && name != "me" {
			found, err := entry(ctx, c, name, "")
			switch {
			case err == nil:
				return g.whoHas(ctx, c, found.Asset.Ref, when)
			case client.Code(err) != "NOT_FOUND" && client.Code(err) != "LINK":
				return err
			case reference.MatchString(name):
				return err
			}
		}
		return g.whatHas(ctx, c, name, when)
	}
}

// timeOf reads the date of a flag, in the zone of the person, or a time.
func (g *gw) timeOf(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, g.zone); err == nil {
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usagef("%s is %q, must read like 2026-03-01 or 2026-03-01T12:00:00Z", flag, text)
	}
	return at, nil
}

// whoHas prints who has access to an asset.
func (g *gw) whoHas(ctx context.Context, c *client.Client, asset string, at time.Time) error {
	all, err := gathered(c.AllAssetAccess(ctx, asset, api.AssetAccessParams{At: at}))
	if err != nil {
		return err
	}
	if g.json {
		return g.print(api.ListEntitlement{Items: all})
	}
	rows := make([][]string, len(all))
	for i, e := range all {
		through := ""
		if e.At != asset {
			through = e.At
		}
		rows[i] = []string{beneficiary(e), access(e), g.when(e.Since), g.until(e), state(e), through, e.Request}
	}
	if len(all) == 0 {
		g.say("Nobody has access to %s through Grantwright.", asset)
	} else {
		g.table([]column{{"WHO", atEnd}, {"ACCESS", atEnd}, {"SINCE", atEnd}, {"UNTIL", never}, {"STATE", atEnd}, {"THROUGH", atStart}, {"REQUEST", never}}, rows)
	}
	if at.IsZero() {
		g.others(ctx, c, asset)
	} else {
		g.note("Only access through Grantwright is known for a time before now.")
	}
	return nil
}

// others tells of access to an asset that Grantwright has not given.
func (g *gw) others(ctx context.Context, c *client.Client, asset string) {
	all, err := gathered(c.AllForeignAccess(ctx, asset, api.ForeignAccessParams{}))
	switch {
	case err != nil:
		text, _, _ := strings.Cut(err.Error(), "\n")
		g.note("Access that others gave on the platform is not shown: %s", text)
		return
	case len(all) == 0:
		g.note("Nobody else has access on the platform.")
		return
	}
	rows := make([][]string, len(all))
	for i, f := range all {
		rows[i] = []string{f.Principal.Name, strings.Join(f.Rights, ", "), f.By, f.Asset.Ref, f.Remark}
	}
	g.say("\nGiven on the platform, and not by Grantwright:")
	g.table([]column{{"LOGIN", atEnd}, {"RIGHTS", atEnd}, {"GIVEN BY", atEnd}, {"ASSET", atStart}, {"REMARK", atEnd}}, rows)
}

// whatHas prints what somebody has access to.
func (g *gw) whatHas(ctx context.Context, c *client.Client, name string, at time.Time) error {
	all, err := gathered(c.AllPersonAccess(ctx, name, api.PersonAccessParams{At: at}))
	if err != nil {
		return err
	}
	if g.json {
		return g.print(api.ListEntitlement{Items: all})
	}
	defer g.note("Access that others gave on the platforms is not listed by person: ask about an asset, and it is.")
	switch {
	case len(all) == 0 && name == "me":
		g.say("You have no access through Grantwright.")
		return nil
	case len(all) == 0:
		g.say("%s has no access through Grantwright.", name)
		return nil
	}
	rows := make([][]string, len(all))
	for i, e := range all {
		through := ""
		if name != "me" && e.Beneficiary != name {
			through = beneficiary(e)
		}
		rows[i] = []string{e.At, access(e), g.when(e.Since), g.until(e), state(e), through, e.Request}
	}
	g.table([]column{{"ASSET", atStart}, {"ACCESS", atEnd}, {"SINCE", atEnd}, {"UNTIL", never}, {"STATE", atEnd}, {"THROUGH", atEnd}, {"REQUEST", never}}, rows)
	return nil
}

// gathered reads a list to its end, up to a bound.
func gathered[T any](list iter.Seq2[T, error]) ([]T, error) {
	all := []T{}
	for item, err := range list {
		if err != nil {
			return nil, err
		}
		if len(all) == maxEntitlements {
			return nil, fmt.Errorf("there are more than %d: the API lists them as CSV", maxEntitlements)
		}
		all = append(all, item)
	}
	return all, nil
}

func beneficiary(e api.Entitlement) string {
	if e.For != "" && e.For != "PERSON" {
		return person(e.Beneficiary) + " (" + word(e.For) + ")"
	}
	return person(e.Beneficiary)
}

func access(e api.Entitlement) string {
	columns := e.Access.Columns
	if e.Type == maskingException {
		columns = e.Access.Unmasked
	}
	return what(e.Type, e.Access.Privilege, columns)
}

func (g *gw) until(e api.Entitlement) string {
	if e.Until.IsZero() {
		return "no end"
	}
	return g.when(e.Until)
}

func state(e api.Entitlement) string {
	text := word(e.State)
	if e.State == "ACTIVE" && e.Gaps.Count > 0 {
		text += fmt.Sprintf(", not on %d parts", e.Gaps.Count)
	}
	return text
}
