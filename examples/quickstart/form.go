package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

//go:embed governance.yaml
var governed []byte

// govern looks at what the file would change, and applies just that.
func (s *stage) govern(ctx context.Context) error {
	heading("2", "Governance says what is asked, and who decides: governance.yaml")
	file, err := manifest.Read("governance.yaml", bytes.NewReader(governed))
	if err != nil {
		return err
	}
	reviewed, err := s.engine.Governance().Diff(ctx, auditor, file.Definitions())
	if err != nil {
		return err
	}
	for _, d := range reviewed {
		say("%s %s %s", strings.ToLower(string(d.How)), d.What, d.Name)
	}
	if _, err := s.engine.Governance().Apply(ctx, governance, file.Definitions(), reviewed.Hash()); err != nil {
		return err
	}
	for _, flow := range file.Flows {
		for _, rule := range flow.Rules {
			say("  if %s", rule.When)
			say("    %s", describe(rule.Then))
		}
		say("  otherwise %s", describe(flow.Default))
	}
	return nil
}

// describe says who has to approve.
func describe(a review.Action) string {
	var who []string
	for _, selector := range a.Stages[0].Selectors {
		who = append(who, selector.String())
	}
	return fmt.Sprintf("%s of: %s", strings.ToLower(string(a.Stages[0].Mode)), strings.Join(who, ", "))
}

// follow builds the link as a catalog would, from names alone, and clicks it.
func (s *stage) follow(ctx context.Context) (request.Entry, error) {
	heading("3", "The data catalog shows a request link on the table, made from names alone")
	link := catalog.Link{Path: []string{database, "sales", "orders"}, Technology: "postgres", Host: platformName}
	say("%s", link.URL("https://access.example.com"))
	heading("4", "Eve clicks it, and arrives at the form of that table")
	entry, err := s.engine.Resolve(ctx, eve, link)
	if err != nil {
		return entry, err
	}
	say("%s, %s with %d columns: %s", entry.Asset.Ref, strings.ToLower(string(entry.Asset.Kind)), len(entry.Asset.Columns), entry.Asset.Source.Comment)
	say("form %q in version %d, from %s", entry.Form.Title, entry.Form.Version, entry.From.FormFrom)
	for _, q := range entry.Form.Questions {
		if q.When == "" {
			say("  %s", q.Title)
		} else {
			say("  %s (only if %s)", q.Title, q.When)
		}
	}
	for _, a := range entry.Agreements {
		say("  she has to accept: %s, in version %d", a.Title, a.Version)
	}
	return entry, nil
}

// filled is the form as somebody fills it in.
func filled(entry request.Entry, purpose, duration string) request.Submission {
	s := request.Submission{Asset: entry.Asset.Ref, Answers: request.Answers{"purpose": {purpose}, "use": {"A report"}, "duration": {duration}}}
	for _, a := range entry.Agreements {
		s.Agreements = append(s.Agreements, a.Of())
	}
	return s
}

// preview asks what a form would lead to, one that is wrong and one that is right.
func (s *stage) preview(ctx context.Context, right request.Submission) error {
	wrong := right
	wrong.Answers = request.Answers{"purpose": right.Answers["purpose"], "use": {"A report"}, "which": {"a surprise"}, "duration": {"2 YEARS"}}
	wrong.Agreements = nil
	p, err := s.engine.Preview(ctx, eve, wrong)
	if err != nil {
		return err
	}
	say("a preview of what she fills in first says all that is wrong with it:")
	for _, f := range p.Faults {
		say("  %s %s", f.Field, f.Reason)
	}
	if p, err = s.engine.Preview(ctx, eve, right); err != nil {
		return err
	}
	for _, step := range p.Steps {
		say("one of what she fills in then says who would have to approve: %s of %s", strings.ToLower(string(step.Mode)), strings.Join(step.Stewards, ", "))
	}
	return nil
}
