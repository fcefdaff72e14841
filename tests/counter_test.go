//go:build unix

package tests

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
)

// counter carries connections to a platform, and counts the statements that go
// there: the messages of the protocol that hold one (Query and Parse).
type counter struct {
	statements atomic.Int64
	to         string
}

// newCounter puts a counter between a platform and whoever connects to it.
func newCounter(t testing.TB, p *realPlatform) *counter {
	t.Helper()
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c := &counter{to: u.Host}
	u.Host = l.Addr().String()
	p.URL = u.String()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go c.carry(client)
		}
	}()
	return c
}

func (c *counter) carry(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	defer func() { _ = server.Close() }()
	startup := make([]byte, 4) // the first message has no type
	for header := startup; ; header = make([]byte, 5) {
		if _, err := io.ReadFull(client, header); err != nil {
			return
		}
		if kind := header[0]; len(header) == 5 && (kind == 'Q' || kind == 'P') {
			c.statements.Add(1)
		}
		size := int64(binary.BigEndian.Uint32(header[len(header)-4:])) - 4
		if _, err := server.Write(header); err != nil {
			return
		}
		if _, err := io.CopyN(server, client, size); err != nil {
			return
		}
	}
}
