package comparison

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/internal/formula"
)

// made is a request that nobody has made, of facts that a search has found.
type made struct {
	found                  *formula.Found
	req                    request.Request
	form                   request.Form
	asset                  catalog.Asset
	tags                   []string
	requester, beneficiary request.Identity
}

// madeAt is when it would be submitted.
var madeAt = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// madeUp makes a request of what was found; false where no request has such facts.
func madeUp(found *formula.Found) (*made, bool) {
	m := &made{found: found}
	m.req = request.Request{
		Type:      request.Type(m.text("request.type", string(request.DataAccess))),
		Privilege: request.Privilege(m.text("request.privilege", string(request.Read))),
		Columns:   m.list("request.columns"),
		Duration:  request.For(1, request.Days),
	}
	if t, spoken := found.Time("request.duration"); spoken {
		m.req.Duration = t.Says
	}
	if !m.setAsset() || !m.setPeople() {
		return nil, false
	}
	m.req.Requester, m.req.Beneficiary, m.req.Asset = m.requester.Person(), m.beneficiary.Person(), m.asset.Ref
	m.setAnswers()
	return m, true
}

func (m *made) facts() review.Facts {
	f := review.NewFacts(m.req, m.form, m.asset, m.requester, m.beneficiary, madeAt)
	f.Asset = review.FactsOfAsset(m.asset, m.tags)
	if m.found.Is("known", "assist.risk", true) {
		f.Assist.Risk = m.text("assist.risk", "UNDETERMINED")
	}
	return f
}

// text is one that a fact may be: a usual one, if that may be.
func (m *made) text(fact, usual string) string {
	texts := m.found.Texts(fact)
	if len(texts) == 0 || slices.Contains(texts, usual) {
		return usual
	}
	return texts[0]
}

func (m *made) list(fact string) []string {
	all, _ := m.found.List(fact)
	return all
}

// may reports whether a fact may be a text.
func (m *made) may(fact, text string) bool {
	texts := m.found.Texts(fact)
	return texts == nil || slices.Contains(texts, text)
}

func (m *made) setAsset() bool {
	m.asset = catalog.Asset{
		Kind:       catalog.Kind(m.text("asset.kind", string(catalog.Table))),
		Technology: m.text("asset.technology", "postgres"),
		Source: catalog.Claims{Owner: m.text("asset.source.owner", "owner"), Comment: m.text("asset.source.comment", ""),
			Tags: m.list("asset.source.tags")},
	}
	for _, c := range m.list("asset.columns") {
		m.asset.Columns = append(m.asset.Columns, catalog.Column{Name: c})
	}
	m.tags = m.list("asset.tags")
	for _, text := range m.found.Texts("asset.ref") {
		if m.called(catalog.Ref(text)) {
			m.asset.Ref = catalog.Ref(text)
			return true
		}
	}
	if m.found.Texts("asset.ref") != nil {
		return false
	}
	ref, err := catalog.NewRef(m.text("asset.connection", "warehouse"), m.path()...)
	m.asset.Ref = ref
	return err == nil && m.called(ref)
}

// path are the parts of a name that fit all that is asked of them.
func (m *made) path() []string {
	depth := 3
	if at, spoken := m.found.Number("depth", "asset.path"); spoken {
		depth = at
	}
	usual := []string{"sales", "public", "orders"}
	var path []string
	for i := range depth {
		path = append(path, m.text(formula.PartOfName(i), usual[min(i, 2)]))
	}
	if last := depth - 1; last >= 0 && m.found.Texts("asset.name") != nil {
		for _, name := range m.found.Texts("asset.name") {
			if m.may(formula.PartOfName(last), name) {
				path[last] = name
				break
			}
		}
	}
	for _, part := range m.list("asset.path") {
		free := func(i int) bool {
			return path[i] != part && m.may(formula.PartOfName(i), part) && (i < depth-1 || m.may("asset.name", part))
		}
		for i := range path {
			if !slices.Contains(path, part) && free(i) {
				path[i] = part
			}
		}
	}
	return path
}

// called reports whether a name is as was asked.
func (m *made) called(ref catalog.Ref) bool {
	if !m.may("asset.connection", ref.Connection()) || !m.may("asset.name", ref.Name()) {
		return false
	}
	if same, err := catalog.ParseRef(string(ref)); err != nil || same != ref {
		return false
	}
	path := ref.Path()
	if at, spoken := m.found.Number("depth", "asset.path"); spoken && at != len(path) {
		return false
	}
	for i, part := range path {
		if !m.may(formula.PartOfName(i), part) {
			return false
		}
	}
	return true
}

func (m *made) setPeople() bool {
	m.requester, m.beneficiary = m.person("requester"), m.person("beneficiary")
	if m.requester.Person() != m.beneficiary.Person() {
		return true
	}
	one, is := merged(m.found, m.requester, m.beneficiary)
	m.requester, m.beneficiary = one, one
	return is
}

// merged makes one person of two with the same id; false where these differ in what was
// asked of both.
func merged(found *formula.Found, a, b request.Identity) (request.Identity, bool) {
	narrowed := found.Narrowed()
	asked := func(who, fact string) bool {
		return slices.ContainsFunc(narrowed, func(n string) bool { return n == who+"."+fact || strings.HasPrefix(n, who+"."+fact+".") })
	}
	for _, same := range []struct {
		fact string
		is   bool
		copy func(to *request.Identity, from request.Identity)
	}{
		{"groups", fmt.Sprintf("%#v", a.Groups) == fmt.Sprintf("%#v", b.Groups), func(to *request.Identity, from request.Identity) { to.Groups = from.Groups }},
		{"attributes", fmt.Sprintf("%#v", a.Attributes) == fmt.Sprintf("%#v", b.Attributes), func(to *request.Identity, from request.Identity) { to.Attributes = from.Attributes }},
		{"permissions", slices.Equal(a.Permissions, b.Permissions), func(to *request.Identity, from request.Identity) { to.Permissions = from.Permissions }},
		{"name", a.Name == b.Name, func(to *request.Identity, from request.Identity) { to.Name = from.Name }},
		{"kind", a.Kind == b.Kind, func(to *request.Identity, from request.Identity) { to.Kind = from.Kind }},
		{"owner", a.Owner == b.Owner, func(to *request.Identity, from request.Identity) { to.Owner = from.Owner }},
	} {
		switch {
		case same.is:
		case !asked("requester", same.fact):
			same.copy(&a, b)
		case asked("beneficiary", same.fact):
			return a, false
		}
	}
	return a, true
}

func (m *made) person(who string) request.Identity {
	i := request.PersonID(m.text(who+".person", who+"@example.com")).Identity()
	i.Name, i.Owner = m.text(who+".name", ""), request.PersonID(m.text(who+".owner", ""))
	i.Kind = request.IdentityKind(m.text(who+".kind", string(request.Person)))
	for _, p := range m.list(who + ".permissions") {
		i.Permissions = append(i.Permissions, request.Permission(p))
	}
	if m.found.Is("known", who+".groups", true) {
		i.Groups = append([]string{}, m.list(who+".groups")...)
	}
	if m.found.Is("known", who+".attributes", true) {
		i.Attributes = map[string][]string{}
		for _, key := range m.found.Facts(who + ".attributes.") {
			if fact := who + ".attributes." + key; m.found.Is("given", fact, false) {
				i.Attributes[key] = append([]string{}, m.list(fact)...)
			}
		}
	}
	return i
}

func (m *made) setAnswers() {
	m.form, m.req.Answers = request.Form{Name: "form"}, request.Answers{}
	for _, id := range m.found.Facts("answers.") {
		fact := "answers." + id
		if !m.found.Is("given", fact, !m.found.Speaks("given", fact)) {
			continue
		}
		kind, typed := m.found.Number("type", fact)
		at, timed := m.found.Time(fact)
		_, listed := m.found.List(fact)
		q := request.Question{ID: id, Type: request.ShortAnswer}
		switch {
		case typed && kind == 2 || !typed && timed:
			q.Type = request.AccessDuration
			m.req.Answers[id] = []string{at.Says.String()}
		case typed && kind == 1 || !typed && listed:
			q.Type = request.Checkboxes
			m.req.Answers[id] = m.list(fact)
		default:
			m.req.Answers[id] = []string{m.text(fact, "something")}
		}
		m.form.Questions = append(m.form.Questions, q)
	}
}

// example lists the facts that matter.
func (m *made) example() []Fact {
	var all []Fact
	for _, name := range m.found.Narrowed() {
		if strings.HasPrefix(name, "asset.path") {
			name = "asset.ref"
		}
		if f := (Fact{name, m.value(name)}); !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	return all
}

func (m *made) value(name string) string {
	f := m.facts()
	who := map[string]review.PersonFacts{"requester": f.Requester, "beneficiary": f.Beneficiary}
	first, rest, _ := strings.Cut(name, ".")
	switch first {
	case "request":
		return map[string]string{"type": f.Request.Type, "privilege": f.Request.Privilege, "columns": quoted(f.Request.Columns),
			"duration": m.req.Duration.String()}[rest]
	case "asset":
		return map[string]string{"ref": f.Asset.Ref, "name": f.Asset.Name, "kind": f.Asset.Kind, "connection": f.Asset.Connection, "technology": f.Asset.Technology,
			"columns": quoted(f.Asset.Columns), "tags": quoted(f.Asset.Tags), "source.owner": quoted(f.Asset.Source.Owner),
			"source.comment": quoted(f.Asset.Source.Comment), "source.tags": quoted(f.Asset.Source.Tags)}[rest]
	case "assist":
		return cmp.Or(f.Assist.Risk, "not known")
	case "answers":
		given, is := m.req.Answers[rest]
		if !is {
			return "not given"
		}
		return quoted([]string(given))
	}
	p := who[first]
	if key, attribute := strings.CutPrefix(rest, "attributes."); attribute {
		given, is := p.Attributes[key]
		if !is {
			return "not given"
		}
		return quoted(given)
	}
	switch {
	case rest == "groups" && p.Groups == nil || rest == "attributes" && p.Attributes == nil:
		return "not known"
	case rest == "attributes":
		return "known"
	}
	return map[string]string{"person": p.Person, "issuer": quoted(p.Issuer), "id": quoted(p.ID), "name": quoted(p.Name), "kind": p.Kind, "owner": quoted(p.Owner),
		"groups": quoted(p.Groups), "permissions": quoted(p.Permissions)}[rest]
}

// quoted writes a text, or the texts of a list.
func quoted(v any) string { return fmt.Sprintf("%q", v) }
