package main

import (
	"bufio"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"
)

// echo is a server that says each line again, through a proxy.
func echo(t *testing.T) (*proxy, *bufio.ReadWriter) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answerLines(c)
		}
	}()
	p, err := newProxy(l.Addr().String(), rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	c, err := net.Dial("tcp", p.addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	rw := bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriter(c))
	if said := say(t, rw, "hello\n"); said != "hello\n" {
		t.Fatalf("without a fault the proxy says %q", said)
	}
	return p, rw
}

// answerLines sends whole lines back. Of a line that was cut in two it says nothing, so
// that it does not matter whether an answer is faster than the end of the connection.
func answerLines(c net.Conn) {
	defer func() { _ = c.Close() }()
	for lines := bufio.NewReader(c); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		if _, err := io.WriteString(c, line); err != nil {
			return
		}
	}
}

// say sends a line and returns what comes back before the end of the line or of
// the connection.
func say(t *testing.T, rw *bufio.ReadWriter, line string) string {
	t.Helper()
	_, _ = rw.WriteString(line) // a connection that has ended shows when reading
	_ = rw.Flush()
	said, err := rw.ReadString('\n')
	if timeout, is := err.(net.Error); is && timeout.Timeout() {
		t.Fatalf("nothing came back to %q, and the connection goes on", line)
	}
	return said
}

func TestProxyFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault  fault
		inject func(p *proxy)
		line   string
		want   string
	}{
		{faultCut, func(p *proxy) { p.cut(faultCut, 1) }, "more\n", ""},
		{faultHalf, func(p *proxy) { p.halfClose(1) }, "more\n", ""},
		{faultTruncate, func(p *proxy) { p.truncate(1) }, "123456\n", ""},
		{faultSwallow, func(p *proxy) { p.loseAnswers(1) }, "COMMIT\n", ""},
		{faultDelay, func(p *proxy) { p.setDelay(time.Millisecond) }, "more\n", "more\n"},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault), func(t *testing.T) {
			t.Parallel()
			p, rw := echo(t)
			tt.inject(p)
			if said := say(t, rw, tt.line); said != tt.want {
				t.Errorf("%q comes back as %q, want %q", tt.line, said, tt.want)
			}
			if n := p.counts()[tt.fault]; n != 1 {
				t.Errorf("counted %d times, want once", n)
			}
		})
	}
}

func TestProxyHoldsBackAndRefuses(t *testing.T) {
	t.Parallel()
	p, rw := echo(t)
	stall, over := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer over()
	go p.stall(stall)
	for p.counts()[faultStall] == 0 {
	}
	if said := say(t, rw, "later\n"); said != "later\n" || stall.Err() == nil {
		t.Errorf("during the stall %q came through (%v)", said, stall.Err())
	}
	p.silence(1)
	p.setRefusing(true)
	c, err := net.Dial("tcp", p.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("a connection was let through that was to be refused")
	}
}

// The answers that a proxy loses are those to what changes something.
func TestCommitsAreKnown(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"Q\x00\x00\x00\x0bCOMMIT\x00":                              true,
		"\x2a\x00\x00\x00\x03call `gw_chaos`.put_person('x')":      true,
		"\x2a\x00\x00\x00\x03call `gw_chaos`.list_objects('x')":    false,
		"\x2a\x00\x00\x00\x03select version from `gw_chaos`.marks": false,
	} {
		if got := commits([]byte(message)); got != want {
			t.Errorf("%q commits something: %v, want %v", message, got, want)
		}
	}
}
