package tests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// staged asks the owners first, and then privacy.
var staged = review.Flow{Name: "staged", Default: review.Action{Act: review.Ask, Stages: []review.Stage{
	{Name: "owners", Mode: review.Any, Selectors: []review.Selector{{Group: "sales-owners"}}},
	{Name: "privacy", Mode: review.Any, Selectors: []review.Selector{{Group: "privacy"}, {Person: privacy.Person()}}},
}}}

// inStages has the staged flow decide about the orders.
func (w *world) inStages(t *testing.T) {
	t.Helper()
	_, err := w.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: "staged"}))
}

// news is what each person is told since they were last asked, by their id.
func (w *world) news(t *testing.T, people ...request.Identity) map[string][]notify.Topic {
	t.Helper()
	w.work(t)
	told := map[string][]notify.Topic{}
	for _, p := range people {
		unread, _, err := w.Inbox().Notices(t.Context(), p, true, store.Position{}, 100)
		must(t, err)
		for _, n := range unread {
			told[p.ID] = append(told[p.ID], n.Topic)
			must(t, w.Inbox().See(t.Context(), p, n.ID))
		}
		slices.Sort(told[p.ID])
	}
	return told
}

// TestWhoIsToldWhat goes through the life of a request, and wants each person to
// be told of each step, or not.
func TestWhoIsToldWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inStages(t)
	all := []request.Identity{eve, frank, owner, privacy, twice, gov, admin, auditor, nobody}
	expect := func(step string, want map[string][]notify.Topic) {
		t.Helper()
		if diff := cmp.Diff(want, w.news(t, all...)); diff != "" {
			t.Errorf("%s: told otherwise (-want +got):\n%s", step, diff)
		}
	}
	type told = map[string][]notify.Topic
	s := asking("30 DAYS")
	s.Beneficiary = eve.Person()
	req, err := w.Submit(t.Context(), frank, s)
	must(t, err)
	expect("submitted", told{
		owner.ID: topics("request.created"), twice.ID: topics("request.created"), privacy.ID: topics("request.created")})
	w.determine(t, owner, req, review.Approve)
	expect("the first stage is done", told{privacy.ID: {notify.StageOpened}, twice.ID: {notify.StageOpened}})
	w.determine(t, privacy, req, review.Approve)
	w.settle(t, req)
	expect("approved", told{
		eve.ID: topics("grant.active", "request.determined"), frank.ID: topics("grant.active", "request.determined"),
		owner.ID: topics("request.determined"), twice.ID: topics("request.determined")})
	w.clock.Move(23*24*time.Hour + time.Minute)
	expect("a week before the end", told{eve.ID: topics("grant.expiring"), frank.ID: topics("grant.expiring")})
	w.clock.Move(6 * 24 * time.Hour)
	expect("a day before the end", told{eve.ID: topics("grant.expiring"), frank.ID: topics("grant.expiring")})
	w.clock.Move(24 * time.Hour)
	expect("the end", told{eve.ID: topics("grant.revoked", "request.expired"), frank.ID: topics("grant.revoked", "request.expired")})

	second := w.submit(t, eve, "30 DAYS")
	w.news(t, all...)
	w.clock.Move(time.Hour)
	_, err = w.Cancel(t.Context(), eve, second.ID)
	must(t, err)
	expect("canceled by the requester", told{owner.ID: topics("request.canceled"), twice.ID: topics("request.canceled"), privacy.ID: topics("request.canceled")})

	third := w.submit(t, eve, "20 DAYS")
	w.news(t, all...)
	w.determine(t, privacy, third, review.Deny)
	expect("denied", told{eve.ID: topics("request.determined"), owner.ID: topics("request.determined"), twice.ID: topics("request.determined")})
}

func TestGovernanceIsToldOfAFailingGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	req := w.approved(t, eve, "30 DAYS")
	w.restart(t)
	for w.caseOf(t, req).Grant.Attempts < 8 {
		w.clock.Move(store.MaxBackoff)
		w.work(t)
	}
	told := w.news(t, eve, gov)
	want := map[string]int{"eve failed": 1, "eve failing": 1, "gov failed": 0, "gov failing": 1}
	got := map[string]int{
		"eve failed": counted(told[eve.ID])["grant.failed"], "eve failing": counted(told[eve.ID])["grant.failing"],
		"gov failed": counted(told[gov.ID])["grant.failed"], "gov failing": counted(told[gov.ID])["grant.failing"]}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told otherwise (-want +got):\n%s", diff)
	}
}

func TestTheOwnerIsToldOfASuspendedWebhook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	hook, _, err := w.Webhooks().Register(t.Context(), admin, notify.WebhookSettings{Name: "catalog", URL: "https://hooks.example.com?token=hidden"}, "env:GRANTWRIGHT_TEST_NOTHING")
	must(t, err)
	w.submit(t, eve, "30 DAYS")
	for w.webhook(t, hook.ID).State == notify.WebhookActive {
		w.work(t)
		w.clock.Move(time.Hour)
	}
	w.work(t)
	notices, _, err := w.Inbox().Notices(t.Context(), admin, true, store.Position{}, 10)
	must(t, err)
	if len(notices) != 1 || notices[0].Subject != "webhooks/"+string(hook.ID) || notices[0].Detail == "" {
		t.Errorf("the owner is told %+v", notices)
	}
}

// postbox is a channel that keeps what it is handed, and fails when told to.
type postbox struct {
	mu    sync.Mutex
	sent  []notify.Message
	fail  func(notify.Message) error
	tries int
}

func (b *postbox) Send(_ context.Context, m notify.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tries++
	if b.fail != nil {
		if err := b.fail(m); err != nil {
			return err
		}
	}
	b.sent = append(b.sent, m)
	return nil
}

func (b *postbox) fails(f func(notify.Message) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = f
}

// got lists to whom what was sent, sorted.
func (b *postbox) got() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []string
	for _, m := range b.sent {
		all = append(all, fmt.Sprint(m.Recipient.ID, " ", m.Topic))
	}
	slices.Sort(all)
	return all
}

func mailing(b *postbox) func(*grantwright.Config) {
	return func(c *grantwright.Config) {
		c.Channels = map[string]notify.Channel{"mail": b}
		c.Address = "https://access.example.com/grants"
	}
}

func TestPeopleAreToldByTheChannelsThatTheyWish(t *testing.T) {
	t.Parallel()
	mail, chat := new(postbox), new(postbox)
	w := newWorld(t, func(c *grantwright.Config) {
		c.Channels = map[string]notify.Channel{"mail": mail, "chat": chat}
		c.Defaults = notify.Defaults{notify.ToAct: {"mail"}}
	})
	_, err := w.Inbox().Prefer(t.Context(), privacy, notify.Preferences{Channels: map[notify.Concern][]string{notify.ToAct: {"chat"}}})
	must(t, err)
	_, err = w.Inbox().Prefer(t.Context(), twice, notify.Preferences{Channels: map[notify.Concern][]string{notify.ToAct: {}}})
	must(t, err)
	w.submit(t, eve, "30 DAYS")
	w.work(t)
	if diff := cmp.Diff([]string{"sales-owner@example.com request.created"}, mail.got()); diff != "" {
		t.Errorf("by mail (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"privacy@example.com request.created"}, chat.got()); diff != "" {
		t.Errorf("by chat (-want +got):\n%s", diff)
	}
	if got := w.told(t, twice, true); len(got) != 1 {
		t.Errorf("the inbox of somebody who wishes no channel has %v", got)
	}
	for _, bad := range []map[notify.Concern][]string{{"NOTHING": {}}, {notify.Mine: {"pigeon"}}} {
		if _, err := w.Inbox().Prefer(t.Context(), eve, notify.Preferences{Channels: bad}); !errors.As(err, new(*request.InvalidError)) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	kept, err := w.Inbox().Preferences(t.Context(), privacy)
	must(t, err)
	if diff := cmp.Diff(notify.Preferences{Person: privacy.Person(), Channels: map[notify.Concern][]string{notify.ToAct: {"chat"}}}, kept); diff != "" {
		t.Errorf("preferences (-want +got):\n%s", diff)
	}
}

// TestAChannelFails defers everything for a while, refuses one of three people for
// good, and panics once.
func TestAChannelFails(t *testing.T) {
	t.Parallel()
	mail := new(postbox)
	w := newWorld(t, mailing(mail))
	mail.fails(func(notify.Message) error { return errors.New("try again later") })
	w.submit(t, eve, "30 DAYS") // three stewards are asked
	w.work(t)
	panics := 1
	mail.fails(func(m notify.Message) error {
		if m.Recipient.ID == privacy.ID {
			return fmt.Errorf("%w: no such mailbox", notify.ErrPermanent)
		}
		if panics--; panics == 0 {
			panic("what is this?")
		}
		return nil
	})
	for range 4 {
		w.clock.Move(2 * time.Minute)
		w.work(t)
	}
	if diff := cmp.Diff([]string{"both@example.com request.created", "sales-owner@example.com request.created"}, mail.got()); diff != "" {
		t.Errorf("by mail (-want +got):\n%s", diff)
	}
	if tries := mail.tries; tries != 3+3+1 {
		t.Errorf("%d attempts, want 3 that were put off, 3, and 1 after the panic", tries)
	}
	left, err := records.Posts.All(t.Context(), w.store, "", 10)
	must(t, err)
	if len(left) != 1 || left[0].Value.State != notify.PostFailed || left[0].Value.Notice.To != privacy.Person() {
		t.Errorf("left are %+v", left)
	}
}

func TestAChannelThatIsDownForDaysIsGivenUp(t *testing.T) {
	t.Parallel()
	mail := new(postbox)
	w := newWorld(t, mailing(mail), func(c *grantwright.Config) { c.DigestAt = -1 })
	mail.fails(func(notify.Message) error { return errors.New("down") })
	w.submit(t, eve, "30 DAYS")
	for range 80 {
		w.work(t)
		w.clock.Move(time.Hour)
	}
	tries := mail.tries
	w.clock.Move(24 * time.Hour)
	w.work(t)
	if mail.tries != tries || tries < 3*72 {
		t.Errorf("%d attempts, and %d after it was given up", tries, mail.tries-tries)
	}
}

func TestStewardsGetOneDigestADay(t *testing.T) {
	t.Parallel()
	mail := new(postbox)
	w := newWorld(t, mailing(mail))
	for _, by := range []request.Identity{eve, frank} {
		w.submit(t, by, "30 DAYS")
	}
	other := asking("30 DAYS")
	other.Asset = "warehouse:sales.public.customers"
	_, err := w.Submit(t.Context(), eve, other)
	must(t, err)
	w.work(t)
	mail.sent = nil
	for range 3 {
		w.clock.Move(19 * time.Hour) // 12:00 and 19 hours is 7:00
		w.work(t)
		w.restart(t)
		w.work(t)
		w.clock.Move(5 * time.Hour)
		w.work(t)
	}
	want := slices.Repeat([]string{"both@example.com review.waiting"}, 3)
	want = append(want, slices.Repeat([]string{"privacy@example.com review.waiting"}, 3)...)
	want = append(want, slices.Repeat([]string{"sales-owner@example.com review.waiting"}, 3)...)
	if diff := cmp.Diff(want, mail.got()); diff != "" {
		t.Fatalf("in three days (-want +got):\n%s", diff)
	}
	if m := mail.sent[0]; m.Count != 3 || len(m.Waiting) != 3 || m.Links[m.Waiting[0].Request] != "https://access.example.com/grants/requests/"+string(m.Waiting[0].Request) {
		t.Errorf("the digest holds %+v", m)
	}
}

func TestADirectoryThatFailsPutsNoticesOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	w.Directory.Fail(errDirectory)
	must(t, w.Work(t.Context()))
	if got := len(inboxOf(t, w, owner)); got != 0 {
		t.Errorf("told %d times by a directory that is down", got)
	}
	w.Directory.Fail(nil)
	w.clock.Move(time.Minute)
	if got := w.told(t, owner, true); len(got) != 1 {
		t.Errorf("told %v when it is back", got)
	}
	_ = req
}

// TestADirectoryThatNeverFindsHoldsUpNobodyForEver tells those who are known
// without it.
func TestADirectoryThatNeverFindsHoldsUpNobodyForEver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, owner, req, review.Deny)
	w.Directory.Fail(errDirectory)
	for range 15 {
		must(t, w.Work(t.Context()))
		w.clock.Move(store.MaxBackoff)
	}
	if got := inboxOf(t, w, eve); len(got) != 1 || got[0].Topic != "request.determined" {
		t.Errorf("eve is told %v", got)
	}
}

func inboxOf(t *testing.T, w *world, by request.Identity) []notify.Notice {
	t.Helper()
	all, _, err := w.Inbox().Notices(t.Context(), by, false, store.Position{}, 100)
	must(t, err)
	return all
}

func TestRoomsAreToldOnceForAll(t *testing.T) {
	t.Parallel()
	room := new(postbox)
	w := newWorld(t, func(c *grantwright.Config) {
		c.Rooms = map[string]notify.Room{"access": {Channel: room}}
		c.Address = "https://access.example.com"
	})
	w.approved(t, eve, "30 DAYS")
	w.work(t)
	if diff := cmp.Diff([]string{" request.created", " request.determined"}, room.got()); diff != "" {
		t.Errorf("the room is told (-want +got):\n%s", diff)
	}
}

// TestTwoEnginesTellEverybodyOnce lets two replicas tell of the same events at the
// same time.
func TestTwoEnginesTellEverybodyOnce(t *testing.T) {
	t.Parallel()
	mail := new(postbox)
	w := newWorld(t, mailing(mail))
	other, err := grantwright.New(w.Config)
	must(t, err)
	defer func() { _ = other.Close() }()
	for i := range 20 {
		s := asking("30 DAYS")
		s.Columns = []string{"id", "email"}[:1+i%2]
		s.Asset = []catalog.Ref{orders}[0]
		by := []request.Identity{eve, frank}[i%2]
		req, err := w.Submit(t.Context(), by, s)
		must(t, err)
		_, err = w.Cancel(t.Context(), by, req.ID)
		must(t, err)
	}
	var both sync.WaitGroup
	for _, e := range []*grantwright.Engine{w.Engine, other} {
		both.Go(func() { _ = e.Work(t.Context()) })
	}
	both.Wait()
	w.work(t)
	told := map[string]int{}
	for _, m := range mail.sent {
		told[fmt.Sprint(m.Request, m.Topic, m.To)]++
	}
	for what, n := range told {
		if n != 1 {
			t.Errorf("%s was told %d times", what, n)
		}
	}
	if len(told) == 0 {
		t.Error("nobody was told")
	}
}

// More events at once than one commit has room for, each told to many rooms: every room
// is told of each, once.
func TestManyRoomsAreToldOfManyEvents(t *testing.T) {
	t.Parallel()
	const rounds = 60
	room := new(postbox)
	w := newWorld(t, func(c *grantwright.Config) {
		c.Rooms = map[string]notify.Room{}
		for i := range notify.MaxChannels {
			c.Rooms[fmt.Sprint("room", i)] = notify.Room{Channel: room, Topics: []notify.Topic{"request.created"}}
		}
	})
	w.work(t)
	for range rounds {
		req := w.submit(t, eve, "30 DAYS")
		_, err := w.Cancel(t.Context(), eve, req.ID)
		must(t, err)
	}
	w.work(t)
	w.work(t)
	if n := len(room.got()); n != rounds*notify.MaxChannels {
		t.Errorf("%d posts, want %d", n, rounds*notify.MaxChannels)
	}
}
