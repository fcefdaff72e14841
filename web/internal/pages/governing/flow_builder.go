package governing

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/pages/governing/draft"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// flowBuilder builds review flows.
func (s *room) flowBuilder() built[review.Flow] {
	return built[review.Flow]{kind: manifest.Flows,
		newest: func(ctx context.Context, by request.Identity, name string) (review.Flow, error) {
			return s.Engine.Governance().Flows.Newest(ctx, by, request.FlowName(name))
		},
		sample: func(r *http.Request) review.Flow {
			flow := sampleFlow
			flow.Name = request.FlowName(r.FormValue("name"))
			return flow
		},
		fields: func(r *http.Request) { selectorFields(r.PostForm) },
		fill:   fillFlow,
		shown:  showFlow,
		after:  func(f review.Flow) string { return "/flows/" + url.PathEscape(string(f.Name)) },
	}
}

// selectorFields makes the fields of selectors of their kinds and values.
func selectorFields(values url.Values) {
	for name := range values {
		at, is := strings.CutSuffix(name, ".kind")
		if !is {
			continue
		}
		value := strings.TrimSpace(values.Get(at + ".value"))
		switch kind := values.Get(name); kind {
		case "owners":
			values.Set(at+".owners", "on")
		case "attribute":
			key, is, _ := strings.Cut(value, "=")
			values.Set(at+".attribute.key", strings.TrimSpace(key))
			values.Set(at+".attribute.value", strings.TrimSpace(is))
		case "person", "group", "permission", "manager", "when":
			values.Set(at+"."+kind, values.Get(at+".value"))
		}
	}
}

// fillFlow gives new parts what they must have.
func fillFlow(f *review.Flow) {
	for i := range f.Rules {
		fillAction(&f.Rules[i].Then)
	}
	fillAction(&f.Default)
}

func fillAction(a *review.Action) {
	if a.Act == "" {
		a.Act = review.Ask
	}
	for i := range a.Stages {
		if a.Stages[i].Mode == "" {
			a.Stages[i].Mode = review.Any
		}
		if len(a.Stages[i].Selectors) == 0 {
			a.Stages[i].Selectors = []review.Selector{{}}
		}
	}
	if a.Act == review.Ask && len(a.Stages) == 0 {
		a.Stages = []review.Stage{{Mode: review.Any, Selectors: []review.Selector{{}}}}
	}
}

// part is one action, stage or selector of a flow, with its place in the form.
type part struct {
	Page *builder
	At   string
	Of   any
}

// Action is an action of a flow.
func (b *builder) Action(at string, a review.Action) part { return part{b, at, a} }

// Selectors are those of a stage, or those that come when it is late.
func (b *builder) Selectors(at string, all []review.Selector) part { return part{b, at, all} }

// SelectorKind chooses by what people are selected.
func (b *builder) SelectorKind(at string, s review.Selector) control {
	kind, _ := kindOf(s)
	return b.choose(at+".kind", b.said.T("Who"), "", kind, words.Option{Value: "group", Text: b.said.T("Members of a group")}, words.Option{Value: "person", Text: b.said.T("A person")},
		words.Option{Value: "owners", Text: b.said.T("Owners of the asset")}, words.Option{Value: "manager", Text: b.said.T("The manager of the beneficiary")},
		words.Option{Value: "attribute", Text: b.said.T("People with an attribute")}, words.Option{Value: "permission", Text: b.said.T("People with a permission")},
		words.Option{Value: "when", Text: b.said.T("People for whom a condition holds")})
}

// SelectorValue is whom a selector names.
func (b *builder) SelectorValue(at string, s review.Selector) control {
	kind, value := kindOf(s)
	hint := map[string]string{"person": b.said.T("The id by which records know them."), "manager": b.said.T("The attribute of the beneficiary that holds the id, such as manager."),
		"attribute": b.said.T("A key and a value, such as department=sales."), "permission": b.said.T("GOVERNANCE, ADMIN or AUDIT."),
		"when": b.said.T(`Reads steward too, such as "approvers" in steward.groups.`), "owners": b.said.T("Nothing to fill in.")}[kind]
	c := b.control("line", at+".value", b.said.T("Which"), hint, value)
	switch kind {
	case "when":
		c.Kind = "condition"
	case "group", "person":
		c.Pick = b.base + "/pick/" + map[string]string{"group": "groups", "person": "people"}[kind]
	}
	for _, field := range []string{"." + kind, ".attribute.key", ".attribute.value", ""} {
		c.Faults = append(c.Faults, b.wrong[at+field]...)
	}
	return c
}

// kindOf says by what a selector selects.
func kindOf(s review.Selector) (kind, value string) {
	switch {
	case s.Person != "":
		return "person", string(s.Person)
	case s.Attribute != nil:
		return "attribute", s.Attribute.Key + "=" + s.Attribute.Value
	case s.Permission != "":
		return "permission", string(s.Permission)
	case s.Owners:
		return "owners", ""
	case s.Manager != "":
		return "manager", s.Manager
	case s.When != "":
		return "when", s.When
	}
	return "group", s.Group
}

// match says how many people a selector matches.
type match struct {
	Count    int
	Complete bool
	Known    bool // it can be said without a request
	Failed   bool // the directory did not answer
}

// maxMatched bounds the selectors whose people are counted for one page.
const maxMatched = 20

// Match is the match of the selector at a place.
func (b *builder) Match(at string) match { return b.Matches[at] }

// showFlow counts the people of the selectors, and tries the flow.
func showFlow(s *room, r *http.Request, page *builder, f review.Flow) {
	page.Matches = map[string]match{}
	count := func(at string, all []review.Selector) {
		for i, selector := range all {
			if len(page.Matches) < maxMatched {
				page.Matches[fmt.Sprintf("%s[%d]", at, i)] = s.matchOf(r, selector)
			}
		}
	}
	stages := func(at string, a review.Action) {
		for i, stage := range a.Stages {
			count(fmt.Sprintf("%s.stages[%d].selectors", at, i), stage.Selectors)
			count(fmt.Sprintf("%s.stages[%d].limit.escalate", at, i), stage.Limit.Escalate)
		}
	}
	for i, rule := range f.Rules {
		stages(fmt.Sprintf("rules[%d].then", i), rule.Then)
	}
	stages("default", f.Default)
	page.Trial = &trial{Type: request.DataAccess, Privilege: request.Read}
	if r.Method == http.MethodPost {
		page.Trial = trialOf(r.PostForm)
	}
	if r.PostFormValue("act") == "try" {
		s.try(r, page, f)
	}
}

func (s *room) matchOf(r *http.Request, selector review.Selector) match {
	if kind, value := kindOf(selector); value == "" || kind == "manager" || kind == "when" {
		return match{}
	}
	who, complete, err := s.Engine.Governance().Matching(r.Context(), site.VisitOf(r.Context()).By, selector)
	if err != nil {
		s.Log.WarnContext(r.Context(), "nobody knows whom a selector matches", "selector", selector, "error", err)
	}
	return match{Count: len(who), Complete: complete, Known: err == nil, Failed: err != nil}
}

// trial is a request over which a flow is tried.
type trial struct {
	Request     string
	Asset       string
	Type        request.Type
	Requester   string
	Beneficiary string
	Privilege   request.Privilege
	Duration    request.Duration
	Columns     []string
	Answers     []string // a question and its answer each, such as purpose: a report

	Went    []review.Explanation
	Trouble string
}

// triedFields are the fields of a trial.
type triedFields struct {
	Try struct {
		Request     string            `json:"request"`
		Asset       string            `json:"asset"`
		Type        request.Type      `json:"type"`
		Requester   string            `json:"requester"`
		Beneficiary string            `json:"beneficiary"`
		Privilege   request.Privilege `json:"privilege"`
		Duration    request.Duration  `json:"duration"`
		Columns     []string          `json:"columns"`
		Answers     []string          `json:"answers"`
	} `json:"try"`
}

func trialOf(values url.Values) *trial {
	var f triedFields
	_ = draft.Read(values, &f) // what cannot be read was not tried
	return &trial{Request: f.Try.Request, Asset: f.Try.Asset, Type: f.Try.Type, Requester: f.Try.Requester, Beneficiary: f.Try.Beneficiary, Privilege: f.Try.Privilege,
		Duration: f.Try.Duration, Columns: f.Try.Columns, Answers: f.Try.Answers}
}

// request is the one that is made up, or the past one that is named.
func (t *trial) request() request.Request {
	req := request.Request{ID: request.ID(t.Request), Asset: catalog.Ref(t.Asset), Type: t.Type, Requester: request.PersonID(t.Requester), Beneficiary: request.PersonID(t.Beneficiary),
		Privilege: t.Privilege, Duration: t.Duration, Columns: t.Columns, Answers: request.Answers{}}
	if req.Beneficiary == "" {
		req.Beneficiary = req.Requester
	}
	for _, line := range t.Answers {
		if id, answer, is := strings.Cut(line, ":"); is {
			id = strings.TrimSpace(id)
			req.Answers[id] = append(req.Answers[id], strings.TrimSpace(answer))
		}
	}
	return req
}

// try runs a flow over the request of the page.
func (s *room) try(r *http.Request, page *builder, f review.Flow) {
	t := page.Trial
	if t.Request == "" && (t.Asset == "" || t.Requester == "") {
		t.Trouble = page.said.T("Name a past request, or an asset and who asks for it.")
		return
	}
	went, err := s.Engine.Governance().Try(r.Context(), site.VisitOf(r.Context()).By, f, t.request())
	if err != nil {
		t.Trouble = page.said.Say(s.Problem(r, err).Detail)
		return
	}
	t.Went = went
}
