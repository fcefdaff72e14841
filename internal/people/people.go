// Package people looks people up in the directory, and knows who is disabled, which
// connections are frozen, and who substitutes for whom.
package people

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// People looks people up: in the directory, among the stop switches and among the
// substitutions.
type People struct {
	*journal.Journal
	Directory request.Directory

	// Changed is called in the background when somebody has come with other
	// attributes than before.
	Changed func(ctx context.Context, who request.PersonID)
}

// The bounds of a search for people.
const (
	pageSize = 500    // at a time
	maxFound = 10_000 // in all; where there are more, not all are known
)

// With finds everybody who meets a criterion now, as far as the directory knows;
// complete says that it knows them all. Disabled people are left out.
func (pp *People) With(ctx context.Context, c request.Criterion) (who []request.Identity, complete bool, err error) {
	who, complete, err = pp.EverybodyWith(ctx, c)
	if err != nil {
		return nil, false, err
	}
	who, err = pp.withoutDisabled(ctx, who)
	return who, complete, err
}

// EverybodyWith is With, and includes disabled people.
func (pp *People) EverybodyWith(ctx context.Context, c request.Criterion) (who []request.Identity, complete bool, err error) {
	after := request.PersonID("")
	for range maxFound / pageSize {
		page, all, err := pp.page(ctx, c, after, pageSize)
		if err != nil {
			return nil, false, fmt.Errorf("grantwright: looking for people with %s: %w", c, err)
		}
		for _, i := range page {
			if i.Person() <= after {
				return nil, false, fmt.Errorf("grantwright: the directory lists people with %s out of order", c)
			}
			if after = i.Person(); c.Holds(i) && i.Check() == nil {
				who = append(who, i)
			}
		}
		if len(page) < pageSize {
			return who, all, nil
		}
	}
	return who, false, nil
}

func (pp *People) page(ctx context.Context, c request.Criterion, after request.PersonID, limit int) ([]request.Identity, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, pp.Timeout)
	defer cancel()
	return pp.Directory.People(ctx, c, after, limit)
}

// Page lists some of those who meet a criterion, by id, from the one after a given id.
func (pp *People) Page(ctx context.Context, c request.Criterion, after request.PersonID, limit int) ([]request.Identity, error) {
	who, _, err := pp.page(ctx, c, after, limit)
	return who, err
}

// First finds the first people who meet a criterion, at most so many; all says that there
// is nobody else. Disabled people are left out.
func (pp *People) First(ctx context.Context, c request.Criterion, most int) (who []request.Identity, all bool, err error) {
	found, complete, err := pp.page(ctx, c, "", most+1)
	if err != nil {
		return nil, false, err
	}
	for _, i := range found[:min(len(found), most)] {
		if c.Holds(i) && i.Check() == nil {
			who = append(who, i)
		}
	}
	who, err = pp.withoutDisabled(ctx, who)
	return who, complete && len(found) <= most, err
}

// Some reports whether the directory knows anybody who meets a criterion, and whether it
// knows everybody who does.
func (pp *People) Some(ctx context.Context, c request.Criterion) (some, complete bool, err error) {
	who, complete, err := pp.page(ctx, c, "", 1)
	return len(who) > 0, complete, err
}

// Person returns somebody as they are now: whoever acts as the host has just
// vouched for them, others as the directory knows them.
func (pp *People) Person(ctx context.Context, id request.PersonID, by request.Identity) (request.Identity, error) {
	if id == by.Person() {
		return by, nil
	}
	ctx, cancel := context.WithTimeout(ctx, pp.Timeout)
	defer cancel()
	return known(id)(pp.directoryOf(id).Lookup(ctx, id))
}

// directoryOf is the directory that knows somebody: the services of tokens are among our
// own records.
func (pp *People) directoryOf(id request.PersonID) request.Directory {
	if id.Identity().Issuer == request.ServiceIssuer {
		return store.Directory{Store: pp.Store}
	}
	return pp.Directory
}

// Keys are the records of some people, where the directory reads those of the store.
func (pp *People) Keys(who ...request.PersonID) []store.Key {
	if d, is := pp.Directory.(store.Directory); !is || d.Store != pp.Store {
		return nil
	}
	keys := make([]store.Key, len(who))
	for i, id := range who {
		keys[i] = store.People.Key(id)
	}
	return keys
}

// known refuses an identity that a directory returns under an id that is not its
// own, as a directory does that ignores case: one person would be two to us.
func known(id request.PersonID) func(request.Identity, error) (request.Identity, error) {
	return func(i request.Identity, err error) (request.Identity, error) {
		if err == nil {
			err = i.Check()
		}
		if err == nil && i.Person() != id {
			err = fmt.Errorf("%w: %q, whom the directory knows as %q", request.ErrUnknownPerson, id, i.Person())
		}
		if err != nil {
			return request.Identity{}, err
		}
		return i, nil
	}
}

// Remember adds the acting person to a change, as the host has just vouched for
// them. What the host does not know this time stays as it was, and so does the service of
// a token, as it was recorded when the token was issued.
func (pp *People) Remember(ctx context.Context, c *store.Change, by request.Identity) error {
	if by.Issuer == request.ServiceIssuer {
		return nil
	}
	seen, err := store.People.Get(ctx, pp.Store, by.Person())
	switch by = by.Keeping(seen.Value); {
	case errors.Is(err, store.ErrNotFound):
		store.People.Insert(c, by)
	case err != nil:
		return err
	case !reflect.DeepEqual(seen.Value, by):
		store.People.Update(c, seen, by)
		store.AfterCommit(ctx, func() {
			pp.Background(func(ctx context.Context) { pp.Changed(ctx, by.Person()) })
		})
	}
	return nil
}

// PersonOrID is Person for somebody who has to be named although the directory may
// not know them any more: then only the id is filled in.
func (pp *People) PersonOrID(ctx context.Context, id request.PersonID, by request.Identity) (request.Identity, error) {
	i, err := pp.Person(ctx, id, by)
	if errors.Is(err, request.ErrUnknownPerson) {
		return id.Identity(), nil
	}
	return i, err
}

// Names finds what some people are called, where that is known. Nothing depends on
// it: without the directory their ids have to do.
func (pp *People) Names(ctx context.Context, by request.Identity, people []request.PersonID) map[request.PersonID]string {
	names := map[request.PersonID]string{}
	for _, id := range people {
		if _, asked := names[id]; asked {
			continue
		}
		i, err := pp.PersonOrID(ctx, id, by)
		if err != nil {
			pp.Logger.WarnContext(ctx, "people are shown without their names", "error", err)
			break
		}
		names[id] = i.Name
	}
	maps.DeleteFunc(names, func(_ request.PersonID, name string) bool { return name == "" })
	return names
}
