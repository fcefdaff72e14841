package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// fault is a way in which things fail.
type fault string

// The faults of a proxy.
const (
	faultCut      fault = "cut"           // all connections end
	faultRefuse   fault = "refuse"        // all connections end, and new ones are closed at once
	faultHalf     fault = "half-close"    // what the server says arrives, what the client says does not, or the other way round
	faultStall    fault = "stall"         // nothing passes for some time, and then all of it
	faultDelay    fault = "delay"         // each message waits a little
	faultSwallow  fault = "lost answer"   // a COMMIT arrives, its answer does not: the connection ends instead
	faultSilence  fault = "black hole"    // connections stay open, and nothing passes on them ever again
	faultTruncate fault = "cut in a word" // half of a message arrives, and the connection ends
)

// proxy is a network between clients and one server that fails on demand.
type proxy struct {
	listener net.Listener
	to       string
	closed   chan struct{}

	mu       sync.Mutex
	random   *rand.Rand
	links    map[*link]struct{}
	refusing bool
	delay    time.Duration // the longest that a message waits
	stalled  chan struct{} // closed when the stall is over; nil without one
	swallow  int           // answers to commits that are still to be lost
	injected map[fault]int // what really hit a connection
}

// newProxy listens on a port of loopback that never changes.
func newProxy(to string, random *rand.Rand) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, to: to, random: random, closed: make(chan struct{}), links: map[*link]struct{}{}, injected: map[fault]int{}}
	go p.serve()
	return p, nil
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

// close ends the proxy and all that goes through it.
func (p *proxy) close() {
	close(p.closed)
	_ = p.listener.Close()
	p.cut(faultCut, 1)
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.join(client.(*net.TCPConn))
	}
}

// join carries one connection until it ends.
func (p *proxy) join(client *net.TCPConn) {
	server, err := net.DialTimeout("tcp", p.to, 5*time.Second)
	if err != nil {
		_ = client.Close()
		return
	}
	l := &link{proxy: p, client: client, server: server.(*net.TCPConn), mute: make(chan struct{})}
	if !p.admit(l) {
		l.end()
		return
	}
	defer p.dismiss(l)
	var both sync.WaitGroup
	both.Go(func() { l.pump(l.server, l.client, true) })
	both.Go(func() { l.pump(l.client, l.server, false) })
	both.Wait()
}

func (p *proxy) admit(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refusing {
		return false
	}
	p.links[l] = struct{}{}
	return true
}

func (p *proxy) dismiss(l *link) {
	l.end()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

// hit does something to each connection with a probability, and counts it.
func (p *proxy) hit(f fault, share float64, do func(*link)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		if p.random.Float64() < share {
			p.injected[f]++
			do(l)
		}
	}
}

func (p *proxy) cut(f fault, share float64) { p.hit(f, share, (*link).end) }

// halfClose ends one direction of some connections.
func (p *proxy) halfClose(share float64) {
	p.hit(faultHalf, share, func(l *link) {
		if p.random.IntN(2) == 0 {
			_ = l.client.CloseRead()
			_ = l.server.CloseWrite()
		} else {
			_ = l.server.CloseRead()
			_ = l.client.CloseWrite()
		}
	})
}

// silence makes black holes of some connections.
func (p *proxy) silence(share float64) { p.hit(faultSilence, share, (*link).silence) }

// truncate lets half of the next message of some connections through.
func (p *proxy) truncate(share float64) {
	p.hit(faultTruncate, share, func(l *link) { l.half.Store(true) })
}

// refuse ends all connections and lets no new one through until ctx ends.
func (p *proxy) refuse(ctx context.Context) {
	p.setRefusing(true)
	p.cut(faultRefuse, 1)
	<-ctx.Done()
	p.setRefusing(false)
}

func (p *proxy) setRefusing(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusing = yes
}

// stall lets nothing pass until ctx ends.
func (p *proxy) stall(ctx context.Context) {
	over := make(chan struct{})
	p.mu.Lock()
	p.stalled = over
	p.injected[faultStall] += len(p.links)
	p.mu.Unlock()
	<-ctx.Done()
	p.mu.Lock()
	p.stalled = nil
	p.mu.Unlock()
	close(over)
}

// slow makes each message wait until ctx ends.
func (p *proxy) slow(ctx context.Context, most time.Duration) {
	p.setDelay(most)
	<-ctx.Done()
	p.setDelay(0)
}

func (p *proxy) setDelay(most time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = most
	if most > 0 {
		p.injected[faultDelay] += len(p.links)
	}
}

// loseAnswers makes the answers to the next commits disappear.
func (p *proxy) loseAnswers(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.swallow = n
}

// heal ends what has no end of its own.
func (p *proxy) heal() {
	p.loseAnswers(0)
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.half.Store(false)
	}
}

// pass says how long a message waits, and for the end of which stall.
func (p *proxy) pass() (time.Duration, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var wait time.Duration
	if p.delay > 0 {
		wait = time.Duration(p.random.Int64N(int64(p.delay)))
	}
	return wait, p.stalled
}

// commits reports whether a message commits something: by saying so, or, on MariaDB, by
// calling one of our procedures.
func commits(message []byte) bool {
	message = bytes.ToLower(message)
	return bytes.Contains(message, []byte("commit")) || bytes.Contains(message, []byte("call `gw_")) && !bytes.Contains(message, []byte(".list_"))
}

// loses reports whether the answer to this message of a client is to be lost.
func (p *proxy) loses(message []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.swallow == 0 || !commits(message) {
		return false
	}
	p.swallow--
	p.injected[faultSwallow]++
	return true
}

// counts is what really hit connections.
func (p *proxy) counts() map[fault]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := make(map[fault]int, len(p.injected))
	for f, n := range p.injected {
		counts[f] = n
	}
	return counts
}
