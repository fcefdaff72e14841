package shelf

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Harness is what a conformance suite needs of the platform: assets, users, and a
// look at what they can do that is not the provisioner's.
type Harness struct {
	*Shelf
	url       string
	open      func(url, key string) provision.Provisioner
	passwords sync.Map // by user
	opened    sync.Map // keys, by provisioner
}

// Start serves an empty platform until the test ends. Open makes the provisioner
// that is to be tested.
func Start(t testing.TB, open func(url, key string) provision.Provisioner) *Harness {
	s := New()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return &Harness{Shelf: s, url: server.URL, open: open}
}

// Open makes a provisioner with a key of its own.
func (h *Harness) Open(testing.TB) provision.Provisioner {
	key := h.Key("grantwright")
	p := h.open(h.url, key)
	h.opened.Store(p, key)
	return p
}

// Asset makes a folder.
func (h *Harness) Asset(testing.TB) catalog.Asset {
	f := h.Make("f" + rand.Text())
	return catalog.Asset{Ref: catalog.Ref("shelf:" + f.Name), Kind: catalog.Table, ID: f.ID}
}

// Person makes a user.
func (h *Harness) Person(testing.TB) request.Principal {
	who := request.Principal{Name: "u" + rand.Text()}
	h.passwords.Store(who.Name, h.User(who.Name))
	return who
}

// Allowed logs in as the user, and reads or writes.
func (h *Harness) Allowed(ctx context.Context, who request.Principal, a catalog.Asset, p request.Privilege) (bool, error) {
	method := map[request.Privilege]string{request.Read: http.MethodGet, request.ReadWrite: http.MethodPut}[p]
	r, err := http.NewRequestWithContext(ctx, method, h.url+"/content/"+a.Ref.Name(), nil)
	if err != nil {
		return false, err
	}
	password, _ := h.passwords.Load(who.Name)
	r.SetBasicAuth(who.Name, fmt.Sprint(password))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false, err
	}
	_ = answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusNoContent:
		return true, nil
	case http.StatusForbidden:
		return false, nil
	}
	return false, fmt.Errorf("%s %s: %s", method, a.Ref, answer.Status)
}

// Give lets the user read, in the name of somebody else.
func (h *Harness) Give(_ testing.TB, who request.Principal, a catalog.Asset) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.access[entry{a.ID, who.Name, "somebody else"}] = "read"
}

// Replace puts another folder under the name.
func (h *Harness) Replace(_ testing.TB, a catalog.Asset) { h.Make(a.Ref.Name()) }

// Withdraw takes away what a provisioner of ours gave the user.
func (h *Harness) Withdraw(_ testing.TB, who request.Principal, a catalog.Asset) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.access, entry{a.ID, who.Name, "grantwright"})
}

// Break makes all fail that the provisioner asks.
func (h *Harness) Break(t testing.TB, p provision.Provisioner) (heal func()) {
	key, is := h.opened.Load(p)
	if !is {
		t.Fatal("shelf: this provisioner was not opened here")
	}
	set := func(broken bool) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.broken[key.(string)] = broken
	}
	set(true)
	return func() { set(false) }
}
