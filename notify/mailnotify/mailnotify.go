// Package mailnotify is a notify.Channel by e-mail: each message is text and HTML,
// to one recipient, over SMTP.
//
// A mail leads to a page where its reader signs in. Nothing is decided by opening
// a link.
package mailnotify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	htmltemplate "html/template"
	netmail "net/mail"
	"strings"
	texttemplate "text/template"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
)

// Encryption says how the connection to the server is protected.
type Encryption string

// The kinds of encryption.
const (
	StartTLS Encryption = ""     // required; the server's certificate is verified
	TLS      Encryption = "TLS"  // from the first byte
	Plain    Encryption = "NONE" // none at all, for a server on the same machine
)

// Options say which server sends, and in whose name.
type Options struct {
	Host       string
	Port       int // zero is that of the encryption: 587, 465 or 25
	Encryption Encryption
	From       string // an address, with or without a name

	Username string                                    // empty signs in to no server
	Password func(ctx context.Context) (string, error) // read at each sending, so that it can be changed

	// Words are how mails read, by language as in the attribute Language of people,
	// such as "de". What is not there reads as English does.
	Words    map[string]*notify.Words
	Language string // name of the attribute; empty means "locale"

	TLS     *tls.Config   // nil verifies by the roots of the system
	Timeout time.Duration // of each step of a conversation; zero means 15 seconds
}

// Channel sends mail.
type Channel struct {
	options Options
	from    *netmail.Address
	plain   *texttemplate.Template
	rich    *htmltemplate.Template
}

// New returns a channel. It does not connect.
func New(o Options) (*Channel, error) {
	from, err := netmail.ParseAddress(o.From)
	switch {
	case o.Host == "":
		return nil, errors.New("mailnotify: Options.Host is missing")
	case err != nil:
		return nil, fmt.Errorf("mailnotify: Options.From is %q, must be an address such as Access <access@example.com>", o.From)
	case o.Encryption != StartTLS && o.Encryption != TLS && o.Encryption != Plain:
		return nil, fmt.Errorf("mailnotify: Options.Encryption is %q, must be empty, %s or %s", o.Encryption, TLS, Plain)
	case o.Username != "" && o.Password == nil:
		return nil, errors.New("mailnotify: Options.Password is missing, with a Username")
	}
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Language == "" {
		o.Language = "locale"
	}
	c := &Channel{options: o, from: from}
	var unplain, unrich error
	c.plain, unplain = texttemplate.New("mail.txt").Parse(plainLayout)
	c.rich, unrich = htmltemplate.New("mail.html").Parse(htmlLayout)
	return c, errors.Join(unplain, unrich)
}

// Send writes a mail and hands it to the server.
func (c *Channel) Send(ctx context.Context, m notify.Message) error {
	mail, err := c.write(m)
	if err != nil {
		return err
	}
	client, err := c.client(ctx)
	if err != nil {
		return err
	}
	return verdict(client.DialAndSendWithContext(ctx, mail))
}

func (c *Channel) client(ctx context.Context) (*mail.Client, error) {
	o := []mail.Option{mail.WithTimeout(c.options.Timeout), mail.WithHELO(domainOf(c.from.Address))}
	port := c.options.Port
	switch c.options.Encryption {
	case TLS:
		o, port = append(o, mail.WithSSL()), either(port, 465)
	case Plain:
		o, port = append(o, mail.WithTLSPolicy(mail.NoTLS)), either(port, 25)
	default:
		o, port = append(o, mail.WithTLSPolicy(mail.TLSMandatory)), either(port, 587)
	}
	o = append(o, mail.WithPort(port))
	if c.options.TLS != nil {
		o = append(o, mail.WithTLSConfig(c.options.TLS.Clone()))
	}
	if c.options.Username != "" {
		password, err := c.options.Password(ctx)
		if err != nil {
			return nil, fmt.Errorf("mailnotify: the password cannot be read: %w", err)
		}
		o = append(o, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.options.Username), mail.WithPassword(password))
	}
	return mail.NewClient(c.options.Host, o...)
}

func either(port, usual int) int {
	if port == 0 {
		return usual
	}
	return port
}

// verdict tells what trying again cannot help: a recipient, or a mail, that the
// server refuses for good. What is wrong with the server or with us is mended by
// somebody, some day.
func verdict(err error) error {
	refused := (*mail.SendError)(nil)
	if !errors.As(err, &refused) || refused.IsTemp() {
		return err
	}
	switch refused.Reason {
	case mail.ErrSMTPRcptTo, mail.ErrSMTPData, mail.ErrSMTPDataClose:
		if code := refused.ErrorCode(); code >= 500 {
			return fmt.Errorf("%w: %w", notify.ErrPermanent, err)
		}
	}
	return err
}

// write makes the mail. Its ID is made of the notice's, so that a mail program
// knows it again when it comes twice.
func (c *Channel) write(m notify.Message) (*mail.Msg, error) {
	address, err := netmail.ParseAddress(m.Recipient.Email)
	if err != nil {
		return nil, fmt.Errorf("%w: %s has no mail address that can be written to", notify.ErrPermanent, m.To)
	}
	address.Name = notify.Line(m.Recipient.Name)
	text, err := c.words(m.Recipient).Write(m)
	if err != nil {
		return nil, err
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(c.from)
	msg.ToMailAddress(address)
	msg.Subject(text.Subject)
	msg.SetDateWithValue(m.At)
	msg.SetMessageIDWithValue(messageID(m.ID) + "@" + domainOf(c.from.Address))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office reply, please
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	if m.Settings != "" {
		msg.SetListUnsubscribe("<" + m.Settings + ">")
	}
	return msg, c.body(msg, m, text)
}

func (c *Channel) words(to request.Identity) *notify.Words {
	for _, language := range to.Attributes[c.options.Language] {
		for _, name := range []string{language, strings.FieldsFunc(language+"-", func(r rune) bool { return r == '-' || r == '_' })[0]} {
			if w := c.options.Words[name]; w != nil {
				return w
			}
		}
	}
	return nil // English
}

// messageID is the first part of a Message-ID (RFC 5322), where not every
// character may stand.
func messageID(id string) string {
	sum := sha256.Sum256([]byte(id))
	return "notice." + hex.EncodeToString(sum[:16])
}

func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

//go:embed mail.txt
var plainLayout string

//go:embed mail.html
var htmlLayout string

// page is what the layouts show.
type page struct {
	notify.Text
	Link, Settings string
}

func (c *Channel) body(msg *mail.Msg, m notify.Message, text notify.Text) error {
	var asText, asHTML bytes.Buffer
	p := page{text, m.Link, m.Settings}
	if err := errors.Join(c.plain.Execute(&asText, p), c.rich.Execute(&asHTML, p)); err != nil {
		return err
	}
	msg.SetBodyString(mail.TypeTextPlain, asText.String())
	msg.AddAlternativeString(mail.TypeTextHTML, asHTML.String())
	return nil
}
