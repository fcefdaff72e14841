package signin

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// withLogout lets clients come back from a sign-out, which the example does not.
type withLogout struct {
	*storage.Storage
	back *atomic.Value
}

type client struct {
	op.Client
	back string
}

func (c client) PostLogoutRedirectURIs() []string { return []string{c.back} }

func (s withLogout) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	one, err := s.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return client{one, s.back.Load().(string)}, nil
}

// TestZitadel walks with the example provider of zitadel/oidc.
func TestZitadel(t *testing.T) {
	t.Parallel()
	var routes, back atomic.Value
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		routes.Load().(http.Handler).ServeHTTP(w, r)
	}))
	t.Cleanup(provider.Close)
	routes.Store(http.Handler(http.NotFoundHandler()))
	address := startServer(t, fmt.Sprintf("issuers: [{url: %q, client: grantwright, secret: env:CLIENT_SECRET, userInfo: true, claims: {attributes: {login: preferred_username}}}]", provider.URL))
	back.Store(address + "/sign-in/ended")

	web := storage.WebClient("grantwright", clientSecret, address+"/sign-in/callback")
	storage.RegisterClients(web)
	users := storage.NewStorage(storage.NewUserStore(provider.URL))
	routes.Store(http.Handler(http.HandlerFunc(exampleop.SetupServer(provider.URL, withLogout{users, &back}, nil, false).ServeHTTP)))

	logins := 0
	me, out, b := walk(t, address, func(b *browser, at page) page {
		logins++
		if wrong := b.submit(at, "username", url.Values{"username": {"test-user@127.0.0.1"}, "password": {"wrong"}}); strings.HasPrefix(wrong.url.String(), address) {
			t.Errorf("a wrong password leads to %s", wrong.url)
		}
		return b.submit(at, "username", url.Values{"username": {"test-user@127.0.0.1"}, "password": {"verysecure"}})
	})
	if who := identity(t, me); who.Person != "id1" || who.Groups != nil {
		t.Errorf("who am I: %+v", who)
	}
	onward := regexp.MustCompile(`http-equiv="refresh" content="0;url=([^"]*)"`).FindStringSubmatch(out.body)
	if onward == nil {
		t.Fatalf("the sign-out does not go on to the provider:\n%s", out.body)
	}
	if ended := b.open(html.UnescapeString(onward[1])); ended.url.String() != address+"/sign-in/ended" || ended.status != http.StatusOK {
		t.Errorf("the sign-out at the provider ends at %s (%d):\n%s", ended.url, ended.status, ended.body)
	}
}
