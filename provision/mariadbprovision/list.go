package mariadbprovision

import (
	"context"
	"iter"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/request"
)

// listed is one person in one role of ours.
type listed struct {
	path, object, role string
	privilege          request.Privilege
	of                 account
}

func (l listed) samePair(o listed) bool {
	return l.path == o.path && l.object == o.object && l.of == o.of
}

// List implements provision.Lister. It reads pages, each at its own moment. Between two
// pages no session is open on the platform.
func (p *Provisioner) List(ctx context.Context, root catalog.Ref) iter.Seq2[provision.Standing, error] {
	return func(yield func(provision.Standing, error) bool) {
		var pair []listed // the roles of one person on one asset
		flush := func() bool {
			if len(pair) == 0 {
				return true
			}
			s, err := p.standing(pair)
			pair = nil
			return err == nil && !root.Covers(s.Asset.Ref) || yield(s, err) && err == nil
		}
		for last := (listed{}); ; {
			page, err := p.page(ctx, last)
			if err != nil {
				yield(provision.Standing{}, p.loop.Explain(err))
				return
			}
			for _, l := range page {
				if len(pair) > 0 && !l.samePair(pair[0]) && !flush() {
					return
				}
				pair, last = append(pair, l), l
			}
			if len(page) < p.pageSize {
				flush()
				return
			}
		}
	}
}

// page reads the page that begins after a cursor, the last row of the page before.
func (p *Provisioner) page(ctx context.Context, after listed) ([]listed, error) {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	var page []listed
	err := p.loop.Persevere(ctx, func() error {
		page = nil
		s, err := p.session(ctx)
		if err != nil {
			return err
		}
		defer s.end()
		return s.Query(ctx, func(scan func(...any) error) error {
			var l listed
			err := scan(&l.path, &l.object, &l.role, &l.privilege, &l.of.user, &l.of.host)
			l.object = s.server.id + "/" + l.object
			page = append(page, l)
			return err
		}, "select r.path, r.object, r.role, r.privilege, p.user, p.host from "+p.home+".asset_roles r join "+p.home+".memberships m on m.role = r.role and m.host = '' join "+
			p.home+".person_roles p on p.role = m.user where (r.path, r.object, p.user, p.host, r.role) > (?, ?, ?, ?, ?) order by r.path, r.object, p.user, p.host, r.role limit ?",
			after.path, after.bareObject(), after.of.user, after.of.host, after.role, p.pageSize)
	})
	return page, err
}

// bareObject is the object as its server calls it.
func (l listed) bareObject() string {
	_, object, _ := strings.Cut(l.object, "/")
	return object
}

func (p *Provisioner) standing(pair []listed) (provision.Standing, error) {
	path, err := catalog.ParsePath(pair[0].path)
	if err != nil {
		return provision.Standing{}, p.loop.Wrap(err)
	}
	ref, err := catalog.NewRef(p.to.Connection.Name, path...)
	if err != nil {
		return provision.Standing{}, p.loop.Wrap(err)
	}
	s := provision.Standing{Principal: request.Principal{Name: pair[0].of.String()}, Asset: catalog.Asset{Ref: ref, ID: pair[0].object}}
	for _, l := range pair {
		s.Want = append(s.Want, accessOf(l.privilege))
	}
	return s, nil
}
