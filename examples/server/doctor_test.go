package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/examples/server/doctor"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// patient is an installation that the doctor looks at, and that a test breaks.
type patient struct {
	visit
	t    *testing.T
	dir  string
	kept *sqlstore.Store
	args []string
}

// newPatient is an installation in which all is well: a store with one connection, which was
// read and compared a minute ago.
func newPatient(t *testing.T) *patient {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.db")
	kept, err := sqlitestore.Open(path)
	must(t, err)
	t.Cleanup(func() { _ = kept.Close() })
	must(t, kept.Migrate(t.Context()))
	d := &doctor.Doctor{Now: time.Now, Client: http.DefaultClient, Free: func(string) (uint64, uint64, error) { return 9 << 30, 10 << 30, nil }}
	p := &patient{visit: visit{Doctor: d}, t: t, dir: dir, kept: kept, args: []string{"-store", path}}
	keep(p, records.Connections, catalog.Connection{Name: "shop", Technology: "file"})
	keep(p, records.Installations, records.Installation{ID: "test", Store: "test"})
	p.synced(provision.SyncRun{Began: time.Now(), Ended: time.Now()})
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// keep puts a record into the store, in the place of the one under its id.
func keep[ID ~string, T any](p *patient, kind store.Kind[ID, T], v T) {
	p.t.Helper()
	kind.Quiet = true // no event speaks of what a test makes up
	read, err := kind.Some(p.t.Context(), p.kept, kind.Of(v))
	must(p.t, err)
	var c store.Change
	if len(read) > 0 {
		kind.Update(&c, read[0], v)
	} else {
		kind.Insert(&c, v)
	}
	must(p.t, c.Commit(p.t.Context(), p.kept))
}

func (p *patient) synced(run provision.SyncRun) {
	p.t.Helper()
	keep(p, records.Syncs, records.Synced{Connection: "shop", Syncs: provision.Syncs{Past: []provision.SyncRun{run}}})
}

// compared makes the connection one that is compared, with an outcome.
func (p *patient) compared(r provision.Reconciliation) {
	p.t.Helper()
	keep(p, records.Connections, catalog.Connection{Name: "shop", Technology: "webhook", URL: "http://127.0.0.1:1"})
	keep(p, records.Comparisons, records.Compared{Connection: "shop", Result: r})
}

func (p *patient) exec(statement string) {
	p.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(p.dir, "mine.db"))
	must(p.t, err)
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(p.t.Context(), statement)
	must(p.t, err)
}

// certify writes a certificate that holds for an hour.
func (p *patient) certify() {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(p.t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(p.t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(p.t, err)
	for name, block := range map[string]*pem.Block{"tls.crt": {Type: "CERTIFICATE", Bytes: der}, "tls.key": {Type: "PRIVATE KEY", Bytes: private}} {
		must(p.t, os.WriteFile(filepath.Join(p.dir, name), pem.EncodeToMemory(block), 0o600))
	}
	p.args = append(p.args, "-tls-cert", filepath.Join(p.dir, "tls.crt"), "-tls-key", filepath.Join(p.dir, "tls.key"))
}

// witnessed has a witness cosign the log.
func (p *patient) witnessed() {
	p.t.Helper()
	_, key, err := note.GenerateKey(rand.Reader, "w.example.com")
	must(p.t, err)
	p.args = append(p.args, "-log-witness", key+" https://w.example.com")
}

// provider answers as a provider of OpenID Connect that says that it is an issuer.
func (p *patient) provider(answer func(issuer string) string) {
	p.t.Helper()
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer(s.URL)) }))
	p.t.Cleanup(s.Close)
	path := filepath.Join(p.dir, "providers.yaml")
	must(p.t, os.WriteFile(path, []byte("issuers: [{url: '"+s.URL+"', client: grantwright}]\n"), 0o600))
	p.args = append(p.args, "-auth", "oidc", "-oidc", path)
}

func (p *patient) visited() []doctor.Line {
	p.t.Helper()
	flags := p.flagSet("doctor", io.Discard)
	must(p.t, flags.Parse(p.args))
	p.look(p.t.Context(), flags.Args())
	return p.Lines
}

func (p *patient) after(d time.Duration) { p.Now = func() time.Time { return time.Now().Add(d) } }

func grantOn(state provision.State, change func(*provision.Grant)) provision.Grant {
	g := provision.Grant{ID: "g", Request: "g", Asset: catalog.Asset{Ref: "shop:sales", Kind: catalog.Database}, Principal: request.Principal{Name: "eve"},
		State: state, How: provision.Auto, Approved: time.Now().Add(-time.Hour), Error: "its words"}
	if change != nil {
		change(&g)
	}
	return g
}

// TestDoctorFindsWhatIsBroken breaks one thing after the other, and reads the line about it.
func TestDoctorFindsWhatIsBroken(t *testing.T) {
	t.Setenv("DOCTOR_TEST_SCIM", strings.Repeat("x", 40))
	long, min := time.Now().Add(-100*time.Hour), time.Now().Add(-10*time.Minute)
	scimFlag := []string{"-scim", "env:DOCTOR_TEST_SCIM?issuer=https://id.example.com"}
	mailFlag := []string{"-mail", "smtp://mail.example.com?from=access@example.com"}
	hook := notify.Webhook{ID: "w", Name: "orders", URL: "https://hook.example.com", State: notify.WebhookActive}
	for _, tt := range []struct {
		check, state, says string
		breaks             func(p *patient)
	}{
		{"configuration", doctor.Failed, "-lease is 1ms", func(p *patient) { p.args = append(p.args, "-lease", "1ms") }},
		{"store", doctor.Failed, "no such file", func(p *patient) { p.args = []string{"-store", filepath.Join(p.dir, "other.db")} }},
		{"store", doctor.Failed, "has no tables", func(p *patient) {
			p.args = []string{"-store", filepath.Join(p.dir, "empty.db")}
			must(p.t, os.WriteFile(p.args[1], nil, 0o600))
		}},
		{"store", doctor.Failed, "its version is 1000", func(p *patient) {
			p.exec(`insert into grantwright_migrations values (1000, '1000_of_tomorrow.sql', '')`)
		}},
		{"store", doctor.Warns, "this release needs", func(p *patient) {
			p.exec(`delete from grantwright_migrations where version = (select max(version) from grantwright_migrations)`)
		}},
		{"store writes", doctor.Failed, "cannot modify", func(p *patient) {
			p.exec(`alter table grantwright_records rename to kept; create view grantwright_records as select * from kept`)
		}},
		{"clock", doctor.Failed, "from the store, may be 5s", func(p *patient) { p.after(time.Minute) }},
		{"work", doctor.Failed, "hook/w was due", func(p *patient) { keep(p, store.Tasks, store.Task{ID: "hook/w", Due: long}) }},
		{"work", doctor.Warns, "hook/w was due", func(p *patient) { keep(p, store.Tasks, store.Task{ID: "hook/w", Due: min}) }},
		{"work that fails", doctor.Warns, "3 times in a row: its words", func(p *patient) {
			keep(p, store.Tasks, store.Task{ID: "hook/w", Due: time.Now().Add(time.Hour), Attempts: 3, Error: "its words"})
		}},
		{"clocks of servers", doctor.Failed, "such as grants/x", func(p *patient) {
			keep(p, store.Tasks, store.Task{ID: "grants/x", Due: time.Now().Add(time.Hour), Holder: "h"})
		}},
		{"connection far", doctor.Failed, "ADDRESS: ", func(p *patient) {
			keep(p, records.Connections, catalog.Connection{Name: "far", Technology: "postgres", URL: "postgres://u@127.0.0.1:1/x?sslmode=disable"})
		}},
		{"connection shop", doctor.Warns, "no server has used it yet", func(p *patient) { p.exec(`delete from grantwright_records where kind = 'installation'`) }},
		{"connection far", doctor.Failed, "SECRET: ", func(p *patient) {
			keep(p, records.Connections, catalog.Connection{Name: "far", Technology: "postgres", URL: "postgres://u@127.0.0.1:1/x?sslmode=disable", Secret: "file:/run/secrets/no-such-secret"})
		}},
		{"platform of shop", doctor.Failed, "another one", func(p *patient) {
			keep(p, records.Platforms, records.Platform{Connection: "shop", Trouble: "another one"})
		}},
		{"freeze of shop", doctor.Warns, "a fire", func(p *patient) {
			keep(p, records.Stops, provision.Stop{ID: provision.StoppedConnection("shop"), Reason: "a fire"})
		}},
		{"approvals", doctor.Warns, "a fire", func(p *patient) {
			keep(p, records.Stops, provision.Stop{ID: provision.AutomaticApprovals, Reason: "a fire"})
		}},
		{"connections", doctor.Warns, "there is none", func(p *patient) { p.exec(`delete from grantwright_records where kind = 'connections'`) }},
		{"sync of shop", doctor.Warns, "never read", func(p *patient) { p.exec(`delete from grantwright_records where kind = 'syncs'`) }},
		{"sync of shop", doctor.Failed, "its words", func(p *patient) { p.synced(provision.SyncRun{Ended: min, Error: "its words"}) }},
		{"sync of shop", doctor.Warns, "such as shop:sales", func(p *patient) { p.synced(provision.SyncRun{Ended: min, Unread: []catalog.Ref{"shop:sales"}}) }},
		{"sync of shop", doctor.Warns, "should be every 1m", func(p *patient) {
			keep(p, records.Connections, catalog.Connection{Name: "shop", Technology: "file", SyncEvery: time.Minute})
			p.synced(provision.SyncRun{Ended: min})
		}},
		{"drift of shop", doctor.Warns, "never compared", func(p *patient) { p.compared(provision.Reconciliation{}) }},
		{"drift of shop", doctor.Warns, "compared 100h", func(p *patient) { p.compared(provision.Reconciliation{At: long}) }},
		{"drift of shop", doctor.Failed, "later records", func(p *patient) { p.compared(provision.Reconciliation{At: min, Doubt: "later records"}) }},
		{"drift of shop", doctor.Failed, "it has stopped: 30 removals", func(p *patient) { p.compared(provision.Reconciliation{At: min, Stopped: true, Removals: 30}) }},
		{"drift of shop", doctor.Warns, "ORPHAN of shop:sales", func(p *patient) {
			p.compared(provision.Reconciliation{At: min, Findings: []provision.Finding{{Kind: provision.FoundOrphan, Asset: "shop:sales"}}})
		}},
		{"masks of shop", doctor.Failed, "its words", func(p *patient) {
			keep(p, records.MaskedAssets, records.MaskedAsset{Ref: "shop:sales.public.orders", Error: "its words"})
		}},
		{"masks of shop", doctor.Warns, "suspended until", func(p *patient) {
			keep(p, records.MaskedAssets, records.MaskedAsset{Ref: "shop:sales.public.orders"})
			keep(p, records.MasksNow, catalog.Mask{Name: "mail", At: "shop:sales", Columns: []string{"email"}, How: catalog.MaskNull})
			keep(p, records.Suspensions, request.Suspension{At: "shop:sales", Until: time.Now().Add(time.Hour), Reason: "a migration"})
		}},
		{"access that should be gone", doctor.Failed, "1 grants have ended", func(p *patient) {
			keep(p, records.Grants, grantOn(provision.Active, func(g *provision.Grant) { g.Started, g.Ends = long, long }))
		}},
		{"grants FAILED", doctor.Failed, "for eve on shop:sales: its words", func(p *patient) { keep(p, records.Grants, grantOn(provision.Failed, nil)) }},
		{"grants SUSPENDED", doctor.Failed, "somebody took it", func(p *patient) {
			keep(p, records.Grants, grantOn(provision.Suspended, func(g *provision.Grant) { g.Error, g.Withheld = "", "somebody took it" }))
		}},
		{"grants REVOKING", doctor.Failed, "its words", func(p *patient) {
			keep(p, records.Grants, grantOn(provision.Revoking, func(g *provision.Grant) { g.Ending, g.Attempts = request.Revoked, 3 }))
		}},
		{"work by hand", doctor.Warns, "1 of 1 tasks are late", func(p *patient) {
			keep(p, records.Grants, grantOn(provision.Pending, func(g *provision.Grant) { g.How, g.Task = provision.Manual, provision.Task{Since: long, Due: min} }))
		}},
		{"webhook orders", doctor.Failed, "it is suspended: gone", func(p *patient) {
			broken := hook
			broken.State, broken.Why = notify.WebhookSuspended, "gone"
			keep(p, records.Webhooks, broken)
		}},
		{"webhook orders", doctor.Warns, "it answers 500", func(p *patient) {
			keep(p, records.Webhooks, hook)
			keep(p, records.Deliveries, notify.Delivery{ID: "w/e", Webhook: "w", State: notify.DeliveryPending, Made: min, Failing: min, Tries: []notify.Try{{Status: 500}}})
		}},
		{"webhook orders", doctor.Warns, "1 deliveries wait", func(p *patient) {
			keep(p, records.Webhooks, hook)
			keep(p, records.Deliveries, notify.Delivery{ID: "w/e", Webhook: "w", State: notify.DeliveryPending, Made: min})
		}},
		{"notices by mail", doctor.Warns, "its words", func(p *patient) {
			p.args = append(p.args, mailFlag...)
			keep(p, records.Posts, notify.Post{ID: "n/mail", Channel: "mail", State: notify.PostPending, Made: min, Attempts: 2, Error: "its words"})
		}},
		{"notices by mail", doctor.Warns, "1 wait, the first since 10m", func(p *patient) {
			p.args = append(p.args, mailFlag...)
			keep(p, records.Posts, notify.Post{ID: "n/mail", Channel: "mail", State: notify.PostPending, Made: min})
		}},
		{"notices by mail", doctor.Warns, "1 of the last seven days were given up", func(p *patient) {
			p.args = append(p.args, mailFlag...)
			keep(p, records.Posts, notify.Post{ID: "n/mail", Channel: "mail", State: notify.PostFailed, Made: min})
		}},
		{"directory", doctor.Failed, "keeps nobody here", func(p *patient) { p.args = append(p.args, scimFlag...) }},
		{"directory", doctor.Warns, "none was changed since", func(p *patient) {
			p.args = append(p.args, scimFlag...)
			keep(p, records.Enrolled, request.Enrollee{ID: "1", Identity: request.Identity{Issuer: "https://id.example.com", ID: "eve"}, UserName: "eve", Changed: time.Now().Add(-60 * 24 * time.Hour)})
		}},
		{"log", doctor.Warns, "no checkpoint that a witness could sign", (*patient).witnessed},
		{"witness w.example.com", doctor.Warns, "it has not signed the last checkpoint, of 3 events", func(p *patient) {
			p.witnessed()
			keep(p, records.Checkpoints, proof.Checkpoint{Size: 3, At: time.Now(), Note: "mine\n3\n\n\n— mine x\n"})
		}},
		{"sign-in", doctor.Warns, "is for trying out", func(*patient) {}},
		{"sign-in by ", doctor.Failed, `its issuer is "https://id.example.com"`, func(p *patient) { p.provider(func(string) string { return `{"issuer":"https://id.example.com"}` }) }},
		{"sign-in by ", doctor.Failed, "no configuration of a provider", func(p *patient) { p.provider(func(string) string { return "<html>" }) }},
		{"sign-in by ", doctor.Failed, "names no keys", func(p *patient) { p.provider(func(issuer string) string { return `{"issuer":"` + issuer + `"}` }) }},
		{"certificate", doctor.Warns, "expires on", (*patient).certify},
		{"certificate", doctor.Failed, "has expired on", func(p *patient) { p.certify(); p.after(2 * time.Hour) }},
		{"certificate", doctor.Failed, "holds from", func(p *patient) { p.certify(); p.after(-2 * time.Hour) }},
		{"certificate", doctor.Failed, "no such file", func(p *patient) { p.args = append(p.args, "-tls-cert", "nowhere.crt", "-tls-key", "nowhere.key") }},
		{"disk", doctor.Failed, "1 MiB of 10240 are free", func(p *patient) { p.Free = func(string) (uint64, uint64, error) { return 1 << 20, 10 << 30, nil } }},
		{"disk", doctor.Warns, "500 MiB", func(p *patient) { p.Free = func(string) (uint64, uint64, error) { return 500 << 20, 10 << 30, nil } }},
		{"disk", doctor.Warns, "is not known: no", func(p *patient) { p.Free = func(string) (uint64, uint64, error) { return 0, 0, errors.New("no") } }},
	} {
		t.Run(tt.check+" "+tt.says, func(t *testing.T) {
			p := newPatient(t)
			tt.breaks(p)
			lines := p.visited()
			for _, l := range lines {
				if strings.HasPrefix(l.Check, tt.check) && l.State == tt.state && strings.Contains(l.Says, tt.says) && l.Mend != "" {
					return
				}
			}
			t.Errorf("it says\n%+v", lines)
		})
	}
}

// Where all is well every line is OK, but that anybody may be anyone; and looking changes
// nothing.
func TestDoctorOfAHealthyInstallation(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	before, err := p.kept.Find(t.Context(), store.Query{Kind: "syncs"}, store.Query{Kind: "connections"}, store.Query{Kind: "tasks"}, store.Query{Kind: "events"}, store.Query{Kind: "installation"})
	must(t, err)
	for _, l := range p.visited() {
		if l.State != doctor.Fine && l.Check != "sign-in" {
			t.Errorf("it says %+v", l)
		}
	}
	after, err := p.kept.Find(t.Context(), store.Query{Kind: "syncs"}, store.Query{Kind: "connections"}, store.Query{Kind: "tasks"}, store.Query{Kind: "events"}, store.Query{Kind: "installation"})
	must(t, err)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("records (-before +after)\n%s", diff)
	}
	var text, asJSON bytes.Buffer
	must(t, p.Report(&text, false))
	must(t, p.Report(&asJSON, true))
	var said struct {
		Failed int
		Lines  []doctor.Line
	}
	must(t, json.Unmarshal(asJSON.Bytes(), &said))
	if diff := cmp.Diff(p.Lines, said.Lines); diff != "" || said.Failed != 0 || !strings.Contains(text.String(), "OK    store: it answers") {
		t.Errorf("JSON (-lines +said)\n%s\ntext\n%s", diff, &text)
	}
	p.Say("store", doctor.Failed, "mend it", "broken")
	if err := p.Report(io.Discard, true); err == nil {
		t.Error("with a line that says FAIL it ends well")
	}
}
