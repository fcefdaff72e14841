package main

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// link is one connection through a proxy.
type link struct {
	proxy          *proxy
	client, server *net.TCPConn

	once sync.Once
	mute chan struct{} // closed when nothing passes any more
	half atomic.Bool   // the next message is cut in its middle
	lost atomic.Bool   // the next answer ends the connection instead
}

func (l *link) end() {
	_ = l.client.Close()
	_ = l.server.Close()
}

func (l *link) silence() { l.once.Do(func() { close(l.mute) }) }

// pump carries what one side says to the other, until either ends.
func (l *link) pump(to, from *net.TCPConn, up bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !l.carry(to, buffer[:n], up) {
			l.end()
			return
		}
		if err != nil {
			_ = to.CloseWrite()
			return
		}
	}
}

// carry takes one message across, and reports whether the connection goes on.
func (l *link) carry(to *net.TCPConn, message []byte, up bool) bool {
	if !l.wait() {
		return false
	}
	switch {
	case l.half.CompareAndSwap(true, false):
		_, _ = to.Write(message[:len(message)/2])
		return false
	case up && l.proxy.loses(message):
		l.lost.Store(true)
	case !up && l.lost.Load():
		return false
	}
	_, err := to.Write(message)
	return err == nil
}

// wait holds a message back for as long as the network says. On a black hole
// that is for ever: until one of the sides gives up, or the proxy ends.
func (l *link) wait() bool {
	wait, stalled := l.proxy.pass()
	if wait > 0 {
		time.Sleep(wait)
	}
	if stalled != nil {
		select {
		case <-stalled:
		case <-l.proxy.closed:
			return false
		}
	}
	select {
	case <-l.mute:
	default:
		return true
	}
	<-l.proxy.closed
	return false
}
