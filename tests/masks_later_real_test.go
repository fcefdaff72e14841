package tests

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/request"
)

// TestAMaskTakesTheTableFromWhoeverHadIt declares a mask on what was granted
// before, to read and to write, on the table and on its schema.
func TestAMaskTakesTheTableFromWhoeverHadIt(t *testing.T) {
	t.Parallel()
	p := newRealPlatform(t)
	e := p.engine(t)
	p.furnish(t, e)
	open := flow
	open.Name, open.Rules = "open", nil
	_, err := e.Governance().Flows.Save(t.Context(), gov, open)
	must(t, err)
	must(t, attach(t.Context(), e.Governance(), gov, request.Attachment{At: catalog.Ref("warehouse:" + p.Database), Type: request.DataAccess, Flow: "open"}))
	reads, writes, schema, all := p.login(t, "reads"), p.login(t, "writes"), p.login(t, "schema"), p.login(t, "all")
	for _, tt := range []struct {
		who request.Identity
		s   request.Submission
	}{
		{reads, request.Submission{Asset: p.orders()}},
		{writes, request.Submission{Asset: p.orders(), Privilege: request.ReadWrite}},
		{schema, request.Submission{Asset: p.orders().Parent()}},
		{all, request.Submission{Asset: p.orders().Parent(), Privilege: request.ReadWrite}},
	} {
		tt.s.Answers = p.asking("30 DAYS").Answers
		req, err := e.Submit(t.Context(), tt.who, tt.s)
		must(t, err)
		g := p.approve(t, e, req)
		p.mustShow(t, tt.who, "email", "public.orders", "1@example.com")
		t.Logf("%s: %s %s", tt.who.ID, g.State, g.Error)
	}
	_, err = e.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "pii", At: catalog.Ref("warehouse:" + p.Database), Columns: []string{"email"}, How: catalog.MaskNull})
	must(t, err)
	for _, who := range []request.Identity{reads, writes, schema, all} {
		p.loses(t, who)
	}
}

// TestAMaskHoldsOnAFrozenConnection declares a mask where nothing may be given.
func TestAMaskHoldsOnAFrozenConnection(t *testing.T) {
	t.Parallel()
	p := newRealPlatform(t)
	e := p.engine(t)
	p.furnish(t, e)
	eve := p.login(t, "eve")
	p.access(t, e, eve)
	p.mustShow(t, eve, "email", "public.orders", "1@example.com")
	must(t, e.StopSwitches().FreezeConnection(t.Context(), gov, "warehouse", "an incident"))
	_, err := e.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "pii", At: p.orders(), Columns: []string{"email"}, How: catalog.MaskNull})
	must(t, err)
	p.loses(t, eve)
}

// loses waits until somebody may not read the orders.
func (p *realPlatform) loses(t *testing.T, who request.Identity) {
	t.Helper()
	enginetest.Until(t, who.ID+" sees nothing", func() bool {
		return strings.Contains(p.shows(t, who, "email", "public.orders"), "permission denied")
	})
}
