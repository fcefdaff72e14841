package listing

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// Take revokes one right that we granted ourselves, and refuses any other with the
// statements by which its grantor can revoke it.
func (l Lister) Take(ctx context.Context, f provision.Foreign) ([]provision.Statement, error) {
	system, _, object, err := naming.ParseID(f.Asset.ID, f.Asset.Ref)
	path := f.Asset.Ref.Path()
	if err != nil || system != l.Cluster.System || len(path) != 3 || len(f.Undo) != 3 {
		return nil, converge.RefuseAsset(f.Asset.Ref, "is not as it was surveyed here")
	}
	s, err := l.Cluster.Begin(ctx, path[0], cluster.Locking(naming.LockKey("object", object)))
	if err != nil {
		return nil, err
	}
	defer s.End()
	if f.By != s.Server.SelfName {
		return nil, &provision.RefusedError{What: fmt.Sprintf("access of %q to %s", f.Principal.Name, f.Asset.Ref), Reason: fmt.Sprintf(
			"was given by %q, who alone can take it away: %s", f.By, provision.Script(f.Undo))}
	}
	return l.takeOurs(ctx, s, f, object)
}

// takeOurs revokes rights that we granted ourselves, and reads back that they are gone.
func (l Lister) takeOurs(ctx context.Context, s *cluster.Session, f provision.Foreign, object uint32) ([]provision.Statement, error) {
	const query = `
		select exists (select from pg_class c, aclexplode(c.relacl) a where c.oid = $1 and a.grantee::text = $2 and a.grantor = $3 and a.privilege_type = any($4))
			or exists (select from pg_attribute t, aclexplode(t.attacl) a where t.attrelid = $1 and a.grantee::text = $2 and a.grantor = $3 and a.privilege_type = any($4))`
	stands := func() (yes bool, err error) {
		err = s.Query(ctx, func(scan func(...any) error) error { return scan(&yes) }, query, object, f.Principal.ID, s.Server.Self, pq.Array(f.Rights))
		return yes, err
	}
	if yes, err := stands(); err != nil || !yes {
		return nil, err
	}
	if err := s.Exec(ctx, string(f.Undo[1])); err != nil {
		return nil, err
	}
	switch yes, err := stands(); {
	case err != nil:
		return nil, err
	case yes:
		return nil, fmt.Errorf("%w: it stands after %s", cluster.ErrUnsettled, f.Undo[1])
	}
	if err := s.Commit(ctx); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return f.Undo[1:2], nil
}
