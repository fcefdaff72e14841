package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/internal/jsoncall"
	"github.com/grantwright/grantwright/internal/privatefile"
)

// defaultOrigin names a log whose key is made beside its store.
const defaultOrigin = "grantwright"

// proving is what the command line says of the log that proves itself.
type proving struct {
	key, origin, file, post string
	every                   time.Duration
	witnesses               []proof.Witness
}

func (p *proving) flags(f *flag.FlagSet) {
	f.StringVar(&p.key, "log-key", "", "`reference` to the key that signs checkpoints of the log, as log key makes one\n(default a file beside a SQLite store, made when it is missing; with PostgreSQL, none: nothing is signed)")
	f.StringVar(&p.origin, "log-origin", defaultOrigin, "`name` of the log in its checkpoints, such as access.example.com/log, when its key is made beside a SQLite store")
	f.StringVar(&p.file, "log-checkpoint", "", "`file` that holds the last checkpoint of the log, for a web server or a witness to take elsewhere")
	f.StringVar(&p.post, "log-post", "", "`URL` to which each checkpoint of the log is posted, as a signed note")
	f.Func("log-witness", "`witness` that cosigns each checkpoint (C2SP tlog-witness), as \"KEY URL\": its public key and where it is; may be given several times", p.addWitness)
	f.DurationVar(&p.every, "log-every", 0, "time between two checkpoints of the log, while something happens (default 1m)")
}

// addWitness reads a witness: its public key and its address.
func (p *proving) addWitness(text string) error {
	key, address, _ := strings.Cut(strings.TrimSpace(text), " ")
	w := proof.Witness{Key: key, Address: strings.TrimSpace(address)}
	p.witnesses = append(p.witnesses, w)
	return w.Check()
}

func (p proving) check() error {
	if p.every < 0 {
		return fmt.Errorf("-log-every is %s, must not be negative", p.every)
	}
	if at, err := url.Parse(p.post); p.post != "" && (err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http") {
		return errors.New("-log-post must be a URL such as https://archive.example.com/checkpoints")
	}
	if p.key != "" && !isReference(p.key) {
		return errors.New("-log-key must be a reference, env:NAME or file:/path: the command line is no place for a secret")
	}
	return nil
}

// configure says to the engine who signs the log, and where checkpoints go.
func (p proving) configure(c *grantwright.Config, store string) error {
	text, err := p.read(store)
	if err != nil || text == "" {
		return err
	}
	key, err := proof.ReadKey(text)
	if err != nil {
		return fmt.Errorf("-log-key: %w", err)
	}
	c.LogKey, c.Checkpoint, c.Witnesses = key, p.every, p.witnesses
	c.Logger.Info("the log is signed", "key", key.Public)
	c.Checkpointed = p.publish
	return nil
}

// publish puts a checkpoint where the command line says.
func (p proving) publish(ctx context.Context, last proof.Checkpoint) (err error) {
	if p.file != "" {
		err = publish(p.file, last)
	}
	if p.post == "" {
		return err
	}
	status, _, failed := jsoncall.Call{Service: "-log-post", Address: p.post, Type: "text/plain; charset=utf-8", Body: []byte(last.Note)}.Post(ctx)
	if failed == nil && (status < 200 || status > 299) {
		failed = fmt.Errorf("-log-post: the service answers %d", status)
	}
	return errors.Join(err, failed)
}

// read reads the key, or makes one beside a SQLite file; empty: there is none.
func (p proving) read(store string) (string, error) {
	if p.key != "" {
		return readReference(p.key)
	}
	if store == "" || strings.Contains(store, "://") {
		return "", nil
	}
	var made error
	text, err := secretBeside(store+".log.key", func() string {
		secret, _, err := note.GenerateKey(rand.Reader, p.origin)
		made = err
		return secret
	})
	return text, errors.Join(made, err)
}

// publish writes a checkpoint into the file, unless the one that stands there covers more: then
// the records are those of a backup, and others know a longer log.
func publish(path string, last proof.Checkpoint) error {
	before, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, size, _, err := proof.Read(string(before)); err == nil && size > last.Size {
		return fmt.Errorf("-log-checkpoint: %s has a checkpoint of %d events, and the log has one of %d: was a backup restored?", path, size, last.Size)
	}
	return replaceFile(path, last.Note)
}

// replaceFile puts a file into the place of another: who reads it finds one or the other.
func replaceFile(path, text string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".checkpoint-*")
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	err = errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

const logUsage = `usage: log key FILE NAME   make a key that signs the log, and print its public key for those who verify
FILE is where the private key goes, for -log-key=file:FILE; NAME is that of the log, such as access.example.com/log
`

// logging makes a key for the log.
func logging(args []string, out, errs io.Writer) error {
	if len(args) != 3 || args[0] != "key" {
		_, _ = fmt.Fprint(errs, logUsage)
		return errUsage
	}
	secret, public, err := note.GenerateKey(rand.Reader, args[2])
	if err == nil {
		err = privatefile.Make(args[1], secret)
	}
	if err != nil {
		return fmt.Errorf("log key: %w", err)
	}
	_, err = fmt.Fprintln(out, public)
	return err
}
