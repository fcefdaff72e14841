package oversight

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/api"
	"github.com/grantwright/grantwright/web/internal/once"
	"github.com/grantwright/grantwright/web/internal/site"
)

// ConnectionTest is what is tested in the place of what is registered.
type ConnectionTest struct {
	Technology string `json:"technology,omitempty" doc:"Which platform opens it; if it is missing, the connection is tested as it is registered" example:"postgres"`
	Host       string `json:"host,omitempty" doc:"The name that catalogs know the platform by"`
	URL        string `json:"url,omitempty" doc:"Where the platform is and who we are there, without a password"`
	Secret     string `json:"secret,omitempty" doc:"A reference to the password: env:NAME or file:/path"`
}

// Health is how a connection is, as far as that is known without asking its platform.
type Health struct {
	Connection string              `json:"connection"`
	Syncs      provision.Syncs     `json:"syncs"`
	Compared   *api.Reconciliation `json:"compared,omitempty" doc:"The last comparison, with the first of its findings; missing if there was none"`
}

func (s *server) routeConnections() {
	serve(s, http.MethodPost, "/connections/{name}/test", "test-connection", "Try each step on the way to a platform, and say how to mend the one that fails",
		"Takes ADMIN. Nothing is registered and nothing is changed. A step that comes after one that has failed is SKIPPED.", s.test, once.Reads)
	serve(s, http.MethodGet, "/connections/{name}/health", "connection-health", "The last syncs of a connection, and its last comparison",
		"Takes ADMIN, GOVERNANCE or AUDIT.", s.health)
}

func (s *server) test(ctx context.Context, by request.Identity, in *struct {
	api.ConnectionNamed
	Body ConnectionTest
}) (*listed[provision.Probed], error) {
	c := catalog.Connection{Name: in.Name, Technology: in.Body.Technology, Host: in.Body.Host, URL: in.Body.URL, Secret: in.Body.Secret}
	if (in.Body == ConnectionTest{}) && by.Has(request.Admin) {
		var err error
		if c, err = s.Engine.Connections().Connection(ctx, by, in.Name); err != nil {
			return nil, err
		}
	} else if in.Body.Technology == "" && by.Has(request.Admin) {
		return nil, site.Invalid("connection", "technology", "is missing: it says which platform opens the connection")
	}
	steps, err := s.Engine.Connections().Test(ctx, by, c)
	if err != nil {
		return nil, err
	}
	return list(steps, ""), nil
}

func (s *server) health(ctx context.Context, by request.Identity, in *api.ConnectionNamed) (*shown[Health], error) {
	if _, err := s.Engine.Connections().Connection(ctx, by, in.Name); err != nil {
		return nil, err
	}
	all, err := s.Engine.Connections().Health(ctx, by, in.Name)
	if err != nil {
		return nil, err
	}
	out := Health{Connection: in.Name, Syncs: all[0].Syncs}
	if c := all[0].Compared; !c.At.IsZero() {
		compared := api.ReconciliationOf(c)
		out.Compared = &compared
	}
	return &shown[Health]{out}, nil
}
