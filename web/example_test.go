package web_test

import (
	"context"
	"encoding/json"
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
	defer func() { _ = engine.Close() }()
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
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(resp.Body)
	fmt.Printf("%s %s", resp.Status, body)
	// Output: 200 OK {"person":"eve@example.com","id":"eve@example.com","groupsKnown":false,"attributesKnown":false}
}

// A client of the API reads the code of a problem, and the faults of the request.
func ExampleProblem() {
	engine, err := grantwright.New(grantwright.Config{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = engine.Close() }()
	eve := request.Identity{ID: "eve@example.com"}
	access, err := web.Handler(engine, web.Options{
		Authenticate: func(*http.Request) (request.Identity, error) { return eve, nil },
	})
	if err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	access.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/requests?limit=0", nil))
	var problem web.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil {
		panic(err)
	}
	fmt.Println(w.Header().Get("Content-Type"))
	fmt.Println(problem.Status, problem.Code)
	for _, f := range problem.Errors {
		fmt.Println(f.Parameter, f.Detail)
	}
	// Output:
	// application/problem+json
	// 422 INVALID
	// limit expected number >= 1
}

// The host's own sign-in sends people back to the page that they came from, and
// never to another host.
func ExampleReturnPath() {
	back := httptest.NewRequest("GET", "/login?return=/access/requests", nil)
	away := httptest.NewRequest("GET", "/login?return=//elsewhere.example.com", nil)
	fmt.Println(web.ReturnPath(back, "/"))
	fmt.Println(web.ReturnPath(away, "/"))
	// Output:
	// /access/requests
	// /
}
