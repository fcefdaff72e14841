package pgprovision_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/provision/pgprovision"
)

// wire is a network between a provisioner and its platform that can be cut, can
// lead elsewhere, and can hold a message back.
type wire struct {
	listener net.Listener

	mu     sync.Mutex
	to     string
	down   bool
	silent bool // what the server says does not arrive
	conns  []net.Conn
	before func(message []byte) // called with what the client sends, before it goes on
	turns  int                  // how often a server was done with what it was asked
}

func newWire(t testing.TB, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := &wire{listener: l, to: to}
	go x.serve()
	t.Cleanup(func() { _ = l.Close(); x.cut() })
	return x
}

func (x *wire) serve() {
	for {
		c, err := x.listener.Accept()
		if err != nil {
			return
		}
		go x.join(c)
	}
}

func (x *wire) join(client net.Conn) {
	defer func() { _ = client.Close() }()
	x.mu.Lock()
	to, down := x.to, x.down
	x.mu.Unlock()
	if down {
		return
	}
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	x.mu.Lock()
	x.conns = append(x.conns, client, server)
	x.mu.Unlock()
	go func() {
		defer func() { _ = client.Close() }()
		pump(client, server, x.counted())
	}()
	pump(server, client, x.watched)
}

// pump carries what passes lets through.
func pump(to, from net.Conn, passes func(message []byte) bool) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !passes(buffer[:n]) {
			continue
		}
		if _, werr := to.Write(buffer[:n]); err != nil || werr != nil {
			return
		}
	}
}

func (x *wire) watched(message []byte) bool {
	x.mu.Lock()
	before := x.before
	x.mu.Unlock()
	if before != nil {
		before(message)
	}
	return true
}

func (x *wire) hushed([]byte) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return !x.silent
}

// counted is hushed, and counts the messages of the server that say that it is
// done: there is one for each round trip, and one for the sign-in.
func (x *wire) counted() func([]byte) bool {
	var head []byte // of a message: its type, and its length without that
	skip := 0
	return func(message []byte) bool {
		turns := 0
		for rest := message; len(rest) > 0; {
			if n := min(skip, len(rest)); n > 0 {
				skip, rest = skip-n, rest[n:]
				continue
			}
			head, rest = append(head, rest[0]), rest[1:]
			if len(head) == 5 {
				if head[0] == 'Z' {
					turns++
				}
				skip, head = int(binary.BigEndian.Uint32(head[1:]))-4, head[:0]
			}
		}
		x.mu.Lock()
		x.turns += turns
		x.mu.Unlock()
		return x.hushed(message)
	}
}

// roundTrips counts those of an act.
func (x *wire) roundTrips(act func()) int {
	count := func() int {
		x.mu.Lock()
		defer x.mu.Unlock()
		return x.turns
	}
	before := count()
	act()
	return count() - before
}

// silence makes all answers of the server disappear, and leaves every connection
// open.
func (x *wire) silence() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.silent = true
}

// cut ends all connections and lets no new one through until heal.
func (x *wire) cut() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.down = true
	for _, c := range x.conns {
		_ = c.Close()
	}
	x.conns = nil
}

func (x *wire) heal() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.down = false
}

// onCommit calls f before each commit goes on to the platform.
func (x *wire) onCommit(f func()) {
	x.onMessage(func(message []byte) {
		if bytes.Contains(message, []byte("; commit\x00")) {
			f()
		}
	})
}

// onMessage calls f with all that is sent, before it goes on to the platform.
func (x *wire) onMessage(f func(message []byte)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.before = f
}

// openThrough opens a provisioner whose every connection goes over a wire. More is added
// to the URL.
func (w *world) openThrough(t testing.TB, more ...string) (*pgprovision.Provisioner, *wire) {
	t.Helper()
	u, err := url.Parse(w.target().Connection.URL)
	if err != nil {
		t.Fatal(err)
	}
	x := newWire(t, u.Host)
	u.Host = x.listener.Addr().String()
	to := w.target()
	to.Connection.URL = u.String() + strings.Join(more, "")
	p, err := pgprovision.Open(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p, x
}

// lead makes the wire end at another server.
func (x *wire) lead(to string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.to, x.down = to, false
}
