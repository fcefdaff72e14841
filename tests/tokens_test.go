package tests

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// issued is a token that reads, of somebody.
func (w *world) issued(t *testing.T, by request.Identity) (request.Token, string) {
	t.Helper()
	made, secret, err := w.Tokens().Issue(t.Context(), by, readingToken)
	must(t, err)
	return made, secret
}

// letsIn authenticates a secret.
func (w *world) letsIn(t *testing.T, secret string) (request.Identity, error) {
	t.Helper()
	who, _, err := w.Tokens().Authenticate(t.Context(), secret)
	return who, err
}

// refusesToken wants a secret to let nobody in.
func (w *world) refusesToken(t *testing.T, what, secret string, want error) {
	t.Helper()
	who, err := w.letsIn(t, secret)
	if !errors.Is(err, want) || who.ID != "" || len(secret) > 10 && strings.Contains(fmt.Sprint(err), secret) {
		t.Errorf("%s: it lets %q in, %v", what, who.ID, err)
	}
}

func TestATokenLetsItsPersonIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, secret := w.issued(t, eve)
	who, err := w.letsIn(t, secret)
	must(t, err)
	if who.Person() != eve.Person() || !slices.Equal(who.Groups, eve.Groups) || made.Expires != w.clock.Now().AddDate(0, 0, 30) || !who.SignedIn.At.IsZero() {
		t.Errorf("it lets %+v in until %s", who, made.Expires)
	}
	changed := eve
	changed.Groups, changed.Permissions = []string{"others"}, []request.Permission{request.Audit}
	w.Directory.Put(changed) // as they are now
	if who, err := w.letsIn(t, secret); err != nil || !slices.Equal(who.Groups, changed.Groups) || !who.Has(request.Audit) {
		t.Errorf("after a change it lets %+v in, %v", who, err)
	}
}

func TestATokenThatLetsNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, secret := w.issued(t, eve)
	_, other := w.issued(t, eve)
	if secret != checked(secret[:len(secret)-6]) || len(secret) != 79 {
		t.Errorf("the secret is %q", secret)
	}
	last := secret[len(secret)-1:]
	wrong := "0"
	if last == wrong {
		wrong = "1"
	}
	for what, text := range map[string]string{"nothing": "", "the prefix": "gwt_", "cut off": secret[:len(secret)-1], "longer": secret + "0", "another checksum": secret[:len(secret)-1] + wrong,
		"other letters": secret[:20] + "-" + secret[21:], "in capitals": strings.ToUpper(secret)} {
		w.refusesToken(t, what, text, request.ErrToken)
	}
	// the id of one token with the secret of another, with a checksum that fits
	w.refusesToken(t, "a mixture", mixture(secret, other), request.ErrToken)
	w.clock.Move(30*24*time.Hour - time.Second)
	if _, err := w.letsIn(t, secret); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	w.clock.Move(time.Second)
	w.refusesToken(t, "expired", secret, request.ErrToken)
	w.clock.Move(-time.Hour)
	must(t, w.Tokens().Revoke(t.Context(), eve, made.ID))
	w.refusesToken(t, "revoked", secret, request.ErrToken)
	must(t, w.Tokens().Revoke(t.Context(), eve, made.ID)) // again
	if _, err := w.letsIn(t, other); err != nil {
		t.Errorf("another is revoked with it: %v", err)
	}
	must(t, w.StopSwitches().Disable(t.Context(), gov, eve.Person(), "left"))
	w.refusesToken(t, "of somebody disabled", other, request.ErrForbidden)
	must(t, w.StopSwitches().Enable(t.Context(), gov, eve.Person(), "back"))
	w.Directory.Remove(eve.Person())
	w.refusesToken(t, "of somebody who has left", other, request.ErrToken)
}

// mixture is the id of one secret before the random part of another.
func mixture(id, random string) string {
	const head = len(request.TokenPrefix) + 26
	return checked(id[:head] + random[head:len(random)-6])
}

// checked is a secret with its checksum, as scanners work it out: the CRC-32 of all before it,
// in six digits of base 62.
func checked(text string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum := crc32.ChecksumIEEE([]byte(text))
	end := make([]byte, 6)
	for i := range end {
		end[5-i] = digits[sum%62]
		sum /= 62
	}
	return text + string(end)
}

func TestTokensOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, _ := w.issued(t, eve)
	if err := w.Tokens().Revoke(t.Context(), frank, made.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("frank revokes the token of eve: %v", err)
	}
	if mine, _, err := w.Tokens().List(t.Context(), frank, false, store.Position{}, 10); err != nil || len(mine) > 0 {
		t.Errorf("frank sees %+v, %v", mine, err)
	}
	all, _, err := w.Tokens().List(t.Context(), admin, true, store.Position{}, 10)
	if err != nil || len(all) != 1 || all[0].State != request.TokenActive || all[0].Owner != eve.Person() {
		t.Errorf("an administrator sees %+v, %v", all, err)
	}
	must(t, w.Tokens().Revoke(t.Context(), admin, made.ID))
	w.work(t)
	told, _, err := w.Inbox().Notices(t.Context(), eve, true, store.Position{}, 10)
	if err != nil || len(told) != 1 || told[0].Topic != "token.revoked" || told[0].Path() != "/tokens" {
		t.Errorf("eve is told %+v, %v", told, err)
	}
}

func TestTokensAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.MaxTokenDays = 7 })
	long := readingToken
	if _, _, err := w.Tokens().Issue(t.Context(), eve, long); !refused(err) {
		t.Errorf("longer than the host allows: %v", err)
	}
	for name, change := range map[string]func(*request.TokenSettings){
		"no days": func(s *request.TokenSettings) { s.Days = 0 }, "no name": func(s *request.TokenSettings) { s.Name = "" }, "no scope": func(s *request.TokenSettings) { s.Scope.Operations = nil },
		"two lines": func(s *request.TokenSettings) { s.Name = "a\nb" }, "a turned name": func(s *request.TokenSettings) { s.Name = "a\u202eb" }, "no such connection": func(s *request.TokenSettings) { s.Scope.Connections = []string{"nowhere"} },
		"one twice": func(s *request.TokenSettings) { s.Scope.Connections = []string{"warehouse", "warehouse"} }, "a strange word": func(s *request.TokenSettings) { s.Scope.Operations = []string{"Read all"} },
	} {
		s := readingToken
		s.Days = 7
		change(&s)
		if _, _, err := w.Tokens().Issue(t.Context(), eve, s); !errors.As(err, new(*request.InvalidError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := readingToken
	s.Days = 1
	for range request.MaxTokens {
		_, _, err := w.Tokens().Issue(t.Context(), eve, s)
		must(t, err)
	}
	if _, _, err := w.Tokens().Issue(t.Context(), eve, s); !errors.Is(err, store.ErrTooMany) {
		t.Errorf("one more: %v", err)
	}
	w.clock.Move(25 * time.Hour)
	_, _, err := w.Tokens().Issue(t.Context(), eve, s)
	must(t, err)
	if _, err := grantwright.New(grantwright.Config{MaxTokenDays: 367}); err == nil {
		t.Error("367 days are no fault")
	}
}

// The last use is written once an hour, off the path of the call.
func TestLastUseOfAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, secret := w.issued(t, eve)
	used := func() time.Time {
		mine, _, err := w.Tokens().List(t.Context(), eve, false, store.Position{}, 10)
		must(t, err)
		return mine[0].LastUsed
	}
	if !used().IsZero() {
		t.Fatalf("before its first use it was used at %s", used())
	}
	first := w.clock.Now()
	for range 5 {
		_, err := w.letsIn(t, secret)
		must(t, err)
	}
	enginetest.Until(t, "it is so", func() bool { return used().Equal(first) })
	w.clock.Move(59 * time.Minute)
	_, err := w.letsIn(t, secret)
	must(t, err)
	w.restart(t) // waits for what is written
	if !used().Equal(first) {
		t.Errorf("within the hour it is written again: %s", used())
	}
	w.clock.Move(time.Minute)
	_, err = w.letsIn(t, secret)
	must(t, err)
	enginetest.Until(t, "it is so", func() bool { return used().Equal(w.clock.Now()) })
	read, err := records.TokenUses.Get(t.Context(), w.store, made.ID)
	if err != nil || read.Version != 2 {
		t.Errorf("it was written %d times, %v", read.Version, err)
	}
}

// No record and no event holds the secret, and no event its digest.
func TestTheSecretIsKeptNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, secret := w.issued(t, eve)
	code, err := w.Tokens().AllowProgram(t.Context(), eve, program("gw"))
	must(t, err)
	codes, err := w.Tokens().BeginDevice(t.Context(), request.DeviceSettings{})
	must(t, err)
	must(t, w.Tokens().Revoke(t.Context(), eve, made.ID))
	stored, err := records.Tokens.Get(t.Context(), w.store, made.ID)
	must(t, err)
	if stored.Value.Digest == "" || stored.Value.Digest == secret {
		t.Fatalf("the digest is %q", stored.Value.Digest)
	}
	for _, kind := range []string{"tokens", "token_uses", "program_logins", "device_logins", "people", "events"} {
		pages, err := w.store.Find(t.Context(), store.Query{Kind: kind})
		must(t, err)
		for _, r := range pages[0] {
			text := r.ID + string(r.Body)
			for what, s := range map[string]string{"the secret": secret, "its random part": secret[30:70], "a code": code, "a device code": codes.Device, "a user code": codes.User} {
				if strings.Contains(text, s) {
					t.Errorf("%s %s holds %s", kind, r.ID, what)
				}
			}
			if kind == "events" && strings.Contains(text, stored.Value.Digest) {
				t.Errorf("event %s holds the digest", r.ID)
			}
		}
	}
}

// service is a service with a token.
func (w *world) service(t *testing.T, permissions ...request.Permission) (request.Identity, string) {
	t.Helper()
	s := readingToken
	s.Service = &request.TokenService{ID: "load", Name: "The load", Owner: owner.Person(), Permissions: permissions}
	by := admin
	by.Permissions = append(slices.Clone(by.Permissions), request.Audit)
	_, secret, err := w.Tokens().Issue(t.Context(), by, s)
	must(t, err)
	who, err := w.letsIn(t, secret)
	must(t, err)
	return who, secret
}

// A service asks for itself, or with a right for others, withdraws, and does nothing else.
func TestAServiceThatAsks(t *testing.T) {
	t.Parallel()
	w := withKinds("PERSON", "SERVICE")(t)
	must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com",
		Principals: catalog.Principals{Table: map[string]string{"grantwright|load": "load"}, Expression: "person.attributes.login[0]", Kinds: []string{"PERSON", "SERVICE"}}}))
	reads, _ := w.service(t)
	if _, err := w.Submit(t.Context(), reads, asking("20 DAYS")); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("one that reads asks: %v", err)
	}
	asks, _ := w.service(t, request.Asking)
	if asks.Acts() || asks.Person() != "grantwright|load" || asks.Owner != owner.Person() {
		t.Fatalf("the service is %+v", asks)
	}
	req, err := w.Submit(t.Context(), asks, asking("20 DAYS"))
	must(t, err)
	if req.Requester != asks.Person() || req.Beneficiary != asks.Person() {
		t.Errorf("it asks for %s", req.Beneficiary)
	}
	refuses(t, "its owner decides", review.ErrOwnRequest, w.approves(t, owner, req))
	if c, err := w.Request(t.Context(), asks, req.ID); err != nil || !c.May.Cancel || c.May.Approve || c.May.Edit || c.May.Comment {
		t.Errorf("it may %+v, %v", c.May, err)
	}
	if _, err := w.Cancel(t.Context(), asks, req.ID); err != nil {
		t.Errorf("it withdraws: %v", err)
	}
	if _, err := w.Submit(t.Context(), asks, forWhom(eve)); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("it asks for eve: %v", err)
	}
	if _, err := w.SubmitBatch(t.Context(), asks, "", []request.Submission{asking("20 DAYS"), forWhom(eve)}); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("it asks for eve, in a batch: %v", err)
	}
	if _, err := w.Preview(t.Context(), asks, forWhom(eve)); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("it tries for eve: %v", err)
	}
	chief := admin // has a secret of the service, and could decide
	chief.Groups = []string{"sales-owners", "privacy"}
	again, err := w.Submit(t.Context(), asks, asking("20 DAYS"))
	must(t, err)
	refuses(t, "whoever was shown its secret decides", review.ErrOwnRequest, w.approves(t, chief, again))
	others, _ := w.service(t, request.Asking, request.AskingForOthers)
	made, err := w.Submit(t.Context(), others, forWhom(eve))
	must(t, err)
	refuses(t, "another decides", nil, w.approves(t, twice, made))
}

// Whatever a service asks by its tokens, it does not decide, govern or administer: by no
// method. What it reads is bounded by its owner.
func TestAServiceWithATokenNeverActs(t *testing.T) {
	t.Parallel()
	may := []string{"Submit", "SubmitBatch", "Preview"} // and Cancel, of its own
	for _, tt := range slices.Concat(acts, webhookActs, proposalActs, reviewActs, accessActs, maskActs, stopActs, tokenActs) {
		if slices.Contains(may, tt.method) {
			continue
		}
		t.Run(tt.method, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			granted, pending := w.approved(t, eve, "10 DAYS"), w.submit(t, eve, "30 DAYS")
			by, _ := w.service(t, request.Asking, request.AskingForOthers, request.Audit)
			_ = tt.do(t.Context(), w, by, pending, granted)
			must(t, store.EachEvent(t.Context(), w.store, func(e store.Event) error {
				if e.By == by.Person() {
					t.Errorf("it has done %s", e.Type)
				}
				return nil
			}))
		})
	}
}

func TestAServiceReadsNoMoreThanItsOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reader := owner
	reader.Permissions = []request.Permission{request.Audit}
	w.Directory.Put(reader)
	_, secret := w.service(t, request.Audit)
	if who, err := w.letsIn(t, secret); err != nil || !who.Has(request.Audit) {
		t.Errorf("while its owner reads everything it is %+v, %v", who, err)
	}
	w.Directory.Put(owner)
	if who, err := w.letsIn(t, secret); err != nil || who.Has(request.Audit) {
		t.Errorf("when its owner does not, it is %+v, %v", who, err)
	}
	must(t, w.StopSwitches().Disable(t.Context(), gov, owner.Person(), "left"))
	w.refusesToken(t, "of a service whose owner is disabled", secret, request.ErrForbidden)
	must(t, w.StopSwitches().Enable(t.Context(), gov, owner.Person(), "back"))
	must(t, w.StopSwitches().Disable(t.Context(), gov, "grantwright|load", "stolen"))
	w.refusesToken(t, "of a disabled service", secret, request.ErrForbidden)
	must(t, w.StopSwitches().Enable(t.Context(), gov, "grantwright|load", "new"))
	s := readingToken
	s.Service = &request.TokenService{ID: "load", Name: "The load", Owner: frank.Person()}
	_, _, err := w.Tokens().Issue(t.Context(), admin, s) // gives it to frank
	must(t, err)
	w.refusesToken(t, "of the owner before", secret, request.ErrToken)
}

// Of many who are told the same code at once, on two replicas, one gets a token; and a
// code that comes twice ends what it gave.
func TestACodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, err := grantwright.New(w.Config)
	must(t, err)
	t.Cleanup(func() { _ = other.Close() })
	code, err := w.Tokens().AllowProgram(t.Context(), eve, program("gw"))
	must(t, err)
	var got sync.Map
	var all sync.WaitGroup
	for i, e := range []*grantwright.Engine{w.Engine, other, w.Engine, other} {
		all.Go(func() {
			_, secret, err := e.Tokens().Exchange(context.Background(), code, verifier)
			if err == nil {
				got.Store(i, secret)
			} else if !errors.Is(err, request.ErrCode) {
				t.Errorf("exchange %d: %v", i, err)
			}
		})
	}
	all.Wait()
	n, secret := 0, ""
	got.Range(func(_, s any) bool { n++; secret = s.(string); return true })
	if n != 1 {
		t.Fatalf("%d got a token", n)
	}
	w.refusesToken(t, "whose code came twice", secret, request.ErrToken)
}

func TestExchange(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after    time.Duration
		verifier string
		then     func(w *world)
		want     error
	}{
		"at once":          {0, verifier, nil, nil},
		"just in time":     {time.Minute - time.Second, verifier, nil, nil},
		"too late":         {time.Minute, verifier, nil, request.ErrCode},
		"a wrong verifier": {0, otherVerifier, nil, request.ErrCode},
		"no verifier":      {0, "", nil, request.ErrCode},
		"the challenge":    {0, challengeOf, nil, request.ErrCode},
		"who has left":     {0, verifier, func(w *world) { w.Directory.Remove(eve.Person()) }, request.ErrToken},
		"who is disabled":  {0, verifier, func(w *world) { must(t, w.StopSwitches().Disable(t.Context(), gov, eve.Person(), "left")) }, request.ErrForbidden},
	} {
		w := newWorld(t)
		code, err := w.Tokens().AllowProgram(t.Context(), eve, program("gw"))
		must(t, err)
		w.clock.Move(tt.after)
		if tt.then != nil {
			tt.then(w)
		}
		made, secret, err := w.Tokens().Exchange(t.Context(), code, tt.verifier)
		if !errors.Is(err, tt.want) || tt.want != nil && secret != "" {
			t.Errorf("%s: %+v, %v", name, made, err)
		}
		if tt.want == nil {
			if who, err := w.letsIn(t, secret); err != nil || who.Person() != eve.Person() {
				t.Errorf("%s: it lets %s in, %v", name, who.ID, err)
			}
		}
		if tt.verifier == otherVerifier { // it has ended the code
			if _, _, err := w.Tokens().Exchange(t.Context(), code, verifier); !errors.Is(err, request.ErrCode) {
				t.Errorf("%s, and then the right one: %v", name, err)
			}
		}
	}
	w := newWorld(t)
	for range request.MaxProgramLogins {
		_, err := w.Tokens().AllowProgram(t.Context(), eve, program("gw"))
		must(t, err)
	}
	if _, err := w.Tokens().AllowProgram(t.Context(), eve, program("gw")); !errors.Is(err, request.ErrTooOften) {
		t.Errorf("one program more: %v", err)
	}
	w.clock.Move(time.Minute)
	_, err := w.Tokens().AllowProgram(t.Context(), eve, program("gw"))
	must(t, err)
}

func TestLoginOfADevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	codes, err := w.Tokens().BeginDevice(ctx, request.DeviceSettings{Name: "gw on build-7", Scope: []string{request.ScopeRead}})
	must(t, err)
	poll := func(want error) string {
		t.Helper()
		_, secret, err := w.Tokens().PollDevice(ctx, codes.Device)
		if !errors.Is(err, want) {
			t.Errorf("the poll: %v, want %v", err, want)
		}
		return secret
	}
	poll(request.ErrPending)
	poll(request.ErrSlowDown) // at once
	w.clock.Move(request.DeviceInterval)
	poll(request.ErrSlowDown) // 10 seconds from now on
	w.clock.Move(20 * time.Second)
	poll(request.ErrPending)
	d, err := w.Tokens().Device(ctx, eve, strings.ToLower(strings.ReplaceAll(codes.User, "-", " ")))
	if err != nil || d.Name != "gw on build-7" || !slices.Equal(d.Scope, []string{request.ScopeRead}) {
		t.Errorf("the device is %+v, %v", d, err)
	}
	must(t, w.Tokens().AnswerDevice(ctx, eve, codes.User, true, readingToken))
	if err := w.Tokens().AnswerDevice(ctx, frank, codes.User, true, readingToken); !refused(err) {
		t.Errorf("frank answers too: %v", err)
	}
	secret := poll(nil)
	if who, err := w.letsIn(t, secret); err != nil || who.Person() != eve.Person() {
		t.Errorf("it lets %s in, %v", who.ID, err)
	}
	poll(request.ErrTokenOver) // it was given once

	codes, err = w.Tokens().BeginDevice(ctx, request.DeviceSettings{})
	must(t, err)
	must(t, w.Tokens().AnswerDevice(ctx, eve, codes.User, false, request.TokenSettings{}))
	poll(request.ErrRefused)
	codes, err = w.Tokens().BeginDevice(ctx, request.DeviceSettings{})
	must(t, err)
	w.clock.Move(request.DeviceCodeFor)
	poll(request.ErrTokenOver)
	if err := w.Tokens().AnswerDevice(ctx, eve, codes.User, true, readingToken); !refused(err) {
		t.Errorf("a code that is over is allowed: %v", err)
	}
	if _, err := w.Tokens().BeginDevice(ctx, request.DeviceSettings{Scope: []string{"everything"}}); !refused(err) {
		t.Errorf("a device asks for everything: %v", err)
	}
}

// Whoever guesses codes has to wait, and devices that wait are bounded.
func TestUserCodesAreNotGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	codes, err := w.Tokens().BeginDevice(ctx, request.DeviceSettings{})
	must(t, err)
	for i := range request.MaxCodeGuesses {
		if _, err := w.Tokens().Device(ctx, eve, fmt.Sprintf("BBBB-BBB%c", "BCDFGHJK"[i])); !refused(err) {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	if _, err := w.Tokens().Device(ctx, eve, codes.User); !errors.Is(err, request.ErrTooOften) {
		t.Errorf("the right code after too many: %v", err)
	}
	if err := w.Tokens().AnswerDevice(ctx, eve, codes.User, true, readingToken); !errors.Is(err, request.ErrTooOften) {
		t.Errorf("the right code is allowed after too many: %v", err)
	}
	if _, err := w.Tokens().Device(ctx, frank, codes.User); err != nil {
		t.Errorf("somebody else has to wait too: %v", err)
	}
	w.clock.Move(request.CodeGuessesFor + time.Second)
	codes, err = w.Tokens().BeginDevice(ctx, request.DeviceSettings{})
	must(t, err)
	if _, err := w.Tokens().Device(ctx, eve, codes.User); err != nil {
		t.Errorf("later: %v", err)
	}
	for range request.MaxDevices - 1 {
		_, err := w.Tokens().BeginDevice(ctx, request.DeviceSettings{})
		must(t, err)
	}
	if _, err := w.Tokens().BeginDevice(ctx, request.DeviceSettings{}); !errors.Is(err, request.ErrTooOften) {
		t.Errorf("one device more: %v", err)
	}
	w.clock.Move(2 * time.Hour)
	_, err = w.Tokens().BeginDevice(ctx, request.DeviceSettings{}) // and cleans up
	must(t, err)
	enginetest.Until(t, "it is so", func() bool {
		pages, err := w.store.Find(ctx, store.Query{Kind: records.DeviceLogins.Name})
		must(t, err)
		return len(pages[0]) <= request.MaxDevices-90
	})
}
