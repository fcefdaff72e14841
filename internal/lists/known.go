package lists

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// similar is how many names are suggested for one that nothing has, and lookedAt among how
// many people they are looked for.
const (
	similar  = 5
	lookedAt = 500
)

// CheckPlace refuses a Ref that nothing has: there is no such asset and no such connection,
// and no grant ever was there. The error is a *catalog.UnknownError.
func (l *Lists) CheckPlace(ctx context.Context, ref catalog.Ref) error {
	var err error
	if ref.Path() == nil {
		_, err = records.Connections.Get(ctx, l.Store, ref.Connection())
	} else {
		_, err = l.Rules.Inventory.Asset(ctx, ref)
	}
	if !errors.Is(err, catalog.ErrNotFound) && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	grants, err := records.GrantsOn.Find(ctx, l.Store, ref, store.Position{}, 1)
	if err != nil || len(grants) > 0 {
		return err
	}
	all, err := l.similarAssets(ctx, ref)
	if err != nil {
		return err
	}
	return &catalog.UnknownError{Name: string(ref), Similar: all}
}

var word = regexp.MustCompile(`[\pL\pN]+`)

// similarAssets are assets whose names have the words of a Ref that nothing has, or some
// whose names begin like them. What is not below a connection may be the name of an asset.
func (l *Lists) similarAssets(ctx context.Context, ref catalog.Ref) (all []catalog.Asset, err error) {
	name := ref.Connection()
	if path := ref.Path(); len(path) > 0 {
		name = path[len(path)-1]
	}
	words := word.FindAllString(name, -1)
	if len(words) == 0 {
		return nil, nil
	}
	places := []catalog.Ref{""}
	if ref.Path() != nil {
		places = []catalog.Ref{catalog.Ref(ref.Connection()), ""} // near it first
	}
	for _, text := range []string{strings.Join(words, " "), words[0], beginning(words[0], 4), beginning(words[0], 2)} {
		for _, place := range places {
			found, err := l.Rules.Inventory.Search(ctx, catalog.Query{Text: text, Below: place, Limit: similar})
			if err != nil || len(found) > 0 {
				return found, err
			}
		}
	}
	return nil, nil
}

func beginning(text string, runes int) string {
	all := []rune(text)
	return string(all[:min(len(all), runes)])
}

// Accounts are a person and the groups that they are in now. An id that nobody has is refused:
// the directory does not know it, neither as a person nor as a group, and it never had a
// request or a grant. The error is a *request.UnknownError then.
func (l *Lists) Accounts(ctx context.Context, by request.Identity, id request.PersonID) ([]request.PersonID, error) {
	who, err := l.Rules.People.Person(ctx, id, by)
	if errors.Is(err, request.ErrUnknownPerson) {
		return []request.PersonID{id}, l.checkPerson(ctx, id)
	}
	return append([]request.PersonID{id}, who.GroupIDs()...), err
}

// checkPerson refuses the id of somebody whom the directory does not know, unless there is a
// trace of them.
func (l *Lists) checkPerson(ctx context.Context, id request.PersonID) error {
	members, _, err := l.Rules.People.Some(ctx, request.Criterion{Group: string(id)})
	if err != nil || members {
		return err
	}
	grants, err := records.GrantsFor.Find(ctx, l.Store, id, store.Position{}, 1)
	if err != nil || len(grants) > 0 {
		return err
	}
	asked, err := records.RequestsOf.Find(ctx, l.Store, id, store.Position{}, 1)
	if err != nil || len(asked) > 0 {
		return err
	}
	all, err := l.similarPeople(ctx, id)
	if err != nil {
		return err
	}
	return &request.UnknownError{Person: id, Similar: all}
}

// similarPeople are some of the first people of the directory, and of those behind an id,
// whose id or name holds the id, or begins like it.
func (l *Lists) similarPeople(ctx context.Context, id request.PersonID) (all []request.Identity, err error) {
	text := strings.ToLower(id.Identity().ID)
	name, _, _ := strings.Cut(text, "@")
	for _, after := range []request.PersonID{request.PersonID(beginning(string(id), 2)), ""} {
		page, err := l.Rules.People.Page(ctx, request.Criterion{Everybody: true}, after, lookedAt)
		if err != nil {
			return nil, err
		}
		for _, who := range page {
			like := name != "" && strings.Contains(strings.ToLower(who.ID), name) || strings.Contains(strings.ToLower(who.Name), text)
			seen := slices.ContainsFunc(all, func(o request.Identity) bool { return o.Person() == who.Person() })
			if like && !seen && len(all) < similar {
				all = append(all, who)
			}
		}
	}
	return all, nil
}
