package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
)

// person is somebody of the generated organisation.
type person struct {
	id         request.PersonID
	department int
	projects   []int
	role       int
	country    int
	level      int
	contractor bool
	trained    bool
}

// asset is a table of the generated organisation.
type asset struct {
	number     int
	ref        catalog.Ref
	schema     int
	connection int
	tags       []int
}

// size is how large an organisation is.
type size struct{ people, assets, schemas, connections, departments, projects, tags, roles, countries int }

// full is the organisation that the issue names; its other numbers are ours.
var full = size{people: 5000, assets: 2000, schemas: 160, connections: 8, departments: 40, projects: 60, tags: 12, roles: 6, countries: 12}

// organisation has people, assets and, hidden from whoever learns, rules.
type organisation struct {
	size
	rng     *rand.Rand
	people  []person
	assets  []asset
	schemas []schema
	rules   *rules
	popular []int // assets, the often asked for many times
}

// schema belongs to a department.
type schema struct {
	connection, owner int
	tags              []int
	assets            []int
}

func generate(s size, seed uint64) *organisation {
	o := &organisation{size: s, rng: rand.New(rand.NewPCG(seed, 19))}
	for range s.schemas {
		c := schema{connection: o.skewed(s.connections), owner: o.rng.IntN(s.departments)}
		for range o.rng.IntN(3) {
			c.tags = append(c.tags, o.rng.IntN(s.tags))
		}
		o.schemas = append(o.schemas, c)
	}
	for i := range s.assets {
		in := o.skewed(s.schemas)
		a := asset{number: i, schema: in, connection: o.schemas[in].connection, tags: slices.Clone(o.schemas[in].tags)}
		if o.rng.Float64() < 0.4 {
			a.tags = append(a.tags, o.rng.IntN(s.tags))
		}
		slices.Sort(a.tags)
		a.tags = slices.Compact(a.tags)
		a.ref = catalog.Ref(fmt.Sprintf("warehouse%d:db.schema%d.table%d", a.connection, in, i))
		o.assets = append(o.assets, a)
		o.schemas[in].assets = append(o.schemas[in].assets, i)
		for range 1 + int(6/(1+o.rng.Float64()*8)) {
			o.popular = append(o.popular, i)
		}
	}
	for i := range s.people {
		p := person{id: request.PersonID(fmt.Sprintf("person%d@example.com", i)), department: o.skewed(s.departments), role: o.rng.IntN(s.roles),
			country: o.skewed(s.countries), level: 1 + o.rng.IntN(6), contractor: o.rng.Float64() < 0.15, trained: o.rng.Float64() < 0.7}
		for range o.rng.IntN(4) {
			p.projects = append(p.projects, o.rng.IntN(s.projects))
		}
		slices.Sort(p.projects)
		p.projects = slices.Compact(p.projects)
		o.people = append(o.people, p)
	}
	o.rules = o.draw()
	return o
}

// skewed draws one of n, low ones more often.
func (o *organisation) skewed(n int) int { return min(o.rng.IntN(n), o.rng.IntN(n)) }

// asking is a request with the determination that came of it.
type asking struct {
	who      *person
	on       *asset
	write    bool
	endless  bool
	days     int
	mask     bool
	at       time.Time
	approved bool
}

// noise is how often a steward does not follow the rules.
const noise = 0.05

// between is the time between two determinations: 200,000 take two years.
const between = 5 * time.Minute

// ask makes a request, and has it decided.
func (o *organisation) ask(i int) asking {
	who := &o.people[o.rng.IntN(len(o.people))]
	on := &o.assets[o.popular[o.rng.IntN(len(o.popular))]]
	if o.rng.Float64() < 0.55 { // mostly people ask for what is near to their work
		for range 30 {
			if o.rules.friend(who.department, on.schema) || o.schemas[on.schema].owner == who.department {
				break
			}
			on = &o.assets[o.popular[o.rng.IntN(len(o.popular))]]
		}
	}
	a := asking{who: who, on: on, write: o.rng.Float64() < 0.15, endless: o.rng.Float64() < 0.2, days: []int{7, 30, 90, 180, 365}[o.rng.IntN(5)],
		mask: o.rng.Float64() < 0.1, at: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * between)}
	a.approved = o.rules.allow(a)
	if o.rng.Float64() < noise {
		a.approved = !a.approved
	}
	return a
}

// features are what precedent compares of a request.
func (a asking) features() assist.Features {
	f := assist.Features{Type: request.DataAccess, Privilege: request.Read, Asset: a.on.ref, Beneficiary: a.who.id, Duration: request.For(a.days, request.Days)}
	if a.mask {
		f.Type = request.MaskingException
	}
	if a.write {
		f.Privilege = request.ReadWrite
	}
	if a.endless {
		f.Duration = request.Endless
	}
	for _, t := range a.on.tags {
		f.Tags = append(f.Tags, fmt.Sprintf("tag%d", t))
	}
	f.Groups = []string{"staff", fmt.Sprintf("department%d", a.who.department), fmt.Sprintf("role%d", a.who.role)}
	for _, p := range a.who.projects {
		f.Groups = append(f.Groups, fmt.Sprintf("project%d", p))
	}
	yes := func(b bool) string { return map[bool]string{true: "yes", false: "no"}[b] }
	f.Attributes = []string{fmt.Sprintf("country=%d", a.who.country), fmt.Sprintf("level=%d", a.who.level), "contractor=" + yes(a.who.contractor), "trained=" + yes(a.who.trained)}
	return f
}
