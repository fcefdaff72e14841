package web_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
	"github.com/grantwright/grantwright/web/internal/self"
)

// issued is the secret of a token that somebody issues over the API.
func (w *world) issued(t *testing.T, by request.Identity, operations, connections string) self.IssuedToken {
	t.Helper()
	quoted := func(words string) string {
		text, err := json.Marshal(strings.Fields(words))
		must(t, err)
		return string(text)
	}
	body := `{"name":"report","days":30,"scope":{"operations":` + quoted(operations)
	if connections != "" {
		body += `,"connections":` + quoted(connections)
	}
	a := w.call(t, by, "POST", "/tokens", body+`}}`)
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("an answer with a secret may be kept: %q", a.header.Get("Cache-Control"))
	}
	return read[self.IssuedToken](t, a, 201)
}

// withToken asks the API with a token alone.
func (w *world) withToken(t *testing.T, secret, method, path, body string, headers ...string) answer {
	t.Helper()
	r := w.request(t, request.Identity{}, method, path, body)
	r.Header.Del(web.DevHeader)
	r.Header.Set("Authorization", "Bearer "+secret)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return do(t, w.Client(), r)
}

// refusesWith wants a problem with a challenge of RFC 6750.
func refusesWith(t *testing.T, what string, a answer, status int, code, challenge string) {
	t.Helper()
	p := read[web.Problem](t, a, status)
	if p.Code != code || !strings.Contains(a.header.Get("WWW-Authenticate"), challenge) {
		t.Errorf("%s: %+v, WWW-Authenticate: %s", what, p, a.header.Get("WWW-Authenticate"))
	}
}

func TestTokensOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.issued(t, eve, "read ask", "")
	if made.Token.Owner != eve.Person() || made.Token.State != request.TokenActive || !strings.HasPrefix(made.Secret, "gwt_") {
		t.Fatalf("the token is %+v", made.Token)
	}
	me := read[self.Me](t, w.withToken(t, made.Secret, "GET", "/me", ""), 200)
	if me.Person != eve.Person() || me.Token == nil || me.Token.ID != made.Token.ID || !me.GroupsKnown || me.SignedIn != nil {
		t.Errorf("I am %+v", me)
	}
	// with somebody else's sign-in beside it, the token counts
	if me := read[self.Me](t, w.withToken(t, made.Secret, "GET", "/me", "", web.DevHeader, gov.ID), 200); me.Person != eve.Person() {
		t.Errorf("with another sign-in beside the token I am %s", me.Person)
	}
	if me := read[self.Me](t, w.call(t, eve, "GET", "/people/me", ""), 200); me.Token != nil || me.Person != eve.Person() {
		t.Errorf("without a token I am %+v", me)
	}
	req := read[request.Request](t, w.withToken(t, made.Secret, "POST", "/requests", submission), 201)
	if req.Requester != eve.Person() {
		t.Errorf("it asks as %s", req.Requester)
	}
	refusesWith(t, "nobody", w.call(t, request.Identity{}, "GET", "/me", "", web.DevHeader, ""), 401, "SIGN_IN", "Bearer")
	refusesWith(t, "a wrong token", w.withToken(t, made.Secret[:20], "GET", "/me", "", web.DevHeader, gov.ID), 401, "TOKEN", `error="invalid_token"`)
	refusesWith(t, "two tokens", w.withToken(t, made.Secret, "GET", "/me", "", "Authorization", "Bearer "+made.Secret), 401, "TOKEN", `error="invalid_token"`)
	refusesWith(t, "beyond the scope", w.withToken(t, made.Secret, "POST", "/requests/"+string(req.ID)+"/determinations", `{"act":"APPROVE"}`), 403, "SCOPE", `scope="decide"`)
	refusesWith(t, "issuing", w.withToken(t, w.issued(t, eve, "read ask decide govern administer issue-token", "").Secret, "POST", "/tokens", `{"name":"x","days":1,"scope":{"operations":["read"]}}`), 403, "SCOPE", `error="insufficient_scope"`)
	if p := read[web.Problem](t, w.call(t, eve, "POST", "/tokens", `{"name":"","days":400,"scope":{"operations":["reed"]}}`), 422); len(p.Errors) != 1 || p.Errors[0].Pointer != "#/scope/operations/0" {
		t.Errorf("a typo: %+v", p.Errors)
	}
	if p := read[web.Problem](t, w.call(t, eve, "POST", "/tokens", `{"name":"","days":400,"scope":{"operations":["read"]}}`), 422); len(p.Errors) != 2 {
		t.Errorf("two faults: %+v", p.Errors)
	}
	listed := read[api.List[request.Token]](t, w.withToken(t, made.Secret, "GET", "/tokens?limit=1", ""), 200)
	if len(listed.Items) != 1 || listed.Next == "" {
		t.Errorf("the first page is %+v", listed)
	}
	read[web.Problem](t, w.call(t, eve, "GET", "/tokens?all=true", ""), 403)
	if a := w.withToken(t, made.Secret, "DELETE", "/tokens/current", ""); a.status != 204 {
		t.Errorf("it revokes itself: %d %s", a.status, a.body)
	}
	refusesWith(t, "revoked", w.withToken(t, made.Secret, "GET", "/me", ""), 401, "TOKEN", "it was revoked")
	read[web.Problem](t, w.call(t, eve, "DELETE", "/tokens/current", ""), 409)
	if a := w.call(t, admin, "DELETE", "/tokens/"+string(listed.Items[0].ID), ""); a.status != 204 {
		t.Errorf("an administrator revokes another: %d", a.status)
	}
	if text := w.log.String(); strings.Contains(text, made.Secret) || strings.Contains(text, made.Secret[30:70]) {
		t.Error("the log holds the secret")
	}
}

// A token is for the API: a page takes it from nobody, also beside a sign-in.
func TestTokensAreNotForPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.issued(t, gov, "read ask decide govern administer", "").Secret
	for _, path := range []string{"/requests", "/tokens", "/cli", "/device", "/me"} {
		r := w.request(t, gov, "GET", "", "")
		r.URL.Path = path
		r.Header.Set("Authorization", "bearer "+secret)
		if a := do(t, w.Client(), r); a.status != 403 || !strings.Contains(a.body, "Pages are for people who sign in") {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
}

// TestScopeByOperation calls every operation with a token of each class, and of one operation.
func TestScopeByOperation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text, err := os.ReadFile("testdata/openapi.json")
	must(t, err)
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Scope       string `json:"x-token-scope"`
		}
	}
	must(t, json.Unmarshal(text, &document))
	called := 0
	for _, class := range append(request.ScopeClasses(), "request") {
		secret := w.issued(t, nobody, class, "").Secret
		for path, methods := range document.Paths {
			for method, op := range methods {
				if op.Scope == "always" || op.OperationID == "exchange-code" || op.OperationID == "begin-device" || op.OperationID == "device-token" {
					continue
				}
				called++
				fill := strings.NewReplacer("/api/v1", "", "{ref}", "warehouse:x", "{id}", "x", "{name}", "x", "{version}", "1", "{type}", "DATA_ACCESS", "{person}", "x").Replace(path)
				a := w.withToken(t, secret, strings.ToUpper(method), fill, "{}")
				refused := a.status == 403 && strings.Contains(a.body, `"code":"SCOPE"`)
				if may := op.Scope == class || op.OperationID == class; refused == may {
					t.Errorf("%s with a token to %s: status %d, refused %t: %s", op.OperationID, class, a.status, refused, truncated(a.body))
				}
				if refused && op.Scope != "" && !strings.Contains(a.header.Get("WWW-Authenticate"), `scope="`+op.Scope+`"`) {
					t.Errorf("%s: WWW-Authenticate: %s", op.OperationID, a.header.Get("WWW-Authenticate"))
				}
			}
		}
	}
	if called < 500 {
		t.Errorf("%d calls only", called)
	}
}

// A token that is limited to a connection does everything there, and nothing of which it
// cannot be seen that it is there: lists, single ones, bulk, exports.
func TestScopeByConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := func(connection, text string) string { return strings.ReplaceAll(text, "warehouse", connection) }
	there := w.submitted(t, eve)
	here := read[request.Request](t, w.call(t, eve, "POST", "/requests", at("lake", submission)), 201)
	all := "read ask decide govern administer"
	secrets := map[string]string{eve.ID: w.issued(t, eve, all, "lake").Secret, gov.ID: w.issued(t, gov, all, "lake").Secret, owner.ID: w.issued(t, owner, all, "lake").Secret, admin.ID: w.issued(t, admin, all, "lake").Secret}
	batch := func(refs ...string) string {
		var items []string
		for _, ref := range refs {
			items = append(items, at(ref, submission))
		}
		return `{"items":[` + strings.Join(items, ",") + `]}`
	}
	decide := func(ids ...request.ID) string {
		var items []string
		for _, id := range ids {
			items = append(items, `{"request":"`+string(id)+`","act":"DENY"}`)
		}
		return `{"items":[` + strings.Join(items, ",") + `]}`
	}
	claims := func(ref string) string {
		return `{"dryRun":true,"items":[{"asset":"` + ref + `:sales.public.orders","principal":"frank","owner":"frank@example.com","duration":"90 DAYS","reason":"x"}]}`
	}
	for _, tt := range []struct {
		by           request.Identity
		method, path string
		body         string
		may          bool
	}{
		{eve, "GET", "/me", "", true},
		{eve, "GET", "/preferences", "", true},
		{eve, "GET", "/requests/" + string(here.ID), "", true},
		{eve, "GET", "/requests/" + string(there.ID), "", false},
		{eve, "GET", "/requests/nowhere", "", false},
		{eve, "GET", "/requests", "", false},
		{eve, "GET", "/requests?connection=warehouse", "", false},
		{eve, "GET", "/requests?connection=lake&connection=warehouse", "", false},
		{eve, "GET", "/requests/" + string(there.ID) + "/events", "", false},
		{eve, "POST", "/requests/" + string(there.ID) + "/cancel", "", false},
		{eve, "GET", "/grants/" + string(there.ID) + "/job", "", false},
		{eve, "GET", "/inbox", "", false},
		{eve, "GET", "/assets?in=lake:sales", "", true},
		{eve, "GET", "/assets?in=warehouse:sales", "", false},
		{eve, "GET", "/assets?in=lake:sales&below=warehouse", "", false},
		{eve, "GET", "/assets?text=orders", "", false},
		{eve, "GET", "/assets/lake:sales.public.orders", "", true},
		{eve, "GET", "/assets/warehouse:sales.public.orders/form", "", false},
		{eve, "GET", "/resolve?fullyQualifiedName=sales.public.orders&technology=hand&host=lake", "", true},
		{eve, "GET", "/resolve?fullyQualifiedName=sales.public.orders&technology=fake&host=warehouse", "", false},
		{eve, "GET", "/resolve?fullyQualifiedName=sales.public.orders", "", false}, // is ambiguous, and would list the others
		{eve, "POST", "/requests", submission, false},
		{eve, "POST", "/requests", at("lake", submission), true},
		{eve, "POST", "/previews", submission, false},
		{eve, "POST", "/batches", batch("lake", "warehouse"), false},
		{eve, "POST", "/batches", batch("lake"), true},
		{eve, "GET", "/batches/x", "", false},
		{eve, "GET", "/people/me/access", "", false},
		{eve, "GET", "/people/me/access.csv", "", false},
		{gov, "GET", "/assets/warehouse:sales.public.orders/access.csv", "", false},
		{gov, "GET", "/assets/lake:sales.public.orders/access.csv", "", true},
		{gov, "GET", "/assets/warehouse/foreign", "", false},
		{gov, "POST", "/claims", claims("warehouse"), false},
		{gov, "POST", "/claims", claims("lake"), true},
		{gov, "PUT", "/assets/warehouse/attachments/DATA_ACCESS", `{"form":"default"}`, false},
		{gov, "PUT", "/flows/all", `{}`, false},
		{gov, "POST", "/stops/approvals/freeze", `{"reason":"x"}`, false},
		{gov, "GET", "/events", "", false},
		{admin, "GET", "/connections", "", false},
		{admin, "GET", "/connections/warehouse/links", "", false},
		{admin, "GET", "/connections/lake/links", "", true},
		{admin, "POST", "/connections/warehouse/sync", "", false},
		{admin, "POST", "/connections/lake/sync", "", true},
		{owner, "POST", "/determinations", decide(here.ID, there.ID), false},
		{owner, "POST", "/determinations", decide(here.ID), true},
		{owner, "POST", "/requests/" + string(there.ID) + "/determinations", `{"act":"DENY"}`, false},
	} {
		a := w.withToken(t, secrets[tt.by.ID], tt.method, tt.path, tt.body)
		refused := a.status == 403 && strings.Contains(a.body, `"code":"SCOPE"`)
		if tt.may && a.status >= 300 || !tt.may && (!refused || strings.Contains(a.body, "warehouse")) {
			t.Errorf("%s %s of %s: status %d: %s", tt.method, tt.path, tt.by.ID, a.status, truncated(a.body))
		}
	}
	if c := read[api.Case](t, w.call(t, eve, "GET", "/requests/"+string(there.ID), ""), 200); c.Request.Status != request.Pending {
		t.Errorf("what is elsewhere is %s", c.Request.Status)
	}
}

// A stream of events ends when its token is revoked.
func TestAStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.issued(t, auditor, "read", "")
	r := w.request(t, request.Identity{}, "GET", "/events", "")
	r.Header.Set("Authorization", "Bearer "+made.Secret)
	r.Header.Set("Accept", "text/event-stream")
	resp, err := w.Client().Do(r)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() && !strings.Contains(lines.Text(), "token.issued") {
	}
	must(t, w.engine.Tokens().Revoke(t.Context(), auditor, made.Token.ID))
	for lines.Scan() {
		if strings.Contains(lines.Text(), "token.revoked") {
			t.Error("what happens after its token was revoked is streamed")
		}
	}
	must(t, lines.Err())
}

// A service asks by its token, and does not decide.
func TestServicesOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{}, nil)
	body := func(permissions string) string {
		return `{"name":"nightly","days":7,"scope":{"operations":["read","ask","decide","govern"]},"service":{"id":"load","name":"The load","owner":"frank@example.com","permissions":[` + permissions + `]}}`
	}
	read[web.Problem](t, w.call(t, eve, "POST", "/tokens", body(`"ASKING"`)), 403)
	read[web.Problem](t, w.call(t, admin, "POST", "/tokens", body(`"ACTING"`)), 422)
	made := read[self.IssuedToken](t, w.call(t, admin, "POST", "/tokens", body(`"ASKING","ASKING_FOR_OTHERS"`)), 201)
	me := read[self.Me](t, w.withToken(t, made.Secret, "GET", "/me", ""), 200)
	if me.Person != "grantwright|load" || me.Kind != request.Service || me.Owner != frank.Person() {
		t.Errorf("it is %+v", me)
	}
	req := read[request.Request](t, w.withToken(t, made.Secret, "POST", "/requests", strings.Replace(submission, `{"asset"`, `{"beneficiary":"eve@example.com","asset"`, 1)), 201)
	if req.Requester != me.Person || req.Beneficiary != eve.Person() {
		t.Errorf("it asks as %s for %s", req.Requester, req.Beneficiary)
	}
	read[web.Problem](t, w.withToken(t, made.Secret, "POST", "/requests/"+string(req.ID)+"/determinations", `{"act":"APPROVE"}`), 403)
	read[web.Problem](t, w.withToken(t, made.Secret, "PUT", "/flows/mine", `{"default":{"act":"APPROVE"}}`), 403)
	if done := read[request.Request](t, w.withToken(t, made.Secret, "POST", "/requests/"+string(req.ID)+"/cancel", ""), 200); done.Status != request.Canceled {
		t.Errorf("it withdraws, and the request is %s", done.Status)
	}
	must(t, w.engine.StopSwitches().Disable(t.Context(), gov, frank.Person(), "left"))
	read[web.Problem](t, w.withToken(t, made.Secret, "GET", "/me", ""), 403)
}

func TestTokenPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/tokens"), eve.ID)
	wantOn(t, page, 200, "No tokens", "Issue a token", `href="/me"`)
	wantOn(t, b.send(formWith(t, page, "Issue the token").fill("name", "", "act", "issue")), 422, "name is missing")
	issue := formWith(t, page, "Issue the token").fill("name", hostileText, "days", "7", "act", "issue")
	issue.values["scope"] = []string{"read", "ask"}
	page = b.send(issue)
	wantOn(t, page, 201, "Copy the token now", "gwt_", "read, ask", "Never")
	if strings.Contains(page.body, hostileText) {
		t.Error("a name is not escaped")
	}
	if again := b.open("/tokens"); strings.Contains(again.body, "gwt_") {
		t.Error("the secret is shown again")
	}
	issue.values["scope"] = []string{"everything"}
	wantOn(t, b.send(issue), 422, "nobody can choose here")
	page = b.send(formWith(t, page, "Revoke").fill("act", "revoke"))
	wantOn(t, page, 200, "Revoked")
	a := w.browser(t)
	wantOn(t, a.signIn(a.open("/tokens?all"), admin.ID), 200, "Everybody’s", "eve@example.com")
	wantOn(t, b.open("/tokens?all"), 200, "Yours"[:0])
	wantOn(t, b.open("/me"), 200, "eve@example.com", "analysts", "None: you ask for access")
}

// Groups that are not known are shown as that.
func TestMeSaysWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{Authenticate: func(r *http.Request) (request.Identity, error) {
		return request.Identity{ID: "eve@example.com", Name: "Eve", SignedIn: request.SignIn{ACR: "gold"}}, nil
	}}, nil, func(c *grantwright.Config) { c.Directory = everybody })
	me := read[self.Me](t, w.call(t, eve, "GET", "/me", ""), 200)
	if me.GroupsKnown || me.AttributesKnown || me.SignedIn == nil || me.SignedIn.ACR != "gold" {
		t.Errorf("I am %+v", me)
	}
	wantOn(t, w.browser(t).open("/me"), 200, "Not known")
}

// challengeOf is the S256 challenge of verifier, of RFC 7636, appendix B.
const (
	verifier    = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challengeOf = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// programLink is the address to which a program sends its user.
func programLink(change ...string) string {
	q := url.Values{"redirect_uri": {"http://127.0.0.1:4711/callback"}, "state": {"state-4711"}, "code_challenge": {challengeOf}, "code_challenge_method": {"S256"}, "name": {"gw on laptop"}, "scope": {"read ask"}}
	for i := 0; i < len(change); i += 2 {
		q.Set(change[i], change[i+1])
	}
	return "/cli?" + q.Encode()
}

func TestLoginOfAProgram(t *testing.T) {
	t.Parallel()
	for _, tt := range mounts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, tt.base, tt.options, tt.mount)
			b := w.browser(t)
			page := b.signIn(b.open(tt.base+programLink()), eve.ID) // the whole query survives the sign-in
			wantOn(t, page, 200, "A program on this machine asks to act as", "gw on laptop", `value="ask" checked`)
			if strings.Contains(page.body, `value="decide" checked`) {
				t.Error("more is chosen than the program asks for")
			}
			if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' http://127.0.0.1:4711;") {
				t.Errorf("the policy is %s", csp)
			}
			b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			back := func(act string) url.Values {
				a := b.send(formWith(t, page, "Allow").fill("act", act))
				to, err := url.Parse(a.header.Get("Location"))
				if err != nil || a.status != 303 || to.Host != "127.0.0.1:4711" || to.Path != "/callback" || to.Query().Get("state") != "state-4711" {
					t.Fatalf("%s leads to %s with status %d", act, a.header.Get("Location"), a.status)
				}
				return to.Query()
			}
			if q := back("refuse"); q.Get("error") != "access_denied" || q.Get("code") != "" {
				t.Errorf("refused: %v", q)
			}
			code := back("allow").Get("code")
			exchange := fmt.Sprintf(`{"code":%q,"verifier":%q}`, code, verifier)
			a := w.call(t, request.Identity{}, "POST", "/tokens/exchange", exchange, web.DevHeader, "")
			made := read[self.IssuedToken](t, a, 200)
			if made.Token.Owner != eve.Person() || a.header.Get("Cache-Control") != "no-store" || made.Token.Name != "gw on laptop" {
				t.Errorf("the token is %+v, %v", made.Token, a.header)
			}
			if me := read[self.Me](t, w.withToken(t, made.Secret, "GET", "/me", ""), 200); me.Person != eve.Person() {
				t.Errorf("it acts as %s", me.Person)
			}
			if p := read[web.Problem](t, w.call(t, request.Identity{}, "POST", "/tokens/exchange", exchange, web.DevHeader, ""), 400); p.Code != "CODE" {
				t.Errorf("the code again: %+v", p)
			}
			refusesWith(t, "whose code came twice", w.withToken(t, made.Secret, "GET", "/me", ""), 401, "TOKEN", "it was revoked")
			if text := w.log.String(); strings.Contains(text, code) || strings.Contains(text, made.Secret) || strings.Contains(text, verifier) {
				t.Error("the log holds a secret")
			}
		})
	}
}

// A code goes to a program on the machine of the browser, and nowhere else.
func TestProgramsElsewhereGetNoCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	good := formWith(t, b.signIn(b.open(programLink()), eve.ID), "Allow").fill("act", "allow")
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, to := range []string{"", "http://localhost:4711/", "http://evil.example.com:4711/", "https://127.0.0.1:4711/", "http://127.0.0.1/", "http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://127.0.0.1:x/",
		"http://127.0.0.1:4711@evil.example.com/", "http://evil.example.com@127.0.0.1:4711/", "http://127.0.0.1.evil.example.com:4711/", "http://127.0.0.2:4711/", "http://127.1:4711/", "http://2130706433:4711/", "http://0.0.0.0:4711/",
		"http://[::]:4711/", "http://[::ffff:127.0.0.1]:4711/", "http://[::1%25evil]:4711/", "//127.0.0.1:4711/", "http:127.0.0.1:4711", "http:\\\\127.0.0.1:4711", "http://127.0.0.1:4711\\@evil.example.com/", "http://127.0.0.1:4711/?a=b", "http://127.0.0.1:4711/?",
		"http://127.0.0.1:4711/#a", "http://127.0.0.1:4711/\\evil", "http://127.0.0.1:4711/\n", "javascript:alert(1)", "http://127.0.0.1:4711/" + strings.Repeat("a", 500)} {
		if a := b.open(programLink("redirect_uri", to)); a.status != 400 || !strings.Contains(a.body, "redirect_uri") {
			t.Errorf("%q is asked about: status %d", to, a.status)
		}
		forged := good
		forged.values = url.Values{}
		for name, values := range good.values {
			forged.values[name] = values
		}
		forged.values.Set("redirect_uri", to)
		if a := b.send(forged); a.status != 400 || a.header.Get("Location") != "" {
			t.Errorf("%q gets an answer: status %d, %s", to, a.status, a.header.Get("Location"))
		}
	}
	for name, change := range map[string][]string{"a short state": {"state", "short"}, "a state of two lines": {"state", "aaaaaaaa\nb"}, "no challenge": {"code_challenge", ""}, "a plain challenge": {"code_challenge_method", "plain"},
		"a long name": {"name", strings.Repeat("n", 101)}, "a turned name": {"name", "a\u202eb"}, "a strange scope": {"scope", "everything"}} {
		if a := b.open(programLink(change...)); a.status != 400 {
			t.Errorf("%s: status %d", name, a.status)
		}
	}
	if a := b.open(programLink() + "&state=another-state"); a.status != 400 {
		t.Errorf("two states: status %d", a.status)
	}
	six := b.open(programLink("redirect_uri", "http://[::1]:4711/"))
	if a := b.send(formWith(t, six, "Allow").fill("act", "allow")); a.status != 303 || !strings.HasPrefix(a.header.Get("Location"), "http://[::1]:4711/?code=") {
		t.Errorf("IPv6: status %d, %s", a.status, a.header.Get("Location"))
	}
	if a := b.send(good, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example.com"); a.status != 403 {
		t.Errorf("another site allows it: status %d", a.status)
	}
	wrong := good
	wrong.values = url.Values{"redirect_uri": good.values["redirect_uri"], "state": good.values["state"], "code_challenge": good.values["code_challenge"], "name": {"gw"}, "days": {"4000"}, "scope": {"read"}, "act": {"allow"}}
	wantOn(t, b.send(wrong), 422, "This did not work", `value="4000"`)
}

func TestLoginOfADeviceOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{URL: "https://access.example.com/grants/"}, nil)
	nobodysCall := func(path, body string) answer {
		return w.call(t, request.Identity{}, "POST", path, body, web.DevHeader, "")
	}
	codes := read[self.DeviceAnswer](t, nobodysCall("/device", `{"name":"gw on build-7","scope":"read"}`), 200)
	if codes.Page != "https://access.example.com/grants/device" || codes.Expires != 600 || codes.Interval != 5 || len(codes.UserCode) != 9 {
		t.Fatalf("the codes are %+v", codes)
	}
	poll := fmt.Sprintf(`{"device_code":%q}`, codes.DeviceCode)
	waits := func(code string) {
		t.Helper()
		if p := read[web.Problem](t, nobodysCall("/device/token", poll), 400); p.Code != code || p.OAuth != strings.ToLower(code) {
			t.Errorf("the poll is answered with %+v, want %s", p, code)
		}
	}
	waits("AUTHORIZATION_PENDING")
	waits("SLOW_DOWN")
	b := w.browser(t)
	page := b.signIn(b.open("/device?user_code="+codes.UserCode), eve.ID)
	wantOn(t, page, 200, `value="`+codes.UserCode+`"`, "Type it here")
	page = b.send(formWith(t, page, "Continue").fill("act", "find"))
	wantOn(t, page, 200, "A device asks to act as", "gw on build-7", `value="read" checked`)
	wantOn(t, b.send(formWith(t, page, "Allow").fill("act", "allow", "days", "many")), 422, "must be a number of days", "gw on build-7")
	wantOn(t, b.send(formWith(t, page, "Allow").fill("act", "allow")), 200, "The device is let in")
	made := read[self.IssuedToken](t, nobodysCall("/device/token", poll), 200)
	if me := read[self.Me](t, w.withToken(t, made.Secret, "GET", "/me", ""), 200); me.Person != eve.Person() {
		t.Errorf("it acts as %s", me.Person)
	}
	waits("EXPIRED_TOKEN")
	again := read[self.DeviceAnswer](t, nobodysCall("/device", `{}`), 200)
	page = b.send(form{"/device", url.Values{"user_code": {again.UserCode}}})
	wantOn(t, b.send(formWith(t, page, "Refuse").fill("act", "refuse")), 200, "The device is refused")
	poll = fmt.Sprintf(`{"device_code":%q}`, again.DeviceCode)
	waits("ACCESS_DENIED")
	for range request.MaxCodeGuesses {
		wantOn(t, b.send(form{"/device", url.Values{"user_code": {"BBBB-BBBB"}}}), 422, "is none that waits")
	}
	wantOn(t, b.send(form{"/device", url.Values{"user_code": {"BBBB-BBBB"}}}), 429, "try again in some minutes")
	if a := nobodysCall("/device", `{"scope":"everything"}`); a.status != 422 {
		t.Errorf("a strange scope: status %d", a.status)
	}
}

// Where the dev sign-in has a token of its own, programs come in by theirs.
func TestTokensBesideTheDevToken(t *testing.T) {
	t.Parallel()
	const dev = "dev-token-of-the-start"
	w := newWorldAt(t, "", web.Options{Dev: &web.Dev{People: everybody, Token: dev}}, nil)
	made := read[self.IssuedToken](t, w.call(t, eve, "POST", "/tokens", `{"name":"gw","days":1,"scope":{"operations":["read"]}}`, "Authorization", "Bearer "+dev), 201)
	if me := read[self.Me](t, w.withToken(t, made.Secret, "GET", "/me", ""), 200); me.Person != eve.Person() {
		t.Errorf("I am %s", me.Person)
	}
	read[web.Problem](t, w.withToken(t, made.Secret+"x", "GET", "/me", ""), 401)
	read[web.Problem](t, w.call(t, eve, "GET", "/me", ""), 401) // without the token of the start
	read[self.DeviceAnswer](t, w.call(t, eve, "POST", "/device", `{}`), 200)
}
