package tests

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/mailnotify"
	"github.com/grantwright/grantwright/request"
)

// mailServer is a real SMTP server that can be taken away and come back.
type mailServer struct {
	t       *testing.T
	address string

	listener net.Listener
	server   *smtp.Server

	mu      sync.Mutex
	says    map[string]*smtp.SMTPError // to a recipient; to "" for everybody
	arrived []string                   // recipients, with the subject
	asked   int                        // recipients that were named
	last    []string                   // the parts of the last mail, decoded
}

type mailSession struct {
	to   string
	mail *mailServer
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	m := &mailServer{t: t, says: map[string]*smtp.SMTPError{}}
	m.up()
	t.Cleanup(m.down)
	return m
}

func (m *mailServer) up() {
	m.t.Helper()
	at := m.address
	if at == "" {
		at = "127.0.0.1:0"
	}
	var err error
	m.listener, err = net.Listen("tcp", at)
	must(m.t, err)
	m.address = m.listener.Addr().String()
	m.server = smtp.NewServer(m)
	m.server.Domain = "mail.example.com"
	server, listener := m.server, m.listener
	go func() { _ = server.Serve(listener) }()
}

func (m *mailServer) down() {
	_ = m.listener.Close() // the server may not have come to know of it yet
	_ = m.server.Close()
}

func (m *mailServer) answers(to string, err *smtp.SMTPError) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.says[to] = err
}

func (m *mailServer) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &mailSession{mail: m}, nil
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Reset()                               {}
func (s *mailSession) Logout() error                        { return nil }

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.mu.Lock()
	defer s.mail.mu.Unlock()
	s.mail.asked++
	for _, key := range []string{"", to} {
		if err := s.mail.says[key]; err != nil {
			return err
		}
	}
	s.to = to
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	letter, err := netmail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return err
	}
	if bcc := letter.Header.Get("Bcc"); bcc != "" {
		return errors.New("there is a hidden recipient: " + bcc)
	}
	parts, err := partsOf(letter)
	if err != nil {
		return err
	}
	s.mail.mu.Lock()
	defer s.mail.mu.Unlock()
	s.mail.last = parts
	s.mail.arrived = append(s.mail.arrived, s.to+": "+letter.Header.Get("Subject"))
	return nil
}

// partsOf are the decoded parts of a mail: its text, and its page.
func partsOf(letter *netmail.Message) (parts []string, err error) {
	kind, of, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return nil, fmt.Errorf("a mail of %q: %w", kind, err)
	}
	for all := multipart.NewReader(letter.Body, of["boundary"]); ; {
		part, err := all.NextPart() // which decodes what is quoted-printable
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		parts = append(parts, string(text))
	}
}

// got lists what has arrived since it was last asked, sorted.
func (m *mailServer) got() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.arrived
	m.arrived = nil
	slices.Sort(all)
	return all
}

// mailed gives the people of the tests addresses, and an engine that mails them.
func mailed(t *testing.T, m *mailServer, more ...request.Identity) *world {
	t.Helper()
	channel, err := mailnotify.New(mailnotify.Options{Host: "127.0.0.1", Port: m.port(), Encryption: mailnotify.Plain, From: "Access <access@example.com>", Timeout: 5 * time.Second})
	must(t, err)
	var people request.Roster
	for _, p := range slices.Concat(everybody, more) {
		p.Email = p.ID
		people = append(people, p)
	}
	return newWorld(t, func(c *grantwright.Config) {
		c.Directory, c.Channels, c.Address, c.DigestAt = people, map[string]notify.Channel{"mail": channel}, "https://access.example.com", -1
	})
}

func (m *mailServer) port() int {
	address, err := net.ResolveTCPAddr("tcp", m.address)
	must(m.t, err)
	return address.Port
}

// asksThree is what the three stewards of a request are mailed.
func asksThree(who ...string) []string {
	all := make([]string, len(who))
	for i, id := range who {
		all[i] = id + ": Eve asks for access to warehouse:sales.public.orders"
	}
	return all
}

// TestAMailServerFails is down for a while, then defers everybody, and then refuses
// one of three for good: the two others get one mail each.
func TestAMailServerFails(t *testing.T) {
	t.Parallel()
	m := newMailServer(t)
	w := mailed(t, m)
	later := func(times int) {
		for range times {
			w.clock.Move(20 * time.Minute)
			w.work(t)
		}
	}
	m.down()
	w.submit(t, eve, "30 DAYS")
	w.work(t)
	later(6)
	if got := m.got(); len(got) != 0 || m.asked != 0 {
		t.Fatalf("a server that is down has taken %v", got)
	}
	m.up()
	m.answers("", &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, try again later"})
	later(6)
	deferred := m.asked
	if got := m.got(); len(got) != 0 || deferred < 3 {
		t.Fatalf("a server that defers was asked %d times, and has taken %v", deferred, got)
	}
	m.answers("", nil)
	m.answers(privacy.ID, &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"})
	later(12)
	if diff := cmp.Diff(asksThree(twice.ID, owner.ID), m.got()); diff != "" {
		t.Errorf("arrived has (-want +got):\n%s", diff)
	}
	if m.asked != deferred+3 {
		t.Errorf("%d recipients were named after that, want 3: a refusal is for good", m.asked-deferred)
	}
	left, err := records.Posts.All(t.Context(), w.store, "", 10)
	must(t, err)
	if len(left) != 1 || left[0].Value.State != notify.PostFailed || left[0].Value.Notice.To != privacy.Person() {
		t.Errorf("left are %+v", left)
	}
	t.Logf("down, then %d recipients deferred, then 2 mails arrived and 1 was refused, each once", deferred)
}

// TestHeadersAreNotInjected has somebody ask whose name and answer mean harm.
func TestHeadersAreNotInjected(t *testing.T) {
	t.Parallel()
	m := newMailServer(t)
	mallory := request.Identity{ID: "mallory", Name: "Mallory\r\nBcc: all@example.com\r\n\r\nhello", Groups: eve.Groups, Attributes: eve.Attributes}
	w := mailed(t, m, mallory)
	s := asking("30 DAYS")
	s.Answers["purpose"] = []string{"report\r\n.\r\nMAIL FROM:<mallory@example.com>\r\n"}
	req, err := w.Submit(t.Context(), mallory, s)
	must(t, err)
	w.work(t)
	_, err = w.Cancel(t.Context(), mallory, req.ID)
	must(t, err)
	w.work(t)
	var want []string
	for _, who := range []request.Identity{twice, privacy, owner} {
		want = append(want, who.ID+": Mallory Bcc: all@example.com hello asks for access to warehouse:sales.public.orders", who.ID+": Withdrawn: warehouse:sales.public.orders, for Mallory Bcc: all@example.com hello")
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, m.got()); diff != "" || m.asked != len(want) {
		t.Errorf("%d recipients were named; arrived has (-want +got):\n%s", m.asked, diff)
	}
}
