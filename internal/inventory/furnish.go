package inventory

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// connectionWord is the word for one connection in what is said of a file.
const connectionWord = "connection"

// Furnish registers the connections that a file has changed since it was carried out last.
// One that was changed here meanwhile stays as it is. A change that takes two people is
// proposed, but for the first file.
func (i *Inventory) Furnish(ctx context.Context, gov *governance.Governance, by request.Identity, file *manifest.File) (all []manifest.Furnished, err error) {
	two, err := gov.TakesTwo(ctx, request.Identity{}) // a file is nobody
	if err != nil {
		return nil, err
	}
	held := map[string]bool{}
	for _, c := range file.Connections {
		held[c.Name] = true
		c.Technology = i.Platforms.Technology(c.Technology)
		if err := i.Check(c); err != nil {
			return all, err
		}
		found, err := i.furnishOne(ctx, gov, by, c, two, file.Owned != "")
		if all = append(all, found...); err != nil {
			return all, err
		}
	}
	awaits := map[string]bool{}
	for _, one := range all {
		awaits[one.Name] = one.Became == manifest.Awaits
	}
	err = gov.WithdrawOfFile(ctx, by, (*ConnectionFurnishing)(nil).Kind(), func(name string) bool { return !awaits[name] })
	return all, errors.Join(err, i.forgetSaid(ctx, held))
}

// furnishOne registers one connection of a file, or finds out why not.
func (i *Inventory) furnishOne(ctx context.Context, gov *governance.Governance, by request.Identity, c catalog.Connection, two, owned bool) (found []manifest.Furnished, err error) {
	var proposes bool
	change := &ConnectionFurnishing{ConnectionChange{Inventory: i, Connection: c}}
	err = gov.Define(ctx, by, func(d *governance.Revision) error {
		found, proposes = nil, false
		now, err := i.compareWithFile(ctx, c)
		if err != nil {
			return err
		}
		if owned {
			now.became = manifest.Saved
		}
		change.Connection = now.file
		if now.alike {
			return i.noteSaid(ctx, d.C, now.file, now.number)
		}
		found = []manifest.Furnished{{What: connectionWord, Name: c.Name, How: now.how, Became: now.became}}
		if now.became != manifest.Saved {
			return nil
		}
		first, err := gov.FirstFile(ctx)
		if err != nil {
			return err
		}
		more, err := i.TakesTwo(ctx, now.file)
		if proposes = two && more && !first; err != nil || proposes {
			return err
		}
		if first {
			if err := beginFirst(ctx, i.Store, d.C); err != nil {
				return err
			}
		}
		return change.CarryOut(ctx, d)
	})
	if err == nil && proposes {
		found[0].Became, found[0].Proposal, err = gov.ProposeOfFile(ctx, by, change)
	}
	return found, err
}

// beginFirst notes that the first file is carried out from here on.
func beginFirst(ctx context.Context, s store.Store, c *store.Change) error {
	read, err := records.Furnishings.Some(ctx, s, records.FirstFurnished)
	if err == nil && len(read) == 0 {
		records.Furnishings.Insert(c, records.Furnished{What: records.FirstFurnished})
	}
	return err
}

// comparedConnection is a connection of a file, beside the registered one.
type comparedConnection struct {
	file   catalog.Connection
	alike  bool
	number int64 // of the registered version; 0 if there is none
	how    manifest.How
	became manifest.Became
}

func (i *Inventory) compareWithFile(ctx context.Context, c catalog.Connection) (now comparedConnection, err error) {
	now = comparedConnection{file: c, how: manifest.Added}
	stands, err := records.Connections.Some(ctx, i.Store, c.Name)
	if err != nil {
		return now, err
	}
	said, err := records.Furnishings.Some(ctx, i.Store, connectionWord)
	if err != nil {
		return now, err
	}
	if len(stands) > 0 {
		old := stands[0].Value
		if catalog.SameTechnology(old.Technology, c.Technology) {
			now.file.Technology = old.Technology
		}
		old.Registered = time.Time{}
		now.number, now.how = stands[0].Version, manifest.Changed
		now.alike = len(manifest.Between(connectionWord, c.Name, old, now.file)) == 0
	}
	last, is := records.Said{}, false
	if len(said) > 0 {
		last, is = said[0].Value.Said[c.Name]
	}
	if now.became = manifest.Conflict; is || len(stands) == 0 {
		now.became = last.Becomes(manifest.Digest(now.file), now.number)
	}
	return now, nil
}

// noteSaid notes that a registered connection is just as a file describes it.
func (i *Inventory) noteSaid(ctx context.Context, c *store.Change, file catalog.Connection, number int64) error {
	said := records.Said{Digest: manifest.Digest(file), Number: number}
	read, err := records.Furnishings.Some(ctx, i.Store, connectionWord)
	if err != nil {
		return err
	}
	if len(read) == 0 {
		records.Furnishings.Insert(c, records.Furnished{What: connectionWord, Said: map[string]records.Said{file.Name: said}})
		return nil
	}
	next := maps.Clone(read[0].Value.Said)
	if next[file.Name] == said {
		return nil
	}
	if next == nil {
		next = map[string]records.Said{}
	}
	next[file.Name] = said
	records.Furnishings.Update(c, read[0], records.Furnished{What: connectionWord, Said: next})
	return nil
}

// forgetSaid forgets the connections that the file holds no more.
func (i *Inventory) forgetSaid(ctx context.Context, held map[string]bool) error {
	return i.Commit(ctx, func(c *store.Change) error {
		read, err := records.Furnishings.Some(ctx, i.Store, connectionWord)
		if err != nil || len(read) == 0 {
			return err
		}
		now := maps.Clone(read[0].Value.Said)
		maps.DeleteFunc(now, func(name string, _ records.Said) bool { return !held[name] })
		if len(now) < len(read[0].Value.Said) {
			records.Furnishings.Update(c, read[0], records.Furnished{What: connectionWord, Said: now})
		}
		return nil
	})
}

// ConnectionFurnishing is the proposal to register a connection as a file has changed it.
type ConnectionFurnishing struct{ ConnectionChange }

// Kind is the kind of its proposals.
func (*ConnectionFurnishing) Kind() manifest.ProposalKind { return "connection.furnish" }

// CarryOut registers the connection, and notes that the file is carried out so far.
func (a *ConnectionFurnishing) CarryOut(ctx context.Context, d *governance.Revision) error {
	old, err := records.Connections.Some(ctx, a.Inventory.Store, a.Connection.Name)
	if err != nil {
		return err
	}
	number := int64(1) // as each store counts its writes
	if len(old) > 0 {
		number = old[0].Version + 1
	}
	d.OfFile()
	if err := a.ConnectionChange.CarryOut(ctx, d); err != nil {
		return err
	}
	return a.Inventory.noteSaid(ctx, d.C, a.Connection, number)
}
