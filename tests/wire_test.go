//go:build unix

package tests

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// wire carries connections to a PostgreSQL, and counts what goes over them.
type wire struct {
	trips      atomic.Int64 // how often a client waited for an answer
	statements atomic.Int64 // that the server completed, begin and commit too
	rows       atomic.Int64 // that it sent
	to         string
}

// newWire returns a wire to the server of an address, and the address that leads over it.
func newWire(t testing.TB, address string) (*wire, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w := &wire{to: u.Host}
	u.Host = l.Addr().String()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(client)
		}
	}()
	return w, u.String()
}

// carry takes one connection across until either side ends it.
func (w *wire) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer server.Close()
	var asked atomic.Bool // the client has said something since the last answer
	var both sync.WaitGroup
	both.Go(func() { // the first message of a client has no type
		defer server.Close()
		if pass(server, client, make([]byte, 4), nil) == nil {
			passAll(server, client, func(byte) { asked.Store(true) })
		}
	})
	both.Go(func() {
		defer client.Close()
		passAll(client, server, func(kind byte) {
			if asked.Swap(false) {
				w.trips.Add(1)
			}
			switch kind {
			case 'C':
				w.statements.Add(1)
			case 'D':
				w.rows.Add(1)
			}
		})
	})
	both.Wait()
}

// passAll passes messages on until one side ends, and says of which type each is
// before it goes.
func passAll(to io.Writer, from io.Reader, note func(kind byte)) {
	in := bufio.NewReaderSize(from, 64<<10)
	out := bufio.NewWriterSize(to, 64<<10)
	for pass(out, in, make([]byte, 5), note) == nil {
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
	}
}

// pass passes one message on. Its header ends with its length.
func pass(to io.Writer, from io.Reader, header []byte, note func(kind byte)) error {
	if _, err := io.ReadFull(from, header); err != nil {
		return err
	}
	if note != nil {
		note(header[0])
	}
	if _, err := to.Write(header); err != nil {
		return err
	}
	_, err := io.CopyN(to, from, int64(binary.BigEndian.Uint32(header[len(header)-4:]))-4)
	return err
}
