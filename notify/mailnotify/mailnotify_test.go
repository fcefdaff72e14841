package mailnotify_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/mailnotify"
	"github.com/grantwright/grantwright/notify/notifytest"
	"github.com/grantwright/grantwright/request"
)

// server is a real SMTP server that keeps what it is given.
type server struct {
	port int

	mu     sync.Mutex
	taken  []letter
	refuse map[string]*smtp.SMTPError // by recipient; "" refuses everybody
}

// letter is a mail with its envelope.
type letter struct {
	from, to string
	text     []byte
}

type session struct {
	server *server
	letter
}

func (s *server) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error { s.from = from; return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	for _, key := range []string{"", to} {
		if err := s.server.refuse[key]; err != nil {
			return err
		}
	}
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.taken = append(s.server.taken, letter{s.from, s.to, text})
	return err
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{refuse: map[string]*smtp.SMTPError{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = listener.Addr().(*net.TCPAddr).Port
	backend := smtp.NewServer(s)
	backend.Domain = "mail.example.com"
	done := make(chan struct{})
	go func() { defer close(done); _ = backend.Serve(listener) }()
	t.Cleanup(func() { _ = listener.Close(); _ = backend.Close(); <-done })
	return s
}

func (s *server) channel(t *testing.T) *mailnotify.Channel {
	t.Helper()
	c, err := mailnotify.New(mailnotify.Options{Host: "127.0.0.1", Port: s.port, Encryption: mailnotify.Plain, From: "Access <access@example.com>", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *server) refuses(to string, err *smtp.SMTPError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse[to] = err
}

func (s *server) letters() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.taken
	s.taken = nil
	return all
}

// mail is a letter as a mail program reads it.
type mail struct {
	header     netmail.Header
	text, html string
}

func read(t *testing.T, l letter) mail {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(l.text))
	if err != nil {
		t.Fatal(err)
	}
	_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	out := mail{header: m.Header}
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			out.html = string(text)
		} else {
			out.text = string(text)
		}
	}
}

func TestChannel(t *testing.T) {
	t.Parallel()
	notifytest.Run(t, func(t *testing.T) notifytest.Harness {
		s := newServer(t)
		return notifytest.Harness{
			Channel: s.channel(t),
			Received: func() []string {
				var all []string
				for _, l := range s.letters() {
					all = append(all, read(t, l).text)
				}
				return all
			},
			Down: func(down bool) {
				if s.refuses("", nil); down {
					s.refuses("", &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again later"})
				}
			},
			Lost: request.Identity{ID: "lost", Email: "nobody"},
		}
	})
}

func TestAMailIsWhole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	if err := s.channel(t).Send(t.Context(), notifytest.Message("request.created", "n1")); err != nil {
		t.Fatal(err)
	}
	letters := s.letters()
	m := read(t, letters[0])
	if letters[0].to != "reader@example.com" || letters[0].from != "access@example.com" {
		t.Errorf("the envelope is from %q to %q", letters[0].from, letters[0].to)
	}
	if m.header.Get("Bcc") != "" {
		t.Errorf("a name has made a header:\n%s", letters[0].text)
	}
	for name, want := range map[string]string{"List-Unsubscribe": "<https://access.example.com/preferences>", "Auto-Submitted": "auto-generated", "Date": "Sun, 01 Mar 2026 12:00:00 +0000"} {
		if got := m.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if strings.Contains(m.html, "<script>") || !strings.Contains(m.html, "&lt;script&gt;") || !strings.Contains(m.html, `href="https://access.example.com/requests/r1"`) {
		t.Errorf("the HTML reads\n%s", m.html)
	}
	if !strings.Contains(m.text, "Review: https://access.example.com/requests/r1") {
		t.Errorf("the text reads\n%s", m.text)
	}
	first := m.header.Get("Message-Id")
	if err := s.channel(t).Send(t.Context(), notifytest.Message("request.created", "n1")); err != nil {
		t.Fatal(err)
	}
	if second := read(t, s.letters()[0]).header.Get("Message-Id"); first == "" || first != second {
		t.Errorf("the same notice is %q, and %q the second time", first, second)
	}
}

// TestOneOfThreeIsRefused sends to three people of whom the server knows two.
func TestOneOfThreeIsRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.refuses("b@example.com", &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"})
	s.refuses("c@example.com", &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "greylisted"})
	got := map[string]error{}
	for _, to := range []string{"a@example.com", "b@example.com", "c@example.com"} {
		m := notifytest.Message("request.created", "n1")
		m.Recipient.Email = to
		got[to] = s.channel(t).Send(t.Context(), m)
	}
	if got["a@example.com"] != nil || !errors.Is(got["b@example.com"], notify.ErrPermanent) || got["c@example.com"] == nil || errors.Is(got["c@example.com"], notify.ErrPermanent) {
		t.Errorf("got %v", got)
	}
	if letters := s.letters(); len(letters) != 1 || letters[0].to != "a@example.com" {
		t.Errorf("%d mails have arrived", len(letters))
	}
}

func TestAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	c := (&server{port: port}).channel(t)
	if err := c.Send(t.Context(), notifytest.Message("request.created", "n1")); err == nil || errors.Is(err, notify.ErrPermanent) {
		t.Errorf("got %v, want an error that is not permanent", err)
	}
}

func TestMailIsNotSentInTheClearUnlessSaid(t *testing.T) {
	t.Parallel()
	s := newServer(t) // offers no STARTTLS
	c, err := mailnotify.New(mailnotify.Options{Host: "127.0.0.1", Port: s.port, From: "access@example.com", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), notifytest.Message("request.created", "n1")); err == nil || len(s.letters()) != 0 {
		t.Errorf("a mail went out in the clear: %v", err)
	}
}

func TestMailsReadInTheLanguageOfTheirReader(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var german strings.Builder
	for _, topic := range notify.Topics() {
		german.WriteString(`{{define "` + string(topic) + `.subject"}}Betreff {{.Asset}}{{end}}{{define "` + string(topic) + `.lead"}}Grüße, {{.Name .Requester}}{{end}}`)
	}
	for _, label := range []string{"asset", "access", "purpose", "for", "duration", "by", "detail", "review", "open", "settings", "more", "approve", "deny", "reason", "back", "advice", "masked", "prevented"} {
		german.WriteString(`{{define "label.` + label + `"}}Wort{{end}}`)
	}
	german.WriteString(`{{define "duration"}}{{.Length}} Tage{{end}}{{define "access"}}Zugriff{{end}}{{define "code"}}{{.}}{{end}}{{define "advice"}}{{.Advice.Risk}}{{end}}`)
	words, err := notify.ParseWords(german.String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := mailnotify.New(mailnotify.Options{Host: "127.0.0.1", Port: s.port, Encryption: mailnotify.Plain, From: "access@example.com", Words: map[string]*notify.Words{"de": words}})
	if err != nil {
		t.Fatal(err)
	}
	m := notifytest.Message("request.created", "n1")
	m.Recipient.Attributes = map[string][]string{"locale": {"de-AT"}}
	if err := c.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := read(t, s.letters()[0]); got.header.Get("Subject") != "Betreff warehouse:sales.public.orders" || !strings.HasPrefix(got.text, "Grüße, ") || !strings.Contains(got.text, "Wort: 30 Tage") {
		t.Errorf("it reads %q\n%s", got.header.Get("Subject"), got.text)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for field, o := range map[string]mailnotify.Options{
		"Host":       {From: "access@example.com"},
		"From":       {Host: "mail.example.com", From: "nobody"},
		"Encryption": {Host: "mail.example.com", From: "access@example.com", Encryption: "ROT13"},
		"Password":   {Host: "mail.example.com", From: "access@example.com", Username: "access"},
	} {
		if _, err := mailnotify.New(o); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v, want it to name %s", err, field)
		}
	}
}

func TestASecretThatCannotBeRead(t *testing.T) {
	t.Parallel()
	c, err := mailnotify.New(mailnotify.Options{Host: "127.0.0.1", Port: 1, From: "access@example.com", Username: "access",
		Password: func(context.Context) (string, error) { return "", errors.New("no such file") }})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), notifytest.Message("request.created", "n1")); err == nil || errors.Is(err, notify.ErrPermanent) {
		t.Errorf("got %v", err)
	}
}
