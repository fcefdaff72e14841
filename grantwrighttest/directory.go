package grantwrighttest

import (
	"context"
	"slices"
	"sync"

	"github.com/grantwright/grantwright/request"
)

// Person returns somebody who is in some groups and holds no permission. Of "eve" the ID
// is eve@example.com, and the attribute "login", by which platforms know her, is eve.
func Person(name string, groups ...string) request.Identity {
	return request.Identity{ID: name + "@example.com", Name: name, Groups: append([]string{}, groups...), Attributes: map[string][]string{"login": {name}}}
}

// Admin returns somebody who holds every permission: for what a test has to set up.
func Admin() request.Identity {
	admin := Person("admin")
	admin.Permissions = []request.Permission{request.Admin, request.Governance, request.Audit}
	return admin
}

// Directory is a request.Directory of people who come, change and go. The zero Directory
// knows nobody.
type Directory struct {
	mu   sync.Mutex
	of   request.Roster
	fail error
}

// Put adds people, each in the place of whoever had the same ID.
func (d *Directory) Put(people ...request.Identity) {
	for _, who := range people {
		d.Remove(who.Person())
		d.mu.Lock()
		d.of = append(d.of, who)
		d.mu.Unlock()
	}
}

// Remove lets somebody leave.
func (d *Directory) Remove(id request.PersonID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of = slices.DeleteFunc(slices.Clone(d.of), func(i request.Identity) bool { return i.Person() == id })
}

// Fail makes the directory answer with an error until it is called with nil.
func (d *Directory) Fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = err
}

func (d *Directory) now() (request.Roster, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.of), d.fail
}

// Lookup finds a person.
func (d *Directory) Lookup(ctx context.Context, id request.PersonID) (request.Identity, error) {
	of, err := d.now()
	if err != nil {
		return request.Identity{}, err
	}
	return of.Lookup(ctx, id)
}

// People finds those who meet a criterion.
func (d *Directory) People(ctx context.Context, c request.Criterion, after request.PersonID, limit int) ([]request.Identity, bool, error) {
	of, err := d.now()
	if err != nil {
		return nil, false, err
	}
	return of.People(ctx, c, after, limit)
}
