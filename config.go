package grantwright

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/telemetry"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/store"
)

var installationName = regexp.MustCompile(`^[a-z0-9]{1,16}$`)

// DefaultPlatformTimeout bounds the calls to a platform that someone waits for.
const DefaultPlatformTimeout = 10 * time.Second

// Config says what an Engine works with. The zero Config keeps everything in
// memory, and is good for a first try.
type Config struct {
	// Store keeps the records. Nil keeps them in memory.
	Store store.Store

	// Inventory mirrors the assets of the platforms. Nil keeps them in memory,
	// and is refused with a Store that is not.
	Inventory catalog.Inventory

	// Platforms say how to read, and how to grant access on, each technology that
	// connections may name, such as "postgres".
	Platforms map[string]provision.Platform

	// Directory knows people as they are now. Nil is a store.Directory over Store:
	// those who have signed in or acted, as they were when they last did.
	Directory request.Directory

	// Secrets reads what a secret reference of a connection, a mask or a webhook refers
	// to, and refuses those that nobody may name. Nil reads AllowedSecrets.
	Secrets func(ctx context.Context, reference string) (string, error)

	// AllowedSecrets are the secret references that may be read and named without a
	// Secrets of the host's own: env:NAME, file:/path, or file:/folder/ for the files in a
	// folder, from which no link leads out. Nil means file:/run/secrets/; empty, none.
	AllowedSecrets []string

	// Installation tells this engine's access on the platforms from that of
	// others: 1 to 16 lower case letters or digits. Empty takes one that the
	// store keeps, made when it is first needed.
	Installation string

	// Key seals the secrets that the engine keeps, such as those of webhooks:
	// KeyBytes at random. Nil keeps none: secrets have to be references then.
	Key []byte

	// Webhooks calls them. Nil calls nothing but the public internet.
	Webhooks *hooknotify.Client

	// Channels carry what people are told beside their inbox, by name, such as
	// "mail". Each has a task of its own.
	Channels map[string]notify.Channel

	// Rooms are told beside people: what many read together.
	Rooms map[string]notify.Room

	// Defaults say by which channels people are told who wish nothing else.
	Defaults notify.Defaults

	// DigestAt is when stewards are told once a day what waits for them, from
	// midnight UTC on. Zero means DefaultDigestAt; negative tells nobody.
	DigestAt time.Duration

	// Assistant makes who advises data stewards, from the assistant that goes by precedent.
	// Nil is that one alone.
	Assistant func(precedent assist.Assistant) assist.Assistant

	// Address is where people find the pages, such as https://access.example.com,
	// for links in what they are told. Empty leaves the links out.
	Address string

	// GiveWithin and TakeWithin are how long people have for what they have to do by
	// hand: to give access, and to take it away. Then they are reminded, every day.
	// Zero means DefaultGiveWithin and DefaultTakeWithin.
	GiveWithin, TakeWithin time.Duration

	// MaxOpen is how many requests of one person may be pending at a time, and MaxOpenFor how
	// many that others have made for one person. One more is a *request.LimitError. Zero means
	// request.DefaultMaxOpen and request.DefaultMaxOpenFor.
	MaxOpen, MaxOpenFor int

	// MaxTokenDays is how many days a token of somebody, or of a service, may hold at most:
	// 1 to request.MaxTokenDays. Zero means request.DefaultTokenDays.
	MaxTokenDays int

	// LogKey signs checkpoints of the log. Nil signs none; the log is hashed all the same.
	LogKey proof.Signer

	// Witnesses cosign each checkpoint before it is published; one that is away is asked again.
	Witnesses []proof.Witness

	// Checkpointed is told of each new checkpoint, to publish it. It is called again after an
	// error, and by each process. Nil publishes nothing.
	Checkpointed func(ctx context.Context, checkpoint proof.Checkpoint) error

	// FourEyes says when it takes two people to change what governance looks after.
	// Zero is as soon as the Directory knows two who hold GOVERNANCE.
	FourEyes manifest.FourEyes

	// Meter and Tracer get what the engine measures and does: a metric.MeterProvider and a
	// trace.TracerProvider of OpenTelemetry. Nil gets nothing, and costs nothing.
	Meter  telemetry.MeterProvider
	Tracer telemetry.TracerProvider

	PlatformTimeout time.Duration    // of calls that someone waits for; zero means DefaultPlatformTimeout
	Lease           time.Duration    // of work on platforms; zero means store.DefaultLease
	Poll            time.Duration    // how often Run looks for what others left; zero means store.DefaultPoll
	Reconcile       time.Duration    // between two reconciliations of a connection; zero means DefaultReconcile
	Remask          time.Duration    // between two checks of the masked views; zero means 20 seconds
	Checkpoint      time.Duration    // between two checkpoints of the log; zero means a minute
	Now             func() time.Time // nil means time.Now
	NewID           func() string    // ids that never repeat; nil means random ones
	Logger          *slog.Logger     // nil logs nothing
}

// check refuses what no engine can work with.
func (c Config) check() error {
	if c.Store != nil && c.Inventory == nil {
		return errors.New("grantwright: Config.Inventory is missing: with a Store of your own, assets need a place too")
	}
	if c.Installation != "" && !installationName.MatchString(c.Installation) {
		return fmt.Errorf("grantwright: Config.Installation is %q, must be 1 to 16 lower case letters or digits", c.Installation)
	}
	for name, d := range map[string]time.Duration{"PlatformTimeout": c.PlatformTimeout, "Lease": c.Lease, "Poll": c.Poll, "Reconcile": c.Reconcile,
		"Remask": c.Remask, "Checkpoint": c.Checkpoint, "GiveWithin": c.GiveWithin, "TakeWithin": c.TakeWithin} {
		if d < 0 {
			return fmt.Errorf("grantwright: Config.%s is %s, must not be negative", name, d)
		}
	}
	if c.MaxOpen < 0 || c.MaxOpenFor < 0 {
		return fmt.Errorf("grantwright: Config.MaxOpen is %d and Config.MaxOpenFor %d, must not be negative", c.MaxOpen, c.MaxOpenFor)
	}
	if c.MaxTokenDays < 0 || c.MaxTokenDays > request.MaxTokenDays {
		return fmt.Errorf("grantwright: Config.MaxTokenDays is %d, must be 1 to %d", c.MaxTokenDays, request.MaxTokenDays)
	}
	for technology, p := range c.Platforms {
		if how := p.Method(); how != provision.Auto && how != provision.Webhook && how != provision.Manual || how != provision.Manual && p.Provisioner == nil {
			return fmt.Errorf("grantwright: Config.Platforms[%q]: How is %q, must be AUTO or WEBHOOK, which need a Provisioner, or MANUAL", technology, p.How)
		}
	}
	if err := (platforms.SecretReader{Allowed: c.AllowedSecrets}).Check(); err != nil {
		return fmt.Errorf("grantwright: Config.AllowedSecrets: %w", err)
	}
	for _, w := range c.Witnesses {
		if err := w.Check(); err != nil {
			return fmt.Errorf("grantwright: Config.Witnesses: %w", err)
		}
	}
	if !slices.Contains([]manifest.FourEyes{manifest.FourEyesIfTwo, manifest.FourEyesAlways, manifest.FourEyesNever}, c.FourEyes) {
		return fmt.Errorf("grantwright: Config.FourEyes is %q, must be ALWAYS, NEVER or empty", c.FourEyes)
	}
	return c.checkTelling()
}

// checkTelling is check for what says how others are told.
func (c Config) checkTelling() error {
	switch {
	case len(c.Key) != 0 && len(c.Key) != notify.KeyBytes:
		return fmt.Errorf("grantwright: Config.Key has %d bytes, must have %d, at random", len(c.Key), notify.KeyBytes)
	case c.DigestAt >= 24*time.Hour:
		return fmt.Errorf("grantwright: Config.DigestAt is %s, must be less than 24h", c.DigestAt)
	case c.Address != "" && !isAddress(c.Address):
		return fmt.Errorf("grantwright: Config.Address is %q, must be a URL such as https://access.example.com", c.Address)
	}
	return c.checkChannels()
}

func (c *Config) setDefaults() {
	if c.Store == nil {
		c.Store = new(store.Memory)
	}
	if c.Inventory == nil {
		c.Inventory = new(catalog.Memory)
	}
	if c.AllowedSecrets == nil {
		c.AllowedSecrets = []string{platforms.DefaultSecrets}
	}
	if c.Webhooks == nil {
		c.Webhooks = hooknotify.New(hooknotify.Options{Now: c.Now})
	}
	c.PlatformTimeout = cmp.Or(c.PlatformTimeout, DefaultPlatformTimeout)
	c.Reconcile, c.Remask = cmp.Or(c.Reconcile, DefaultReconcile), cmp.Or(c.Remask, defaultRemask)
	c.GiveWithin, c.TakeWithin = cmp.Or(c.GiveWithin, provision.DefaultGiveWithin), cmp.Or(c.TakeWithin, provision.DefaultTakeWithin)
	c.MaxOpen, c.MaxOpenFor = cmp.Or(c.MaxOpen, request.DefaultMaxOpen), cmp.Or(c.MaxOpenFor, request.DefaultMaxOpenFor)
	c.MaxTokenDays = cmp.Or(c.MaxTokenDays, request.DefaultTokenDays)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = rand.Text
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && u.RawQuery == "" && u.Fragment == ""
}

// defaultRemask is the time between two checks of the masked views.
const defaultRemask = 20 * time.Second

// DefaultReconcile is the time between two reconciliations of a connection.
const DefaultReconcile = time.Hour
