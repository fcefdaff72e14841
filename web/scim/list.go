package scim

import (
	"net/http"
	"strconv"

	scimerrors "github.com/elimity-com/scim/errors"
)

// maxCount is the most resources in one answer.
const maxCount = 200

// maxListed bounds how many people, or groups, are looked through for one answer.
const maxListed = 200_000

// page is which part of a list is asked for (RFC 7644, section 3.4.2.4).
type page struct{ start, count int }

func pageOf(r *http.Request) (page, error) {
	p := page{1, 100}
	for name, into := range map[string]*int{"startIndex": &p.start, "count": &p.count} {
		text := r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return p, invalidValue("%s must be a number", name)
		}
		*into = n
	}
	if r.URL.Query().Get("sortBy") != "" {
		return p, refusal(http.StatusBadRequest, scimerrors.ScimTypeInvalidValue, "sorting is not supported; /ServiceProviderConfig says so")
	}
	p.start, p.count = max(p.start, 1), min(max(p.count, 0), maxCount)
	return p, nil
}

// list is an answer with several resources.
type list struct {
	Schemas      []string   `json:"schemas"`
	TotalResults int        `json:"totalResults"`
	StartIndex   int        `json:"startIndex"`
	ItemsPerPage int        `json:"itemsPerPage"`
	Resources    []resource `json:"Resources"`
}

// listed collects the part of a list that is asked for, and counts the rest.
func listed[T any](p page, each func(func(T) (bool, error)) error, show func(T) (resource, error), holds func(T) (bool, error)) (list, error) {
	out := list{Schemas: []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}, StartIndex: p.start, Resources: []resource{}}
	seen := 0
	err := each(func(one T) (bool, error) {
		if seen++; seen > maxListed {
			return false, refusal(http.StatusBadRequest, scimerrors.ScimTypeTooMany, "there are more than %d; ask with a filter on id, externalId or a name", maxListed)
		}
		ok, err := holds(one)
		if err != nil || !ok {
			return err == nil, err
		}
		if out.TotalResults++; out.TotalResults < p.start || len(out.Resources) >= p.count {
			return true, nil
		}
		res, err := show(one)
		out.Resources = append(out.Resources, res)
		return true, err
	})
	out.ItemsPerPage = len(out.Resources)
	return out, err
}
