package pgprovision

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// maxSwept bounds how many roles one Sweep drops.
const maxSwept = 200

// Sweep implements provision.Sweeper. It drops the group roles that nobody is in: the end
// of the last grant leaves one where somebody's lock was in the way.
func (p *Provisioner) Sweep(ctx context.Context) ([]provision.Statement, error) {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	assets, err := p.emptied(ctx)
	if err != nil {
		return nil, p.loop.Explain(err)
	}
	var ran []provision.Statement
	var errs []error
	for _, a := range assets {
		j, err := p.newJob(a)
		if err != nil {
			continue // of another cluster
		}
		err = p.loop.Persevere(ctx, func() error { _, err := p.once(ctx, j); return err })
		if err != nil {
			errs = append(errs, p.loop.Explain(err))
		}
		for _, act := range j.done {
			ran = append(ran, provision.Statement(act.sql))
		}
	}
	return ran, errors.Join(errs...)
}

// emptied lists the assets of the roles of the connection that nobody is in but us.
func (p *Provisioner) emptied(ctx context.Context) (assets []catalog.Asset, err error) {
	const query = `
		select r.rolname, d.description
		from pg_roles r join pg_shdescription d on d.objoid = r.oid and d.classoid = 'pg_authid'::regclass
		where r.rolname > $1::name and r.rolname < $2::name and not exists (select from pg_auth_members m where m.roleid = r.oid and m.member <> $3)
		order by r.rolname limit $4`
	first := naming.Prefix + p.to.Installation
	err = p.cluster.ReadOnly(ctx, p.loop, p.cluster.Database(), func(ctx context.Context, s *cluster.Session) error {
		assets = nil
		return s.Query(ctx, func(scan func(...any) error) error {
			var name, comment string
			if err := scan(&name, &comment); err != nil {
				return err
			}
			place, _, object, err := naming.ReadComment(p.to.Installation, name, comment)
			if err == nil && place.Ref.Connection() == p.to.Connection.Name {
				assets = append(assets, catalog.Asset{Ref: place.Ref, ID: naming.FormatID(place.System, place.DatabaseID, object, place.Ref)})
			}
			return nil
		}, query, first+"_", first+"`", s.Server.Self, maxSwept)
	})
	return assets, err
}
