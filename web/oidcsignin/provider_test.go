package oidcsignin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// fake is a provider that signs in whomever the test says, and breaks as it says.
type fake struct {
	*httptest.Server
	now func() time.Time

	mu     sync.Mutex
	key    *ecdsa.PrivateKey
	kid    string
	claims map[string]any // of whoever signs in, over the usual ones
	info   map[string]any // of the UserInfo endpoint
	codes  map[string]granted
	asked  url.Values // of the last request to sign in
	reads  int        // of the keys
	down   bool       // it answers nothing but 500
	hang   chan struct{}
	change func(q url.Values) // what comes back, before it does
}

// granted is what stands behind a code.
type granted struct {
	nonce, challenge string
	at               time.Time
}

const (
	client       = "grantwright"
	clientSecret = "hunter2-of-the-client"
)

func newFake(t testing.TB, now func() time.Time) *fake {
	t.Helper()
	f := &fake{now: now, codes: map[string]granted{}, claims: map[string]any{"sub": "eve", "groups": []string{"analysts"}}}
	f.rotate(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", f.metadata)
	mux.HandleFunc("GET /authorize", f.authorize)
	mux.HandleFunc("POST /token", f.token)
	mux.HandleFunc("GET /keys", f.keys)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) { answer(w, f.info) })
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		down, hang := f.down, f.hang
		f.mu.Unlock()
		if hang != nil {
			<-hang
		}
		if down {
			http.Error(w, "down", http.StatusInternalServerError)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

// with changes the provider while nobody looks.
func (f *fake) with(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fake) rotate(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	f.with(func() { f.key, f.kid = key, rand.Text() })
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (f *fake) metadata(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"issuer": f.URL, "authorization_endpoint": f.URL + "/authorize", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/keys",
		"userinfo_endpoint": f.URL + "/userinfo", "end_session_endpoint": f.URL + "/logout", "id_token_signing_alg_values_supported": []string{"ES256"},
		"authorization_response_iss_parameter_supported": true})
}

func (f *fake) keys(w http.ResponseWriter, _ *http.Request) {
	f.with(func() { f.reads++ })
	answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: f.key.Public(), KeyID: f.kid, Algorithm: "ES256", Use: "sig"}}})
}

// authorize signs in at once, as where the session at the provider lives.
func (f *fake) authorize(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	q := r.URL.Query()
	f.asked = q
	code := rand.Text()
	f.codes[code] = granted{q.Get("nonce"), q.Get("code_challenge"), f.now()}
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {f.URL}}
	if f.change != nil {
		f.change(back)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
}

// token exchanges a code, once.
func (f *fake) token(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	g, is := f.codes[r.PostFormValue("code")]
	delete(f.codes, r.PostFormValue("code"))
	f.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !is || id != client || secret != clientSecret || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		w.WriteHeader(http.StatusBadRequest)
		answer(w, map[string]string{"error": "invalid_grant", "error_description": "of " + secret})
		return
	}
	claims := map[string]any{"iss": f.URL, "aud": client, "nonce": g.nonce, "iat": f.now().Unix(), "exp": f.now().Add(5 * time.Minute).Unix(), "auth_time": f.now().Unix(), "sid": "session-1"}
	f.with(func() { maps.Copy(claims, f.claims) })
	raw, err := f.sign(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, map[string]any{"access_token": "access", "token_type": "Bearer", "id_token": raw})
}

// sign makes a JWT. A claim that is nil is left out.
func (f *fake) sign(claims map[string]any) (string, error) {
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	f.mu.Lock()
	defer f.mu.Unlock()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: f.key, KeyID: f.kid}}, nil)
	text, unwritten := json.Marshal(claims)
	if err := errors.Join(err, unwritten); err != nil {
		return "", err
	}
	signed, err := signer.Sign(text)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
