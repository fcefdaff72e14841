package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
)

// A host mounts the handler below a path of its own, and says who is there.
func ExampleHandler() {
	engine, err := grantwright.New(grantwright.Config{})
	if err != nil {
		panic(err)
	}
	defer engine.Close()
	access, err := web.Handler(engine, web.Options{
		SignInPath: "/login",
		Authenticate: func(r *http.Request) (request.Identity, error) {
			user, _, ok := r.BasicAuth() // a real host looks at its own session
			if !ok {
				return request.Identity{}, web.ErrSignIn
			}
			return request.Identity{ID: user}, nil
		},
	})
	if err != nil {
		panic(err)
	}
	host := http.NewServeMux()
	host.Handle("/access/", http.StripPrefix("/access", access))
	server := httptest.NewServer(host)
	defer server.Close()

	r, _ := http.NewRequestWithContext(context.Background(), "GET", server.URL+"/access/api/v1/people/me", nil)
	r.SetBasicAuth("eve@example.com", "")
	resp, err := server.Client().Do(r)
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Printf("%s %s", resp.Status, body)
	// Output: 200 OK {"person":"eve@example.com","id":"eve@example.com"}
}
