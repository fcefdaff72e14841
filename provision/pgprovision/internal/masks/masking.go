// Package masks shows assets masked on PostgreSQL. Each asset has one masked view of ours,
// in a schema that holds nothing else. A comment on the view proves by digests that it
// shows the object by the rules. The keys of hashes stand in a table beside the views.
package masks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// Masker brings masked assets to their masks, on one cluster.
type Masker struct {
	Cluster      *cluster.Cluster
	Loop         cluster.Loop
	Installation string
}

// Masking is one provision.Masking of a call.
type Masking struct {
	Index    int // in the call
	Database string

	want  provision.Masking
	place naming.Place
	named Names
	rules string
}

// New reads a masking of an asset that stands at a place in a database.
func New(index int, want provision.Masking, at naming.Place, database string) (*Masking, error) {
	m := &Masking{Index: index, want: want, place: at, Database: database, rules: RulesOf(want)}
	var err error
	m.named, err = NamesOf(want.Asset.Ref, want)
	return m, err
}

// Mask looks at all assets of a database, and brings each that differs to its masking. It
// fills masked, by the indexes of the maskings.
func (k Masker) Mask(ctx context.Context, database string, all []*Masking, masked []provision.Masked) error {
	all, err := k.keyed(ctx, database, all, masked)
	if err != nil || len(all) == 0 {
		return err
	}
	s, found, err := k.lookShown(ctx, database, all)
	if err != nil {
		return err
	}
	s.End()
	for i, m := range all {
		acts, verdict := m.decide(found[i])
		if len(acts) > 0 {
			err := k.Loop.Persevere(ctx, func() (err error) {
				verdict, err = k.maskOne(ctx, m)
				return err
			})
			if err != nil {
				verdict.Err = cluster.Explain(err)
			}
		}
		if verdict.Err != nil {
			verdict.Err = k.Loop.Wrap(verdict.Err)
		}
		masked[m.Index] = verdict
	}
	return nil
}

// lookShown looks at some assets of one database, in their order.
func (k Masker) lookShown(ctx context.Context, database string, all []*Masking, locks ...cluster.Reading) (*cluster.Session, []Shown, error) {
	s, err := k.Cluster.Begin(ctx, database, locks...)
	if err != nil {
		return nil, nil, err
	}
	found, err := readAll(ctx, s, all)
	if err != nil {
		s.End()
		return nil, nil, err
	}
	return s, found, nil
}

// readAll reads some assets, in their order.
func readAll(ctx context.Context, s *cluster.Session, all []*Masking) ([]Shown, error) {
	names := make([]Names, len(all))
	for i, m := range all {
		names[i] = m.named
		m.place.DatabaseID = s.Server.DatabaseID
	}
	var found []Shown
	readings := []cluster.Reading{ReadShown(names, all[0].place.MaskSchema(), &found)}
	if Pins(names) {
		readings = append(readings, ReadPinned(names, &found))
	}
	if err := s.Read(ctx, readings...); err != nil {
		return nil, err
	}
	inOrder := make([]Shown, len(all))
	for _, f := range found {
		for i, n := range names {
			if n.schema == f.Schema && n.name == f.Name {
				inOrder[i] = f
			}
		}
	}
	return inOrder, nil
}

// maskOne brings one asset to its masking.
func (k Masker) maskOne(ctx context.Context, m *Masking) (provision.Masked, error) {
	one := []*Masking{m}
	s, found, err := k.lookShown(ctx, m.Database, one, cluster.Locking(naming.LockKey("mask", m.named.View)))
	if err != nil {
		return provision.Masked{}, err
	}
	defer s.End()
	acts, verdict := m.decide(found[0])
	if len(acts) == 0 {
		return verdict, nil
	}
	ran, err := m.remake(ctx, s, found[0], acts)
	if err != nil {
		return provision.Masked{}, err
	}
	if found, err = readAll(ctx, s, one); err != nil {
		return provision.Masked{}, err
	}
	left, verdict := m.decide(found[0])
	if len(left) > 0 {
		return provision.Masked{}, fmt.Errorf("%w: %s", cluster.ErrUnsettled, excerpt.Of(left[0], naming.MaxShown))
	}
	verdict.Ran = ran
	return verdict, s.Commit(ctx)
}

// decide lists the statements that bring one asset to its masking, and the result that
// Mask returns after them. It is pure.
func (m *Masking) decide(s Shown) (acts []string, verdict provision.Masked) {
	view := naming.Quote(m.place.MaskSchema(), m.named.View)
	drop := []string{"drop view " + view}
	if s.View == 0 {
		drop = nil
	} else if r, is := m.place.Remarks(s.comment); !is || r.Ref != string(m.want.Asset.Ref) {
		verdict.Err = m.refused("would be shown as %s, and that stands already without our comment for this asset", view)
		return nil, verdict
	}
	if s.object != 0 {
		verdict.Object = catalog.Object{ID: naming.FormatID(m.place.System, m.place.DatabaseID, s.object, m.want.Asset.Ref), Kind: naming.KindOf(s.kind), Owner: s.owner}
	}
	switch {
	case m.want.Off || !m.want.Show.Masked() || s.object == 0:
		return drop, verdict
	case m.want.Show.View != "":
		verdict.Name = naming.Identify(m.named.OtherSchema, m.named.Other)
		if s.Other == 0 {
			verdict.Err = m.refused("is masked by %s, which does not stand", verdict.Name)
			return drop, verdict
		}
		if verdict.Err = m.pins(s); !s.partly {
			verdict.Definition = s.Definition
		}
		return drop, verdict
	case m.want.Show.Under != "":
		verdict.Err = fmt.Errorf("%w: %w", provision.ErrByHand, m.refused("is shown as a part of %s alone", m.want.Show.Under))
		return drop, verdict
	case s.rowSecured:
		verdict.Err = fmt.Errorf("%w: %w", provision.ErrByHand, m.refused("has row level security (%s): a view of ours would not show everyone their own rows; mask it by a view that repeats its policies", naming.Few(s.policies)))
		return drop, verdict
	case s.SchemaID == 0:
		verdict.Err = m.refused("cannot be masked: there is no schema %s; run what Setup lists", m.place.MaskSchema())
		return nil, verdict
	case !s.reads:
		verdict.Err = m.refused("cannot be masked, because we may not read it; run what Setup lists")
		return drop, verdict
	}
	return m.bring(s, view, drop, verdict)
}

// bring makes the masked view of an asset, unless it stands as it should. A view without
// columns shows nothing, and is none.
func (m *Masking) bring(s Shown, view string, drop []string, verdict provision.Masked) ([]string, provision.Masked) {
	text, out := m.text(s)
	if len(out) == len(s.columns) {
		verdict.Out, verdict.Err = out, m.refused("would be %s", BlankBy(out))
		return drop, verdict
	}
	verdict.Name, verdict.Out = naming.Identify(m.place.MaskSchema(), m.named.View), out
	r, _ := m.place.Remarks(s.comment)
	if s.Proven(m.place, s.object, m.rules) && r.Text == naming.Digest(text) {
		return nil, verdict
	}
	create := "create view " + view + " with (security_barrier = true) as\n" + text
	switch {
	case s.View == 0:
		return []string{create}, verdict
	case s.tied: // others have built on it; it keeps its place, if its columns do
		return []string{"create or replace" + strings.TrimPrefix(create, "create")}, verdict
	}
	return []string{"drop view " + view, create}, verdict
}

// remake runs the statements of a decision. A new view gets the grants of the old one.
// Our roles lose theirs where the view shows another object from now on: nobody was
// approved for that one yet.
func (m *Masking) remake(ctx context.Context, s *cluster.Session, was Shown, acts []string) (ran []provision.Statement, err error) {
	view := naming.Quote(m.place.MaskSchema(), m.named.View)
	staying, lost, err := m.holders(ctx, s, was)
	if err != nil {
		return nil, err
	}
	made := strings.HasPrefix(acts[len(acts)-1], "create")
	if made && was.tied && len(lost) > 0 {
		acts = append([]string{"revoke select on " + view + " from " + strings.Join(lost, ", ")}, acts...)
	}
	if made && len(staying) > 0 && !was.tied {
		acts = append(slices.Clip(acts), "grant select on "+view+" to "+strings.Join(staying, ", "))
	}
	for _, sql := range acts {
		if err := s.Exec(ctx, sql); err != nil {
			return nil, m.failed(sql, err)
		}
		ran = append(ran, provision.Statement(sql))
	}
	if !made {
		return ran, nil
	}
	if sql := m.trial(was); sql != "" {
		if err := s.Exec(ctx, sql); err != nil {
			return nil, m.failed(sql, err)
		}
	}
	return ran, m.prove(ctx, s, was)
}

// holders lists the roles that may read a view, besides us: those that still may when it
// was made anew, and those of ours that lose the right.
func (m *Masking) holders(ctx context.Context, s *cluster.Session, was Shown) (staying, lost []string, err error) {
	if was.View == 0 {
		return nil, nil, nil
	}
	const query = `
		select case a.grantee when 0 then 'public' else a.grantee::regrole::text end, coalesce(starts_with(r.rolname::text, $2), false)
		from pg_class c, aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee
		where c.oid = $1 and a.privilege_type = 'SELECT' and a.grantee <> c.relowner order by 1`
	r, _ := m.place.Remarks(was.comment)
	read := cluster.Reading{SQL: query, Args: []any{was.View, m.place.Maker() + "_"}, Scan: func(scan func(...any) error) error {
		var name string
		var ours bool
		err := scan(&name, &ours)
		if ours && r.Object != was.object {
			lost = append(lost, name)
		} else {
			staying = append(staying, name)
		}
		return err
	}}
	return staying, lost, s.Read(ctx, read)
}

// prove writes the comment on a view by which a later look sees that it is as we left it.
func (m *Masking) prove(ctx context.Context, s *cluster.Session, was Shown) error {
	found, err := readAll(ctx, s, []*Masking{m})
	if err != nil {
		return err
	}
	text, _ := m.text(was)
	comment := m.place.ShownComment(was.object, m.rules, naming.Digest(text), found[0].stands)
	return s.Exec(ctx, "comment on view "+naming.Quote(m.place.MaskSchema(), m.named.View)+" is "+naming.Literal(comment))
}

// refused says why the asset cannot be shown masked.
func (m *Masking) refused(format string, args ...any) error {
	return converge.RefuseAsset(m.want.Asset.Ref, format, args...)
}

// failed explains an error of a statement, where a person has to change something.
func (m *Masking) failed(sql string, err error) error {
	switch c := cluster.Code(err); {
	case c == "2BP01" || c == "42P16":
		return m.refused("cannot be shown anew, because others have built on %s: %v; drop that first", m.named.View, err)
	case strings.HasPrefix(c, "22"):
		return m.refused("has a column that cannot show the constant of its mask: %v", err)
	case strings.HasPrefix(c, "23"):
		return m.refused("has a column that cannot show what its mask says: %v", err)
	case errors.Is(err, context.Canceled):
		return err
	}
	return fmt.Errorf("%s: %w", excerpt.Of(sql, naming.MaxShown), err)
}
