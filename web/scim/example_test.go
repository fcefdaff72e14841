package scim_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/scim"
)

// A provider of identities writes a person, and the engine's directory knows them.
func Example() {
	records := new(store.Memory)
	directory := scim.Directory{Store: records, Issuer: "https://id.example.com"}
	engine, err := grantwright.New(grantwright.Config{Store: records, Inventory: new(catalog.Memory), Directory: directory})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
	token := rand.Text() + rand.Text()
	authorize, err := scim.Tokens(token)
	if err != nil {
		log.Fatal(err)
	}
	provider, err := scim.Handler(engine, scim.Options{Issuer: directory.Issuer, Authorize: authorize})
	if err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/scim/v2/Users", strings.NewReader(`{"userName": "eve@example.com", "externalId": "4711", "displayName": "Eve"}`))
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	provider.ServeHTTP(w, r)
	fmt.Println(w.Code)

	everybody, complete, err := directory.People(context.Background(), request.Criterion{Everybody: true}, "", 10)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(everybody[0].Person(), everybody[0].Name, complete)
	// Output:
	// 201
	// https://id.example.com|4711 Eve true
}
