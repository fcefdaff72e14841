//go:build unix

package tests

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// shows logs in as somebody and reads the first row of a table or a view, as text;
// or says why it cannot be read.
func (p *realPlatform) shows(t testing.TB, who request.Identity, columns, from string) string {
	t.Helper()
	db, err := sql.Open("postgres", server.URL(who.Attributes["login"][0], "secret", p.Database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var row string
	if err := db.QueryRow("select x from (select concat_ws('|', " + columns + ") as x from " + from + ") q order by length(x), x limit 1").Scan(&row); err != nil {
		return err.Error()
	}
	return row
}

func (p *realPlatform) mustShow(t testing.TB, who request.Identity, columns, from, want string) {
	t.Helper()
	if got := p.shows(t, who, columns, from); !strings.Contains(got, want) {
		t.Errorf("%s sees %q in %s, want %q", who.ID, got, from, want)
	}
}

// masked is a platform with an engine, and a mask on the e-mail of the orders.
func masked(t *testing.T, change ...func(*grantwright.Config)) (*realPlatform, *grantwright.Engine, catalog.Mask) {
	p := newRealPlatform(t)
	e := p.engine(t, change...)
	p.furnish(t, e)
	must(t, attach(t.Context(), e.Governance(), gov, request.Attachment{At: "warehouse", Type: request.MaskingException, Flow: "sales"}))
	m, err := e.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "pii", At: catalog.Ref("warehouse:" + p.Database), Columns: []string{"email", "phone"}, How: catalog.MaskNull})
	must(t, err)
	return p, e, m
}

// exception has somebody see columns of the orders clear.
func (p *realPlatform) exception(t testing.TB, e *grantwright.Engine, who request.Identity, duration string, columns ...string) provision.Grant {
	t.Helper()
	req, err := e.Submit(t.Context(), who, request.Submission{Asset: p.orders(), Type: request.MaskingException, Columns: columns,
		Answers: request.Answers{"purpose": {"a call back"}, "duration": {duration}}})
	if err != nil {
		t.Fatal(err)
	}
	return p.approve(t, e, req)
}

func (p *realPlatform) access(t testing.TB, e *grantwright.Engine, who request.Identity) provision.Grant {
	t.Helper()
	req, err := e.Submit(t.Context(), who, p.asking("30 DAYS"))
	if err != nil {
		t.Fatal(err)
	}
	return p.approve(t, e, req)
}

func (p *realPlatform) approve(t testing.TB, e *grantwright.Engine, req request.Request) provision.Grant {
	t.Helper()
	if req.Status == request.Pending {
		if _, err := e.Determine(t.Context(), twice, req.ID, review.Determination{Act: review.Approve}); err != nil {
			t.Fatal(err)
		}
	}
	g, err := e.WaitForGrant(t.Context(), gov, req.ID)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// inForce waits until the masks of the orders are in force.
func (p *realPlatform) inForce(t testing.TB, e *grantwright.Engine, fits func(request.AssetMasks) bool) (m request.AssetMasks) {
	t.Helper()
	enginetest.Until(t, "the masks are in force", func() bool {
		var err error
		m, err = e.Masks().Of(t.Context(), gov, p.orders())
		must(t, err)
		return fits(m)
	})
	return m
}

func TestAMaskedColumnIsUnmaskedForOnePersonOnly(t *testing.T) {
	t.Parallel()
	p, e, m := masked(t)
	eve, frank := p.login(t, "eve"), p.login(t, "frank")
	state := p.inForce(t, e, func(m request.AssetMasks) bool { return m.Query != "" })
	view := fmt.Sprintf("gw_%s_masked.public__orders", p.Installation)
	if state.Query != view || !state.Show.Masks("email") || state.Show.Columns[0].Mask.SavedBy != string(gov.Person()) {
		t.Errorf("the masks are %+v, want the e-mail in %s", state, view)
	}
	for _, who := range []request.Identity{eve, frank} {
		if g := p.access(t, e, who); g.State != provision.Active || g.Query != view || g.Known != provision.Verified {
			t.Errorf("the grant of %s is %s, to query %q: %s", who.ID, g.State, g.Query, g.Error)
		}
		p.mustShow(t, who, "id, coalesce(email, 'null')", view, "1|null")
		p.mustShow(t, who, "email", "public.orders", "permission denied")
	}
	exception := p.exception(t, e, eve, "1 HOURS", "email")
	if exception.State != provision.Active || exception.Query != view {
		t.Errorf("the exception is %s: %s", exception.State, exception.Error)
	}
	p.mustShow(t, eve, "id, email", view, "1|1@example.com")
	p.mustShow(t, eve, "email", "public.orders", "permission denied")
	p.mustShow(t, frank, "id, coalesce(email, 'null')", view, "1|null")
	// It ends by itself, and leaves the access as it was.
	_, err := e.Revoke(t.Context(), eve, exception.Request, "done")
	must(t, err)
	if g, err := e.WaitForGrant(t.Context(), gov, exception.Request); err != nil || g.State != provision.Revoked {
		t.Errorf("revoked, it is %s (%v)", g.State, err)
	}
	p.mustShow(t, eve, "id, coalesce(email, 'null')", view, "1|null")
	// Governance takes the mask away: what was granted is the table again.
	must(t, e.Governance().Masks.Delete(t.Context(), gov, m.Name, m.Version))
	p.inForce(t, e, func(m request.AssetMasks) bool {
		return m.Query == "" && p.shows(t, frank, "email", "public.orders") == "1@example.com"
	})
	p.mustShow(t, eve, "email", view, "permission denied")
}

func TestExceptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	p, e, _ := masked(t)
	eve := p.login(t, "eve")
	base := request.Submission{Asset: p.orders(), Type: request.MaskingException, Columns: []string{"email"}, Answers: request.Answers{"purpose": {"x"}, "duration": {"1 HOURS"}}}
	for name, tt := range map[string]struct {
		change func(*request.Submission)
		says   string
	}{
		"no column":      {func(s *request.Submission) { s.Columns = nil }, "of those that are masked: email"},
		"unknown column": {func(s *request.Submission) { s.Columns = []string{"salary"} }, "is no column of"},
		"clear column":   {func(s *request.Submission) { s.Columns = []string{"id"} }, `"id" is not masked`},
		"writing":        {func(s *request.Submission) { s.Privilege = request.ReadWrite }, "must be READ"},
		"writing masked": {func(s *request.Submission) {
			s.Type, s.Columns, s.Privilege = request.DataAccess, nil, request.ReadWrite
		}, "READ can be granted"},
		"of a container": {func(s *request.Submission) { s.Asset = s.Asset.Parent() }, "nothing in this asset is masked"},
	} {
		s := base
		tt.change(&s)
		if _, err := e.Submit(t.Context(), eve, s); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", name, err, tt.says)
		}
	}
}

func TestASwapOfAMaskedTableHealsByItselfAndShowsNothingClear(t *testing.T) {
	t.Parallel()
	p, e, _ := masked(t, func(c *grantwright.Config) { c.Remask = 300 * time.Millisecond })
	running, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { _ = e.Run(running) })
	defer all.Wait()
	defer stop()
	eve, frank := p.login(t, "eve"), p.login(t, "frank")
	view := p.inForce(t, e, func(m request.AssetMasks) bool { return m.Query != "" }).Query
	access, other := p.access(t, e, eve), p.access(t, e, frank)
	exception := p.exception(t, e, eve, "47 HOURS", "email")
	all.Go(func() {
		for running.Err() == nil {
			for _, from := range []string{view, "public.orders", "public.orders_backup", "public.orders_new"} {
				if got := p.shows(t, frank, "email", from); strings.Contains(got, "@example.com") {
					t.Errorf("%s shows %s", from, got)
				}
			}
		}
	})
	for swap := range 3 {
		superuserAgain(t, p.Database, fmt.Sprintf(`
			create table public.orders_new (id int primary key, email text, note text);
			insert into public.orders_new values (1, '%d@example.com', 'x');
			begin; alter table public.orders rename to orders_backup; alter table public.orders_new rename to orders; commit;`, swap))
		superuserAgain(t, p.Database, `drop table public.orders_backup cascade`)
		swapped := time.Now()
		enginetest.Until(t, "eve sees the new table clear, and frank masked", func() bool {
			return p.shows(t, eve, "id, email", view) == fmt.Sprintf("1|%d@example.com", swap) && p.shows(t, frank, "id, coalesce(email, 'null')", view) == "1|null"
		})
		t.Logf("swap %d healed after %s", swap, time.Since(swapped).Round(time.Millisecond))
	}
	for _, g := range []provision.Grant{access, other, exception} {
		becomes(t, e, g.Request, provision.Active)
	}
	// The column that came with the swap is not shown until it is classified.
	state := p.inForce(t, e, func(m request.AssetMasks) bool { return len(m.Out) > 0 })
	if !slices.Equal(state.Out, []string{"note"}) {
		t.Errorf("left out are %v", state.Out)
	}
	p.mustShow(t, frank, "note", view, "does not exist")
	_, err := e.Sync(t.Context(), admin, catalog.Ref("warehouse:"+p.Database))
	must(t, err)
	_, err = e.Governance().Classifications.Save(t.Context(), gov, catalog.Classification{At: p.orders(), Columns: []catalog.ClassifiedColumn{{Name: "note"}}})
	must(t, err)
	p.inForce(t, e, func(request.AssetMasks) bool { return p.shows(t, frank, "note", view) == "x" })
}

// superuserAgain is superuser among readers, with whom it may end in a deadlock.
func superuserAgain(t testing.TB, database, statements string) {
	t.Helper()
	db, err := server.Open(database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for range 50 {
		if _, err = db.Exec(statements); err == nil || !strings.Contains(err.Error(), "deadlock") {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestSuspendedMasksAreBackAfterAMigration(t *testing.T) {
	t.Parallel()
	p, e, _ := masked(t)
	eve := p.login(t, "eve")
	view := p.inForce(t, e, func(m request.AssetMasks) bool { return m.Query != "" }).Query
	g := p.access(t, e, eve)
	for what, err := range map[string]error{
		"a stranger":  errOf(e.Masks().Suspend(t.Context(), eve, "warehouse", time.Hour, "")),
		"for ever":    errOf(e.Masks().Suspend(t.Context(), gov, "warehouse", 48*time.Hour, "")),
		"not at all":  errOf(e.Masks().Suspend(t.Context(), gov, "warehouse", 0, "")),
		"what is not": errOf(e.Masks().Resume(t.Context(), gov, "warehouse")),
	} {
		if err == nil {
			t.Errorf("%s: must be refused", what)
		}
	}
	s, err := e.Masks().Suspend(t.Context(), admin, p.orders().Parent(), time.Hour, "the types change")
	must(t, err)
	if len(s.Assets) != 1 || s.Assets[0].Query != "" || s.Assets[0].Error != "" || s.Assets[0].Suspended == nil {
		t.Errorf("suspended: %+v", s)
	}
	p.mustShow(t, eve, "email", "public.orders", "permission denied")
	if g, err := e.WaitForGrant(t.Context(), gov, g.Request); err != nil || g.State != provision.Failed || !strings.Contains(g.Error, "suspended") {
		t.Errorf("while its masks are suspended the grant is %s (%s), %v", g.State, g.Error, err)
	}
	superuser(t, p.Database, "alter table public.orders alter column email type varchar(200)")
	s, err = e.Masks().Resume(t.Context(), admin, p.orders().Parent())
	must(t, err)
	if len(s.Assets) != 1 || s.Assets[0].Query != view {
		t.Errorf("resumed: %+v", s)
	}
	becomes(t, e, g.Request, provision.Active)
	p.mustShow(t, eve, "id, coalesce(email, 'null')", view, "1|null")
}

func errOf[T any](_ T, err error) error { return err }

func TestSchemaGivesMaskedWhatIsMaskedFromAbove(t *testing.T) {
	t.Parallel()
	p, e, _ := masked(t)
	eve := p.login(t, "eve")
	superuser(t, p.Database, "create table public.notes (id int primary key, email text, body text); insert into public.notes values (1, 'n@example.com', 'hello')")
	p.prepare(t)
	_, err := e.Sync(t.Context(), admin, catalog.Ref("warehouse:"+p.Database))
	must(t, err)
	_, err = e.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "notes", At: p.orders().Parent() + ".notes", Columns: []string{"body"}, How: catalog.MaskNull})
	must(t, err)
	p.inForce(t, e, func(m request.AssetMasks) bool { return m.Query != "" })
	asking := p.asking("1 HOURS")
	asking.Asset = p.orders().Parent()
	preview, err := e.Preview(t.Context(), eve, asking)
	must(t, err)
	if want := []catalog.Ref{p.orders().Parent() + ".notes"}; !slices.Equal(preview.Excluded, want) {
		t.Errorf("excluded are %v, want %v", preview.Excluded, want)
	}
	req, err := e.Submit(t.Context(), eve, asking)
	must(t, err)
	g := p.approve(t, e, req)
	schema := fmt.Sprintf("gw_%s_masked", p.Installation)
	if g.State != provision.Active || g.Query != schema+".*" {
		t.Errorf("the grant is %s (%s), to query %q", g.State, g.Error, g.Query)
	}
	p.mustShow(t, eve, "id, coalesce(email, 'null')", schema+".public__orders", "1|null")
	p.mustShow(t, eve, "email", "public.orders", "permission denied")
	p.mustShow(t, eve, "email", schema+".public__notes", "permission denied")
}

func TestRowSecurityIsMaskedByHand(t *testing.T) {
	t.Parallel()
	p, e, _ := masked(t)
	eve := p.login(t, "eve")
	p.inForce(t, e, func(m request.AssetMasks) bool { return m.Query != "" })
	superuser(t, p.Database, "create policy mine on public.orders using (true); alter table public.orders enable row level security")
	must(t, e.Masks().Enforce(t.Context(), admin, "warehouse"))
	state := p.inForce(t, e, func(m request.AssetMasks) bool { return m.ByHand })
	if !strings.Contains(state.Error, "mine") || state.Query != "" {
		t.Errorf("the masks are %+v", state)
	}
	if g := p.access(t, e, eve); g.How != provision.Manual {
		t.Errorf("the grant is done %s, want MANUAL", g.How)
	}
	p.mustShow(t, eve, "email", "public.orders", "permission denied")
}
