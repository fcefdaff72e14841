package people

import (
	"context"
	"errors"
	"strings"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// searchedPages bounds the pages of the directory that one search reads.
const searchedPages = 10

// Search lists people whom the directory knows, by id, from the one after a given id: those
// whose id, name or e-mail address holds a text, whatever its case; without a text, all. A
// page may be shorter although others follow: next is the id after which the next one begins,
// and empty at the end.
func (pp *People) Search(ctx context.Context, text string, after request.PersonID, limit int) (who []request.Identity, next request.PersonID, err error) {
	text = strings.ToLower(strings.TrimSpace(text))
	for range searchedPages {
		page, _, err := pp.page(ctx, request.Criterion{Everybody: true}, after, pageSize)
		if err != nil {
			return nil, "", err
		}
		for _, i := range page {
			if after = i.Person(); !speaksOf(i, text) {
				continue
			}
			if len(who) == limit {
				return who, who[limit-1].Person(), nil
			}
			who = append(who, i)
		}
		if len(page) < pageSize {
			return who, "", nil
		}
	}
	return who, after, nil
}

func speaksOf(i request.Identity, text string) bool {
	for _, of := range []string{string(i.Person()), i.Name, i.Email} {
		if strings.Contains(strings.ToLower(of), text) {
			return true
		}
	}
	return false
}

// Profile is what is known of a person.
func (pp *People) Profile(ctx context.Context, id request.PersonID) (provision.Profile, error) {
	profile := provision.Profile{Identity: id.Identity()}
	who, err := pp.Person(ctx, id, request.Identity{})
	switch {
	case errors.Is(err, request.ErrUnknownPerson):
		if err := pp.CheckKnown(ctx, id); err != nil {
			return provision.Profile{}, err
		}
	case err != nil:
		return provision.Profile{}, err
	default:
		profile.Identity, profile.InDirectory = who, true
	}
	if profile.Disabled, err = pp.Stop(ctx, provision.StoppedPerson(id)); err != nil {
		return provision.Profile{}, err
	}
	claims, err := journal.Values(records.ClaimsOf.Find(ctx, pp.Store, id, store.Position{}, store.MaxPage))
	for _, c := range claims {
		profile.Principals = append(profile.Principals, provision.HeldPrincipal{Connection: c.Connection, Principal: c.Principal})
	}
	return profile, err
}

// CheckKnown refuses the id of somebody of whom there is no trace: the directory does not
// know them, they were never seen, they have no principal and no switch is set of them. A
// typing error in an id finds nobody.
func (pp *People) CheckKnown(ctx context.Context, id request.PersonID) error {
	_, err := pp.Person(ctx, id, request.Identity{})
	if err == nil || !errors.Is(err, request.ErrUnknownPerson) {
		return err
	}
	seen, err := pp.Store.Get(ctx, store.People.Key(id), records.Stops.Key(provision.StoppedPerson(id)))
	if err != nil || len(seen) > 0 {
		return err
	}
	claims, err := records.ClaimsOf.Find(ctx, pp.Store, id, store.Position{}, 1)
	if err != nil || len(claims) > 0 {
		return err
	}
	requests, err := records.RequestsOf.Find(ctx, pp.Store, id, store.Position{}, 1)
	if err != nil || len(requests) > 0 {
		return err
	}
	return &request.InvalidError{What: "person", Faults: []request.Fault{{Field: "person", Reason: "is nobody known here; look for a typing error, or say that the id is meant although nobody has come under it yet"}}}
}
