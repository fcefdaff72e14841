package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// check looks at what the file says as a whole, by the rules of those who will
// be given it.
func (d *decoder) check(f *File) {
	if d.bad[""] {
		return
	}
	for i, c := range f.Connections {
		d.connection(fmt.Sprintf("connections[%d]", i), c)
	}
	for i, p := range f.People {
		d.invalid(fmt.Sprintf("people[%d]", i), p.Check())
	}
	for _, k := range kinds() {
		k.checkAll(d, f, f.Definitions())
	}
	d.assets(f)
	d.duplicates(f)
	if len(f.Owned) > MaxOwnedBytes || strings.ContainsFunc(f.Owned, func(r rune) bool { return !visible.Plain(r) }) {
		d.fault("owned", "must be one line of at most %d bytes that names the file to people", MaxOwnedBytes)
	}
}

// duplicates refuses two of a name, which is another field in each list; checkAll does
// of definitions.
func (d *decoder) duplicates(f *File) {
	twice(d, "connections", "name", f.Connections, func(c catalog.Connection) string { return c.Name })
	twice(d, "people", "id", f.People, func(p request.Identity) request.PersonID { return p.Person() })
	twice(d, "assets", "ref", f.Assets, func(a catalog.Asset) catalog.Ref { return a.Ref })
}

func twice[T any, K ~string](d *decoder, list, field string, all []T, key func(T) K) {
	first := map[K]int{}
	for i, v := range all {
		k, at := key(v), fmt.Sprintf("%s[%d]", list, i)
		if d.misreadAbove(at+"."+field) || d.at[at+"."+field] == nil {
			continue
		}
		if before, is := first[k]; is {
			d.fault(at+"."+field, "is that of %s already", d.otherIn(list, before, at+"."+field))
			continue
		}
		first[k] = i
	}
}

// connection asks about each field by itself, so that each fault has its place.
func (d *decoder) connection(at string, c catalog.Connection) {
	name := c.Name
	if err := catalog.CheckConnectionName(name); err != nil {
		d.fault(at+".name", "%s", plain(err))
		name = "c"
	}
	for field, probe := range map[string]catalog.Connection{
		"technology": {Technology: c.Technology},
		"host":       {Technology: "t", Host: c.Host},
		"url":        {Technology: "t", URL: c.URL},
		"secret":     {Technology: "t", Secret: c.Secret},
		"scope":      {Technology: "t", Scope: c.Scope},
		"syncEvery":  {Technology: "t", SyncEvery: c.SyncEvery},
		"assist":     {Technology: "t", Assist: c.Assist},

		"principals.kinds": {Technology: "t", Principals: catalog.Principals{Kinds: c.Principals.Kinds}},
	} {
		probe.Name = name
		if err := probe.Check(); err != nil {
			reason := strings.TrimPrefix(plain(err), "connection "+name+": ")
			d.fault(at+"."+field, "%s", strings.TrimPrefix(strings.TrimPrefix(reason, field+": "), field+" "))
		}
	}
	d.principals(at+".principals", c.Principals)
}

func (d *decoder) principals(at string, p catalog.Principals) {
	if p.Expression != "" {
		_, err := review.CompileMapping(p.Expression)
		d.condition(at+".expression", err)
	}
	people := map[string]string{}
	for _, person := range sortedKeys(p.Table) {
		principal := p.Table[person]
		if other, taken := people[principal]; taken {
			d.fault(at+".table."+person, "is principal %q, as %s is; each principal is one person", excerpt.Of(principal, maxShown), excerpt.Of(other, maxShown))
		}
		people[principal] = person
	}
}

func (d *decoder) form(_ *File, at string, form request.Form) {
	d.invalid(at, form.Validate())
	for _, fault := range questionFaults(review.CheckQuestions(form)) {
		d.condition(fmt.Sprintf("%s.questions[%d].when", at, fault.Question), fault)
	}
	for i, name := range form.Agreements {
		if !slices.ContainsFunc(d.known.Agreements, func(a request.Agreement) bool { return a.Name == name }) {
			d.fault(fmt.Sprintf("%s.agreements[%d]", at, i), "names agreement %q, which is not in this file", excerpt.Of(name, maxShown))
		}
	}
	d.flowNamed(at+".flow", form.Flow)
}

// questionFaults takes the faults of conditions out of the error that joins them.
func questionFaults(err error) []*review.QuestionError {
	var faults []*review.QuestionError
	if joined, is := err.(interface{ Unwrap() []error }); is {
		for _, one := range joined.Unwrap() {
			if fault := (*review.QuestionError)(nil); errors.As(one, &fault) {
				faults = append(faults, fault)
			}
		}
	}
	return faults
}

func (d *decoder) flow(_ *File, at string, flow review.Flow) {
	_, err := review.Compile(flow)
	d.invalid(at, err)
	if flow.Name == review.DefaultFlow.Name {
		d.fault(at+".name", "must not be %q, which is built in", flow.Name)
	}
	d.using = nil
	for _, form := range d.known.Forms {
		if form.Flow == flow.Name && form.Validate() == nil {
			d.using = append(d.using, form)
		}
	}
	for i, r := range flow.Rules {
		rule := fmt.Sprintf("%s.rules[%d]", at, i)
		d.compiles(rule+".when", review.Rule{Name: "rule", When: r.When, Then: review.Action{Act: review.Deny}}, review.DefaultFlow.Default)
		d.stages(rule+".then", r.Then)
	}
	d.stages(at+".default", flow.Default)
}

// stages looks at the conditions of the stages of an action, and of their
// selectors.
func (d *decoder) stages(at string, a review.Action) {
	for i, stage := range a.Stages {
		field := fmt.Sprintf("%s.stages[%d]", at, i)
		if stage.When != "" {
			d.compiles(field+".when", review.Rule{}, asking(review.Stage{Mode: review.Any, When: stage.When, Selectors: governance}))
		}
		d.selectors(field+".selectors", stage.Selectors)
		d.selectors(field+".limit.escalate", stage.Limit.Escalate)
	}
}

var governance = []review.Selector{{Permission: request.Governance}}

func asking(s review.Stage) review.Action {
	return review.Action{Act: review.Ask, Stages: []review.Stage{s}}
}

func (d *decoder) selectors(at string, all []review.Selector) {
	for i, s := range all {
		if s.When != "" {
			d.compiles(fmt.Sprintf("%s[%d].when", at, i), review.Rule{}, asking(review.Stage{Mode: review.Any, Selectors: []review.Selector{{When: s.When}}}))
		}
	}
}

// compiles tries one condition by itself, in a flow that holds nothing else, and
// with the answers of each form that names its flow.
func (d *decoder) compiles(field string, r review.Rule, otherwise review.Action) {
	probe := review.Flow{Name: "probe", Default: otherwise}
	if r.Name != "" {
		probe.Rules = []review.Rule{r}
	}
	_, err := review.Compile(probe)
	for _, form := range d.using {
		if err == nil {
			err = review.CheckAnswers(probe, form)
		}
	}
	d.condition(field, err)
}

func (d *decoder) flowNamed(field string, name request.FlowName) {
	if name != "" && name != review.DefaultFlow.Name && !slices.ContainsFunc(d.known.Flows, func(o review.Flow) bool { return o.Name == name }) {
		d.fault(field, "names flow %q, which is not in this file", excerpt.Of(name, maxShown))
	}
}

func (d *decoder) guardrail(f *File, at string, g review.Guardrail) {
	_, err := review.CompileGuardrail(g)
	d.invalid(at, err)
	d.condition(at+".require", err)
	for i, ref := range g.At {
		if oneSpelling(ref) == nil { // else it was told above
			d.attachedAt(f, fmt.Sprintf("%s.at[%d]", at, i), ref)
		}
	}
}

func (d *decoder) attachment(f *File, at string, a request.Attachment) {
	d.attachedAt(f, at+".at", a.At)
	if a.Form == "" && a.Flow == "" {
		d.fault(at, "must set a form, a flow or both")
	}
	if a.Form != "" && a.Form != request.DefaultForm.Name && !slices.ContainsFunc(d.known.Forms, func(o request.Form) bool { return o.Name == a.Form }) {
		d.fault(at+".form", "names form %q, which is not in this file", excerpt.Of(a.Form, maxShown))
	}
	d.flowNamed(at+".flow", a.Flow)
}

// declared says what is wrong with a mask or a classification, and with its place.
func (d *decoder) declared(f *File, at string, place catalog.Ref, found []catalog.Fault) {
	for _, fault := range found {
		d.fault(at+"."+fault.Field, "%s", fault.Reason)
	}
	if oneSpelling(place) == nil {
		d.attachedAt(f, at+".at", place)
	}
}

func (d *decoder) attachedAt(f *File, field string, ref catalog.Ref) {
	if err := oneSpelling(ref); err != nil {
		d.fault(field, "%s", plain(err))
		return
	}
	i := slices.IndexFunc(f.Connections, func(c catalog.Connection) bool { return c.Name == ref.Connection() })
	switch {
	case i < 0 && len(f.Connections) == 0:
	case i < 0:
		d.fault(field, "is on connection %q, which is not in this file", ref.Connection())
	case Holds(f.Connections[i].Technology) && len(ref.Path()) > 0 && !slices.ContainsFunc(f.Assets, func(a catalog.Asset) bool { return a.Ref == ref }):
		d.fault(field, "is none of the assets of this file")
	}
}

// oneSpelling refuses text that is no Ref, and one that is spelled otherwise.
func oneSpelling(r catalog.Ref) error {
	same, err := catalog.ParseRef(string(r))
	if err == nil && same != r {
		err = fmt.Errorf("must be spelled %s", same)
	}
	return err
}
