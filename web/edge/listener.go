package edge

import (
	"net"
	"net/netip"
	"sync"
)

// Limit bounds the connections of a listener: most in all, and perAddress of one address,
// or of one network of IPv6 (64 bits). Where there are most, further ones wait until one
// ends; those of an address that has too many are closed at once. Zero sets no bound. Of
// a unix socket only most counts. Behind a proxy leave perAddress at zero.
func Limit(l net.Listener, most, perAddress int) net.Listener {
	limited := &listener{Listener: l, perAddress: perAddress, open: map[netip.Prefix]int{}, closed: make(chan struct{})}
	if most > 0 {
		limited.slots = make(chan struct{}, most)
	}
	return limited
}

type listener struct {
	net.Listener
	slots      chan struct{} // holds a token for each connection; nil without a bound
	perAddress int

	close  sync.Once
	closed chan struct{}

	mu   sync.Mutex
	open map[netip.Prefix]int
}

// Accept waits for a connection that is within the bounds.
func (l *listener) Accept() (net.Conn, error) {
	for {
		if !l.acquire() {
			return nil, net.ErrClosed
		}
		c, err := l.Listener.Accept()
		if err != nil {
			l.release()
			return nil, err
		}
		from := networkOf(c.RemoteAddr())
		if l.enter(from) {
			return &conn{Conn: c, end: func() { l.leave(from); l.release() }}, nil
		}
		_ = c.Close()
		l.release()
	}
}

// Close ends the listener, and whoever waits for a free place.
func (l *listener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// acquire waits for a free place; false where the listener was closed meanwhile.
func (l *listener) acquire() bool {
	if l.slots == nil {
		return true
	}
	select {
	case <-l.closed:
		return false
	case l.slots <- struct{}{}:
		return true
	}
}

func (l *listener) release() {
	if l.slots != nil {
		<-l.slots
	}
}

func (l *listener) enter(from netip.Prefix) bool {
	if l.perAddress <= 0 || !from.IsValid() {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from] >= l.perAddress {
		return false
	}
	l.open[from]++
	return true
}

func (l *listener) leave(from netip.Prefix) {
	if l.perAddress <= 0 || !from.IsValid() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from]--; l.open[from] <= 0 {
		delete(l.open, from)
	}
}

// networkOf is the address of a peer, or its network; invalid for a unix socket.
func networkOf(a net.Addr) netip.Prefix {
	tcp, is := a.(*net.TCPAddr)
	if !is {
		return netip.Prefix{}
	}
	at := tcp.AddrPort().Addr().Unmap().WithZone("")
	bits := at.BitLen()
	if at.Is6() {
		bits = 64
	}
	network, err := at.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}

// conn gives its place back when it is closed, once.
type conn struct {
	net.Conn
	once sync.Once
	end  func()
}

// Close ends the connection.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.end)
	return err
}
