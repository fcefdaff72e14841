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

// zitadel is the example provider.
type zitadel struct {
	*httptest.Server
	routes, back atomic.Value
	asked        func() // before it answers the exchange of a code
}

// newZitadel makes a provider that knows no client yet.
func newZitadel(t *testing.T) *zitadel {
	z := &zitadel{asked: func() {}}
	z.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/token") {
			z.asked()
		}
		z.routes.Load().(http.Handler).ServeHTTP(w, r)
	}))
	t.Cleanup(z.Close)
	z.routes.Store(http.Handler(http.NotFoundHandler()))
	return z
}

// file is the file of providers of a server.
func (z *zitadel) file() string {
	return fmt.Sprintf("issuers: [{url: %q, client: grantwright, secret: env:CLIENT_SECRET, userInfo: true, claims: {attributes: {login: preferred_username}}}]", z.URL)
}

// knows registers a server at an address as the client.
func (z *zitadel) knows(address string) {
	z.back.Store(address + "/sign-in/ended")
	storage.RegisterClients(storage.WebClient("grantwright", clientSecret, address+"/sign-in/callback"))
	users := storage.NewStorage(storage.NewUserStore(z.URL))
	z.routes.Store(http.Handler(http.HandlerFunc(exampleop.SetupServer(z.URL, withLogout{users, &z.back}, nil, false).ServeHTTP)))
}

// password is what the user of the provider fills in.
var password = url.Values{"username": {"test-user@127.0.0.1"}, "password": {"verysecure"}}

// TestZitadel walks with the example provider of zitadel/oidc.
func TestZitadel(t *testing.T) {
	t.Parallel()
	provider := newZitadel(t)
	address := startServer(t, provider.file())
	provider.knows(address)

	logins := 0
	me, out, b := walk(t, address, func(b *browser, at page) page {
		logins++
		if wrong := b.submit(at, "username", url.Values{"username": {"test-user@127.0.0.1"}, "password": {"wrong"}}); strings.HasPrefix(wrong.url.String(), address) {
			t.Errorf("a wrong password leads to %s", wrong.url)
		}
		return b.submit(at, "username", password)
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
