package browser

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// groups are those of the people of the provider, who sign in with their names.
var groups = map[string][]string{
	"eve":         {"analysts"},
	"sales-owner": {"sales-owners"},
	"governance":  {"data-governance"},
	"admin":       {"platform"},
}

const password = "verysecure"

// accounts are the people of the provider.
type accounts struct{}

func (accounts) GetUserByID(id string) *storage.User {
	if groups[id] == nil {
		return nil
	}
	return &storage.User{ID: id, Username: id, Password: password, FirstName: id, LastName: "Example", Email: id + "@example.com", EmailVerified: true}
}

func (a accounts) GetUserByUsername(name string) *storage.User { return a.GetUserByID(name) }

func (accounts) ExampleClientID() string { return "none" }

// grouped tells clients the groups of people.
type grouped struct{ *storage.Storage }

func (g grouped) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, token, subject, origin string) error {
	err := g.Storage.SetUserinfoFromToken(ctx, info, token, subject, origin)
	if err == nil {
		info.AppendClaims("groups", slices.Clone(groups[info.Subject]))
	}
	return err
}

var _ op.Storage = grouped{}

const clientSecret = "the-secret-of-the-client"

// provider is the example provider of zitadel/oidc, with people of every role.
type provider struct {
	*httptest.Server
	routes atomic.Value
}

func startProvider(t *testing.T) *provider {
	t.Helper()
	p := new(provider)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.routes.Load().(http.Handler).ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	p.routes.Store(http.Handler(http.NotFoundHandler()))
	return p
}

// knows serves, once the addresses of its clients are known.
func (p *provider) knows(clients map[string]string) {
	for name, address := range clients {
		storage.RegisterClients(storage.WebClient(name, clientSecret, address+"/sign-in/callback"))
	}
	people := grouped{storage.NewStorage(accounts{})}
	p.routes.Store(http.Handler(http.HandlerFunc(exampleop.SetupServer(p.URL, people, slog.New(slog.DiscardHandler), false).ServeHTTP)))
}
