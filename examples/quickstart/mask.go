package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

const customers catalog.Ref = platformName + ":" + database + ".sales.customers"

// masked gives two people the customers as they are masked, and one of them the
// e-mail as it is, for an hour.
func (s *stage) masked(ctx context.Context) error {
	heading("Masked", "the e-mail of the customers is masked by governance.yaml; eve and grace may read them, and eve needs the e-mail too")
	var view string
	for _, person := range []request.Identity{eve, grace} {
		entry, err := s.engine.Assets().Entry(ctx, person, customers, request.DataAccess)
		if err != nil {
			return err
		}
		grant, err := s.obtain(ctx, person, filled(entry, "who orders what", "30 DAYS"))
		if err != nil {
			return err
		}
		view = grant.Query
		say("%s is granted %s on %s, and what to query is %s", person.ID, grant.Access, grant.Asset.Ref, view)
	}
	grant, err := s.obtain(ctx, eve, request.Submission{Asset: customers, Type: request.MaskingException, Columns: []string{"email"},
		Answers: request.Answers{"purpose": {"to write to those whose parcel is lost"}, "duration": {"1 HOURS"}}})
	if err != nil {
		return err
	}
	say("eve asks for a masking exception, and both stewards approve: %s, until %s", grant.Access, grant.Ends.Format("15:04 MST"))
	if err := s.seen(ctx, view, "customer1@example.com"); err != nil {
		return err
	}
	if _, err := s.engine.Revoke(ctx, eve, grant.Request, "they are written to"); err != nil {
		return err
	}
	if _, err := s.engine.WaitForGrant(ctx, eve, grant.Request); err != nil {
		return err
	}
	say("the exception has ended, and the access goes on")
	return s.seen(ctx, view, "***example.com")
}

// obtain has something asked for, approved by both stewards, and granted.
func (s *stage) obtain(ctx context.Context, by request.Identity, asked request.Submission) (provision.Grant, error) {
	req, err := s.engine.Submit(ctx, by, asked)
	if err != nil {
		return provision.Grant{}, err
	}
	for _, steward := range []request.Identity{owner, privacy} {
		if _, err := s.engine.Determine(ctx, steward, req.ID, review.Determination{Act: review.Approve, Reason: "fine"}); err != nil {
			return provision.Grant{}, err
		}
	}
	for began := time.Now(); ; {
		grant, err := s.engine.WaitForGrant(ctx, by, req.ID)
		if err != nil || grant.State == provision.Active {
			return grant, err
		}
		if time.Since(began) > 30*time.Second {
			return grant, fmt.Errorf("the grant of %s is still %s: %s", by.ID, grant.State, grant.Error)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// seen checks what eve and grace see of the first customer, and that neither gets
// at the table itself.
func (s *stage) seen(ctx context.Context, view, eves string) error {
	for login, want := range map[string]string{"eve": eves, "grace": "***example.com"} {
		if err := s.refused(ctx, login, "sales.customers"); err != nil {
			return err
		}
		got, err := s.firstEMail(ctx, login, view)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%s sees %s in %s, want %s", login, got, view, want)
		}
		checked("%s: select email from %s where id = 1  →  %s", login, view, got)
	}
	return nil
}

func (s *stage) firstEMail(ctx context.Context, login, view string) (email string, err error) {
	db, err := sql.Open("postgres", s.server.URL(login, s.passwords[login], database))
	if err != nil {
		return "", err
	}
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(ctx, "select email from "+view+" where id = 1").Scan(&email)
	return email, err
}
