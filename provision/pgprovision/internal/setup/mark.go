package setup

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// The Mark of an installation is the comment on the role gw_<installation>, which
// like all roles stands for the whole cluster and goes into its backups. Nobody is
// in that role, and nobody can log in as it. From 16 on it is a role that we made,
// so that we may comment on it; before, it is the one that Setup makes, and a
// function of it writes the comment.

// markPattern matches the comment of a Mark, in Go and in PostgreSQL.
func (p Setup) markPattern() string {
	return "^grantwright " + p.To.Installation + ": the records are those of store ([A-Za-z0-9]{1,64}), generation ([0-9]{1,19})$"
}

func (p Setup) markComment(m provision.Mark) string {
	return fmt.Sprintf("grantwright %s: the records are those of store %s, generation %d", p.To.Installation, m.Store, m.Generation)
}

// parseMark reads the comment that markComment wrote; no comment is no Mark.
func (p Setup) parseMark(comment string) (provision.Mark, error) {
	if comment == "" {
		return provision.Mark{}, nil
	}
	parts := regexp.MustCompile(p.markPattern()).FindStringSubmatch(comment)
	if parts == nil {
		return provision.Mark{}, fmt.Errorf("%w: role %q has a comment that is no mark of ours: %q", provision.ErrPermanent, p.marker(), comment)
	}
	generation, err := strconv.ParseInt(parts[2], 10, 64)
	return provision.Mark{Store: parts[1], Generation: generation}, err
}

// marker is the role that bears the Mark.
func (p Setup) marker() string { return naming.Prefix + p.To.Installation }

// Marked reads the Mark that stands.
func (p Setup) Marked(ctx context.Context) (m provision.Mark, err error) {
	err = p.Cluster.ReadOnly(ctx, p.Loop, p.Cluster.Database(), func(ctx context.Context, s *cluster.Session) error {
		found, err := p.readMarking(ctx, s)
		if err != nil {
			return err
		}
		m, err = p.parseMark(found.comment)
		return err
	})
	return m, err
}

// Identify reads which server answers, whichever it is, and the Mark on it.
func (p Setup) Identify(ctx context.Context) (provision.Identity, error) {
	now, comment, err := p.Cluster.Identify(ctx, p.marker())
	if err == nil {
		now.Mark, err = p.parseMark(comment)
	}
	return now, err
}

// Mark puts a Mark in the place of another.
func (p Setup) Mark(ctx context.Context, was, m provision.Mark) error {
	if read, err := p.parseMark(p.markComment(m)); err != nil || read != m {
		return fmt.Errorf("%w: mark %+v: store must be 1 to 64 letters or digits, generation must not be negative", provision.ErrPermanent, m)
	}
	s, err := p.Cluster.Begin(ctx, p.Cluster.Database(), cluster.Locking(naming.LockKey("mark", p.To.Installation)))
	if err != nil {
		return err
	}
	defer s.End()
	found, err := p.readMarking(ctx, s)
	if err != nil {
		return err
	}
	if stands, err := p.parseMark(found.comment); err != nil {
		return err
	} else if stands != was {
		return fmt.Errorf("%w: %+v, not %+v", provision.ErrMarked, stands, was)
	}
	if err := p.writeMark(ctx, s, found, p.markComment(m)); err != nil {
		return err
	}
	if found, err = p.readMarking(ctx, s); err != nil {
		return err
	}
	if found.comment != p.markComment(m) {
		return fmt.Errorf("%w: role %q has the comment %q", cluster.ErrUnsettled, p.marker(), found.comment)
	}
	return s.Commit(ctx)
}

// marking is the state of the role that bears the Mark.
type marking struct {
	stands  bool // the role does
	comment string
	writes  bool // we may change it
}

func (p Setup) readMarking(ctx context.Context, s *cluster.Session) (marking, error) {
	const query = `
		select coalesce(shobj_description(r.oid, 'pg_authid'), ''),
			case when $2 then pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') else exists (
				select from pg_proc f join pg_namespace n on n.oid = f.pronamespace
				where n.nspname = r.rolname and f.proname = 'mark' and f.proowner = r.oid
					and has_schema_privilege(n.oid, 'USAGE') and has_function_privilege(f.oid, 'EXECUTE')) end
		from pg_roles r where r.rolname = $1`
	var found marking
	err := s.Query(ctx, func(scan func(...any) error) error {
		found.stands = true
		return scan(&found.comment, &found.writes)
	}, query, p.marker(), s.Server.SetsOptions())
	return found, err
}

func (p Setup) writeMark(ctx context.Context, s *cluster.Session, found marking, comment string) error {
	role := naming.Quote(p.marker())
	switch {
	case s.Server.SetsOptions() && !found.stands:
		if err := s.Exec(ctx, "create role "+role+" nologin"); err != nil {
			return err
		}
	case !found.writes:
		return &provision.RefusedError{What: fmt.Sprintf("role %q", p.marker()), Reason: "cannot be marked by us; run what Setup lists"}
	}
	if s.Server.SetsOptions() {
		return s.Exec(ctx, "comment on role "+role+" is "+naming.Literal(comment))
	}
	return s.Exec(ctx, fmt.Sprintf("select %s.mark(%s)", role, naming.Literal(comment)))
}

// setupMark lists the grant by which we may write the Mark on a role that came with a
// cluster from before 16.
const setupMark = `
	select 'grant %s to %s with admin true, inherit false, set false', array[quote_ident(r.rolname), quote_ident(current_user)] from pg_roles r
	where $2 and r.rolname = 'gw_' || $1 and not pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION')`

// setupMarker lists the statements that install the function by which we write the Mark
// before 16, in the database of the connection. The function comments on its own role
// only.
func (p Setup) setupMarker(ctx context.Context, s *cluster.Session, steps *[]Statement) error {
	if s.Server.SetsOptions() || s.Server.Database != p.Cluster.Database() {
		return nil
	}
	found, err := p.readMarking(ctx, s)
	if err != nil || found.writes {
		return err
	}
	role, us := naming.Quote(p.marker()), naming.Quote(s.Server.SelfName)
	for _, statement := range []string{
		"create schema if not exists " + role,
		fmt.Sprintf(markFunction, role, naming.Literal(p.markPattern()), role),
		"alter function " + role + ".mark(text) owner to " + role,
		"revoke all on function " + role + ".mark(text) from public",
		"grant usage on schema " + role + " to " + us,
		"grant execute on function " + role + ".mark(text) to " + us,
	} {
		*steps = append(*steps, Statement{Database: s.Server.Database, Statement: provision.Statement(statement)})
	}
	return nil
}

const markFunction = `create or replace function %s.mark(remark text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $mark$
begin
	if remark is null or remark !~ %s then
		raise exception 'not a mark of this installation of Grantwright' using errcode = 'insufficient_privilege';
	end if;
	execute format('comment on role %s is %%L', remark);
end $mark$`
