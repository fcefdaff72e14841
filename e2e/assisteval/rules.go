package main

// rules are what the stewards of the organisation go by. Nobody else reads them.
type rules struct {
	o          *organisation
	friends    map[[2]int]bool // departments by schema that its stewards let in
	allowed    map[[2]int]bool // departments that may read what has a tag
	restricted map[int]bool    // tags that only allowed departments may read
	training   map[int]bool    // tags that need training
	inside     map[int]bool    // tags that contractors never get
	projects   map[[2]int]bool // projects by schema
	countries  map[[2]int]bool // countries that are kept out of a connection
	whims      map[int]int     // of stewards of an asset: 1 lets all in, 2 nobody
	open       map[[2]int]bool // roles by tag that are always welcome
	lenient    map[int]bool    // schemas whose stewards say yes if nothing speaks against it
	senior     map[int]int     // by connection, the level from which no end is accepted
}

func (r *rules) friend(department, schema int) bool { return r.friends[[2]int{department, schema}] }

// draw makes the rules of an organisation.
func (o *organisation) draw() *rules {
	r := &rules{o: o, friends: map[[2]int]bool{}, allowed: map[[2]int]bool{}, restricted: map[int]bool{}, training: map[int]bool{}, inside: map[int]bool{},
		projects: map[[2]int]bool{}, countries: map[[2]int]bool{}, whims: map[int]int{}, open: map[[2]int]bool{}, lenient: map[int]bool{}, senior: map[int]int{}}
	for s := range o.size.schemas {
		r.drawSchema(s)
	}
	for t := range o.tags {
		r.drawTag(t)
	}
	for c := range o.connections {
		r.senior[c] = 2 + o.rng.IntN(5)
		for country := range o.countries {
			r.countries[[2]int{country, c}] = o.rng.Float64() < 0.1
		}
	}
	for a := range o.size.assets {
		if o.rng.Float64() < 0.08 {
			r.whims[a] = 1 + o.rng.IntN(2)
		}
	}
	return r
}

func (r *rules) drawSchema(s int) {
	o := r.o
	for d := range o.departments {
		r.friends[[2]int{d, s}] = o.rng.Float64() < 0.1
	}
	for p := range o.projects {
		r.projects[[2]int{p, s}] = o.rng.Float64() < 0.04
	}
	r.lenient[s] = o.rng.Float64() < 0.65
}

func (r *rules) drawTag(t int) {
	o := r.o
	r.restricted[t], r.training[t], r.inside[t] = o.rng.Float64() < 0.25, o.rng.Float64() < 0.25, o.rng.Float64() < 0.25
	for d := range o.departments {
		r.allowed[[2]int{d, t}] = o.rng.Float64() < 0.4
	}
	for role := range o.roles {
		r.open[[2]int{role, t}] = o.rng.Float64() < 0.08
	}
}

// change draws half of the rules anew.
func (r *rules) change() {
	o := r.o
	for s := range o.size.schemas {
		if o.rng.Float64() < 0.5 {
			r.drawSchema(s)
		}
	}
	for t := range o.tags {
		if o.rng.Float64() < 0.5 {
			r.drawTag(t)
		}
	}
	for a := range o.size.assets {
		if r.whims[a] != 0 && o.rng.Float64() < 0.5 {
			r.whims[a] = 3 - r.whims[a]
		}
	}
}

// allow says whether a steward who follows the rules approves: the first that holds decides.
func (r *rules) allow(a asking) bool {
	p, schema := a.who, r.o.schemas[a.on.schema]
	own := schema.owner == p.department
	for _, t := range a.on.tags {
		if r.inside[t] && p.contractor || r.training[t] && !p.trained || r.restricted[t] && !own && !r.allowed[[2]int{p.department, t}] {
			return false
		}
	}
	switch whim := r.whims[a.on.number]; {
	case whim != 0:
		return whim == 1
	case r.countries[[2]int{p.country, a.on.connection}]:
		return false
	case a.write && !own, a.mask && len(a.on.tags) > 0 && p.level < 4, a.endless && p.level < r.senior[a.on.connection]:
		return false
	case own || r.friend(p.department, a.on.schema):
		return true
	}
	for _, project := range p.projects {
		if r.projects[[2]int{project, a.on.schema}] {
			return true
		}
	}
	for _, t := range a.on.tags {
		if r.open[[2]int{p.role, t}] {
			return true
		}
	}
	return r.lenient[a.on.schema]
}
