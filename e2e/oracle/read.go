package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/e2e/world"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

const hour = time.Hour

// records reads all that the engine says, in the words of the world.
func (s *stage) records(ctx context.Context) (world.Records, error) {
	r := world.Records{Shown: map[string]world.Shown{}}
	for id, at := range s.asked {
		c, err := s.engine.Request(ctx, governance, id)
		if err != nil {
			return r, err
		}
		if c.Grant.ID == "" {
			continue
		}
		g := world.Grant{Who: s.world.Asked[at].Who, On: s.place(c.Grant.Asset.Ref), State: c.Grant.State, Exception: c.Request.Type == request.MaskingException,
			Unmasked: c.Grant.Access.Unmasked, Columns: c.Grant.Access.Columns, Write: c.Grant.Access.Privilege == request.ReadWrite, Asked: s.world.Asked[at],
			ByRule: len(c.Review.Determinations) == 0, ByHand: c.Grant.How == provision.Manual, Query: c.Grant.Query, Error: c.Grant.Error + c.Grant.Withheld, Remarks: c.Grant.Remarks,
			Excluded: s.places(c.Excluded), Parts: s.places(c.Request.Parts)}
		if g.Gaps, err = gapsOf(c.Grant); err != nil {
			return r, err
		}
		s.tally["grant "+string(g.State)]++
		r.Grants = append(r.Grants, g)
	}
	for _, f := range s.named {
		if f.Kind == provision.FoundStricter {
			r.Named = append(r.Named, s.place(f.Asset)+": "+f.Detail)
		}
	}
	all, err := s.engine.Masks().Masked(ctx, governance, s.ref(""), "", many)
	for _, m := range all {
		if m.Show.Masked() {
			r.Shown[s.place(m.Asset)] = world.Shown{Query: m.Query, Out: m.Out, Error: strings.TrimSpace(m.Error)}
		}
	}
	return r, err
}

// gapsOf are the parts of a container that do not work, by their names on the platform. They
// are read from the grant as it is shown to others.
func gapsOf(g provision.Grant) ([]string, error) {
	text, err := json.Marshal(g)
	if err != nil {
		return nil, err
	}
	var shown struct {
		Gaps struct {
			Parts []struct {
				Part string `json:"part"`
			} `json:"parts"`
		} `json:"gaps"`
	}
	err = json.Unmarshal(text, &shown)
	var all []string
	for _, p := range shown.Gaps.Parts {
		all = append(all, strings.ReplaceAll(p.Part, `"`, ""))
	}
	return all, err
}

func (s *stage) places(refs []catalog.Ref) []string {
	var all []string
	for _, ref := range refs {
		all = append(all, s.place(ref))
	}
	return all
}
