package people

import (
	"context"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Find finds people whose id, name or surname begins with a text, at most limit of them, by
// their ids. It knows those who have been seen here, or who are enrolled.
func (pp *People) Find(ctx context.Context, text string, limit int) ([]request.Identity, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return nil, nil
	}
	var all []request.Identity
	for _, index := range store.PeopleByNames {
		found, err := journal.Values(index.Find(ctx, pp.Store, "", store.Position{Order: text}, limit))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	all = slices.DeleteFunc(all, func(i request.Identity) bool { return !begins(i, text) || i.Check() != nil })
	slices.SortFunc(all, func(a, b request.Identity) int { return strings.Compare(string(a.Person()), string(b.Person())) })
	all = slices.CompactFunc(all, func(a, b request.Identity) bool { return a.Person() == b.Person() })
	return all[:min(len(all), limit)], nil
}

func begins(i request.Identity, text string) bool {
	name := strings.ToLower(strings.Join(strings.Fields(i.Name), " "))
	return strings.HasPrefix(strings.ToLower(i.ID), text) || strings.HasPrefix(name, text) ||
		strings.HasPrefix(name[strings.LastIndexByte(name, ' ')+1:], text)
}

// Groups finds groups whose names begin with a text, at most limit of them: those of people
// who have been seen, and those that a provider of identities keeps here. It looks at the
// first of each alone, so that there may be more.
func (pp *People) Groups(ctx context.Context, text string, limit int) (all []string, err error) {
	seen, err := journal.Values(store.People.All(ctx, pp.Store, "", store.MaxPage))
	if err != nil {
		return nil, err
	}
	for _, i := range seen {
		all = append(all, i.Groups...)
	}
	enrolled, err := journal.Values(records.EnrolledGroups.All(ctx, pp.Store, "", store.MaxPage))
	if err != nil {
		return nil, err
	}
	for _, g := range enrolled {
		if !g.Gone {
			all = append(all, g.Key)
		}
	}
	text = strings.ToLower(strings.TrimSpace(text))
	all = slices.DeleteFunc(all, func(g string) bool { return !strings.HasPrefix(strings.ToLower(g), text) })
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), limit)], nil
}
