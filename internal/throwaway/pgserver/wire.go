package pgserver

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
)

// Wire carries connections to a server, and counts the traffic.
type Wire struct {
	Trips      atomic.Int64 // how often a client waited for an answer
	Statements atomic.Int64 // that the server completed, begin and commit too
	Rows       atomic.Int64 // that it sent

	listener net.Listener
	to       string
}

// NewWire returns a wire to the server of an address, and the address that leads over
// it.
func NewWire(address string) (*Wire, string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	w := &Wire{listener: l, to: u.Host}
	u.Host = l.Addr().String()
	go w.serve()
	return w, u.String(), nil
}

// Close takes no more connections.
func (w *Wire) Close() error { return w.listener.Close() }

func (w *Wire) serve() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		go w.carry(client)
	}
}

// carry takes one connection across until either side ends it.
func (w *Wire) carry(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	var asked atomic.Bool // the client has said something since the last answer
	var both sync.WaitGroup
	both.Go(func() { // the first message of a client has no type
		defer func() { _ = server.Close() }()
		if pass(server, client, make([]byte, 4), nil) == nil {
			passAll(server, client, func(byte) { asked.Store(true) })
		}
	})
	both.Go(func() {
		defer func() { _ = client.Close() }()
		passAll(client, server, func(kind byte) {
			if asked.Swap(false) {
				w.Trips.Add(1)
			}
			switch kind {
			case 'C':
				w.Statements.Add(1)
			case 'D':
				w.Rows.Add(1)
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
