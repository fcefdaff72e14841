package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/privatefile"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/notify/mailnotify"
	"github.com/grantwright/grantwright/notify/slacknotify"
	"github.com/grantwright/grantwright/notify/teamsnotify"
	"github.com/grantwright/grantwright/web"
)

// telling is what the command line says of webhooks and channels. Each secret is a
// reference: env:NAME or file:/path.
type telling struct {
	key, address, allow                                     string
	mail, words, tellBy                                     string
	slackRoom, teamsRoom                                    string
	slackToken, slackTeam, slackEnterprise, slackSigningKey string
}

func (t *telling) flags(f *flag.FlagSet) {
	f.StringVar(&t.key, "key", "", "`reference` to the key that seals the secrets of webhooks: the base64 of 32 bytes at random\n(default a file beside a SQLite store, made when it is missing; with PostgreSQL, none)")
	f.StringVar(&t.address, "address", "", "`URL` at which people find the pages, for links in what they are told (default where it listens)")
	f.StringVar(&t.allow, "allow-webhooks", "", "`networks` that webhooks may call although they are not on the public internet, such as 10.1.0.0/16,127.0.0.0/8")
	f.StringVar(&t.mail, "mail", "", "`server` that sends mail: smtp://user@mail.example.com:587?from=access@example.com&password=env:NAME\n(smtps:// for TLS from the first byte, smtp+plain:// for none)")
	f.StringVar(&t.words, "words", "", "`files` of the words of mails, by language as in the attribute locale of people: de=/etc/grantwright/de.tmpl,fr=…\n(notify/words/en.tmpl in the source is the pattern, and what others read)")
	f.StringVar(&t.tellBy, "tell-by", "", "`channels` by which people are told who wish nothing else, for each concern: ACT=mail,slack;DIGEST=mail;REVIEWED=\n(default every channel)")
	f.StringVar(&t.slackRoom, "slack-room", "", "`reference` to the URL of an incoming webhook of Slack")
	f.StringVar(&t.teamsRoom, "teams-room", "", "`reference` to the URL of an incoming webhook of Microsoft Teams")
	f.StringVar(&t.slackToken, "slack-token", "", "`reference` to a bot token of Slack, to write to people; needs -slack-team and -slack-signing-secret")
	f.StringVar(&t.slackEnterprise, "slack-enterprise", "", "`id` of the Enterprise Grid organization of Slack, such as E024BE7LD, where there is one: instead of -slack-team")
	f.StringVar(&t.slackTeam, "slack-team", "", "`id` of the workspace of Slack, such as T024BE7LD; messages have buttons where -address is one that Slack can call (https)")
	f.StringVar(&t.slackSigningKey, "slack-signing-secret", "", "`reference` to the signing secret of the Slack app")
}

func (t telling) check() error {
	if all := t.slackToken != "" && t.slackTeam+t.slackEnterprise != "" && t.slackSigningKey != ""; !all && t.slackToken+t.slackTeam+t.slackEnterprise+t.slackSigningKey != "" {
		return errors.New("-slack-token, -slack-team (or -slack-enterprise) and -slack-signing-secret are needed together")
	}
	for name, reference := range map[string]string{"key": t.key, "slack-room": t.slackRoom, "teams-room": t.teamsRoom, "slack-token": t.slackToken, "slack-signing-secret": t.slackSigningKey} {
		if reference != "" && !isReference(reference) {
			return fmt.Errorf("-%s must be a reference, env:NAME or file:/path: the command line is no place for a secret", name)
		}
	}
	return nil
}

// configure says to the engine how others are told.
func (t telling) configure(c *grantwright.Config, listens string) error {
	c.Address = t.address
	if c.Address == "" {
		c.Address = listens
	}
	allow, err := networks("-allow-webhooks", t.allow)
	if err != nil {
		return err
	}
	c.Webhooks = hooknotify.New(hooknotify.Options{Allow: allow})
	c.Channels, c.Rooms = map[string]notify.Channel{}, map[string]notify.Room{}
	if t.mail != "" {
		if c.Channels["mail"], err = t.mailTo(); err != nil {
			return err
		}
	}
	if t.slackToken != "" {
		c.Channels["slack"] = t.direct()
	}
	if t.slackRoom != "" {
		c.Rooms["slack"] = notify.Room{Channel: slacknotify.Room{URL: secret(t.slackRoom)}}
	}
	if t.teamsRoom != "" {
		c.Rooms["teams"] = notify.Room{Channel: teamsnotify.Room{URL: secret(t.teamsRoom)}}
	}
	c.Defaults, err = defaults(t.tellBy, c.Channels)
	return err
}

// defaults reads by which channels people are told who wish nothing else.
func defaults(text string, channels map[string]notify.Channel) (notify.Defaults, error) {
	wished := notify.Preferences{Channels: map[notify.Concern][]string{}}
	for _, one := range split(text, ";") {
		concern, names, is := strings.Cut(one, "=")
		if !is {
			return nil, fmt.Errorf("-tell-by: %q must read like ACT=mail,slack", one)
		}
		wished.Channels[notify.Concern(concern)] = split(names, ",")
	}
	if err := wished.Check(slices.Sorted(maps.Keys(channels))); err != nil {
		return nil, fmt.Errorf("-tell-by: %w", err)
	}
	return wished.Channels, nil
}

// split is strings.Split without spaces around, and without what is empty.
func split(text, by string) []string {
	all := []string{}
	for one := range strings.SplitSeq(text, by) {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, one)
		}
	}
	return all
}

// direct writes to people at Slack. It has buttons only where Slack can bring their answers.
func (t telling) direct() slacknotify.Direct {
	return slacknotify.Direct{Token: secret(t.slackToken), Buttons: isReachable(t.address)}
}

// isReachable reports whether others can call an address: by TLS, and not on this machine.
func isReachable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.Hostname() == "localhost" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err != nil || !ip.IsLoopback() && !ip.IsUnspecified()
}

// slack is where Slack's buttons come in; nil without a token.
func (t telling) slack() *web.Slack {
	if t.slackToken == "" {
		return nil
	}
	return &web.Slack{Channel: "slack", Direct: t.direct(), Team: t.slackTeam, Enterprise: t.slackEnterprise, SigningSecret: secret(t.slackSigningKey)}
}

// secret reads what a reference refers to each time that it is needed.
func secret(reference string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return readReference(reference) }
}

func readReference(reference string) (string, error) {
	if name, is := strings.CutPrefix(reference, "env:"); is {
		value, set := os.LookupEnv(name)
		if !set {
			return "", fmt.Errorf("environment variable %s is not set", name)
		}
		return value, nil
	}
	text, err := os.ReadFile(strings.TrimPrefix(reference, "file:"))
	return strings.TrimSpace(string(text)), err
}

// readKey reads the key, or makes one beside a SQLite file.
func (t telling) readKey(store string) ([]byte, error) {
	if t.key == "" && !strings.Contains(store, "://") {
		if _, err := keyBeside(store + ".key"); err != nil {
			return nil, fmt.Errorf("-key: %w", err)
		}
	}
	return t.keyThere(store)
}

// keyThere reads the key where there is one, and makes none.
func (t telling) keyThere(store string) ([]byte, error) {
	reference := t.key
	if reference == "" {
		reference = "file:" + store + ".key"
		if _, err := os.Stat(store + ".key"); strings.Contains(store, "://") || errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
	}
	text, err := readReference(reference)
	if err != nil {
		return nil, fmt.Errorf("-key: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != notify.KeyBytes {
		return nil, fmt.Errorf("-key: must be the base64 of %d bytes at random", notify.KeyBytes)
	}
	return key, nil
}

// keyBeside reads the key in a file, and makes it if it is missing.
func keyBeside(path string) (string, error) {
	return secretBeside(path, func() string {
		key := make([]byte, notify.KeyBytes)
		rand.Read(key) // never fails
		return base64.StdEncoding.EncodeToString(key)
	})
}

// secretBeside reads the secret in a file that only its owner reads, and makes it if it is
// missing: of two servers that start together, one makes it.
func secretBeside(path string, random func() string) (string, error) {
	err := privatefile.Make(path, random())
	if errors.Is(err, os.ErrExist) {
		err = privatefile.Check(path)
	}
	if err != nil {
		return "", err
	}
	return readReference("file:" + path)
}

func networks(flag, text string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, one := range split(text, ",") {
		p, err := netip.ParsePrefix(one)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is no network such as 10.1.0.0/16", flag, one)
		}
		all = append(all, p)
	}
	return all, nil
}

// mailTo reads the URL of a mail server, and the words of mails.
func (t telling) mailTo() (notify.Channel, error) {
	u, err := url.Parse(t.mail)
	if err != nil || u.Host == "" {
		return nil, errors.New("-mail: must be a URL such as smtp://user@mail.example.com:587?from=access@example.com&password=env:NAME")
	}
	encryption, known := map[string]mailnotify.Encryption{"smtp": mailnotify.StartTLS, "smtps": mailnotify.TLS, "smtp+plain": mailnotify.Plain}[u.Scheme]
	if _, inside := u.User.Password(); !known || inside {
		return nil, errors.New("-mail: must begin with smtp://, smtps:// or smtp+plain://, and hold no password but a reference: password=env:NAME")
	}
	port := 0
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, errors.New("-mail: the port is no number")
		}
	}
	q := u.Query()
	if password := q.Get("password"); password != "" && !isReference(password) {
		return nil, errors.New("-mail: the password must be a reference, env:NAME or file:/path")
	}
	words, err := wordsIn(t.words)
	if err != nil {
		return nil, err
	}
	return mailnotify.New(mailnotify.Options{Host: u.Hostname(), Port: port, Encryption: encryption, From: q.Get("from"), Username: u.User.Username(), Password: secret(q.Get("password")), Words: words})
}

// wordsIn reads files of words, by language.
func wordsIn(files string) (map[string]*notify.Words, error) {
	all := map[string]*notify.Words{}
	for _, one := range split(files, ",") {
		language, path, is := strings.Cut(one, "=")
		if !is {
			return nil, fmt.Errorf("-words: %q must read like de=/etc/grantwright/de.tmpl", one)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("-words: %w", err)
		}
		if all[language], err = notify.ParseWords(string(text)); err != nil {
			return nil, fmt.Errorf("-words: %s: %w", path, err)
		}
	}
	return all, nil
}

func isReference(text string) bool {
	return strings.HasPrefix(text, "env:") || strings.HasPrefix(text, "file:")
}
