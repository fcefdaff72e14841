package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// listen opens the address, on loopback only where isDev says so. If none was given and the
// usual port is taken, any free one will do.
func listen(address string, isDev bool) (net.Listener, error) {
	if address != "" {
		return listenOn(address, isDev)
	}
	l, err := listenOn(defaultListen, isDev)
	if err != nil {
		return listenOn("127.0.0.1:0", isDev)
	}
	return l, nil
}

// listenOn refuses for the dev sign-in what others than this machine can reach: it asks
// nobody for proof.
func listenOn(address string, isDev bool) (net.Listener, error) {
	if path, is := strings.CutPrefix(address, "unix:"); is {
		if isDev {
			return nil, fmt.Errorf("-listen is %q: with -auth=dev only loopback is allowed, such as %s", address, defaultListen)
		}
		return listenUnix(path)
	}
	at, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("-listen: %w", err)
	}
	if isDev && !at.IP.IsLoopback() {
		return nil, fmt.Errorf("-listen is %q, which other machines may reach: with -auth=dev anybody may be anyone, so that only loopback is allowed, such as %s", address, defaultListen)
	}
	return net.ListenTCP("tcp", at)
}

// checkListen finds what listen would refuse, without opening anything or asking a name server.
func checkListen(address string, isDev bool) error {
	if path, is := strings.CutPrefix(address, "unix:"); is && !isDev {
		_, err := os.Stat(filepath.Dir(path))
		return asFlag("-listen", err)
	} else if is {
		return fmt.Errorf("-listen is %q: with -auth=dev only loopback is allowed, such as %s", address, defaultListen)
	}
	if address == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err == nil && isDev && !isLoopback(host) {
		err = fmt.Errorf("%s may be reached by other machines: with -auth=dev anybody may be anyone, so that only loopback is allowed, such as %s", address, defaultListen)
	}
	return asFlag("-listen", err)
}

// listenUnix opens a socket that its owner and its group may write to. One that a process
// has left behind makes room; one that somebody answers at does not.
func listenUnix(path string) (net.Listener, error) {
	if there, err := os.Lstat(path); err == nil && there.Mode()&os.ModeSocket != 0 {
		if c, err := net.Dial("unix", path); err == nil {
			_ = c.Close()
			return nil, fmt.Errorf("-listen: somebody answers at %s already", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("-listen: %w", err)
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("-listen: %w", err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		return nil, errors.Join(fmt.Errorf("-listen: %w", err), l.Close())
	}
	return l, nil
}

// addressOf is the address of a listener, as a browser writes it; that of a socket none can
// write.
func addressOf(l net.Listener, scheme string) string {
	if l.Addr().Network() == "unix" {
		return scheme + "://localhost"
	}
	return scheme + "://" + l.Addr().String()
}

// leaving answers as always, but once it leaves it is not ready, and has no connection kept.
type leaving struct {
	http.Handler
	leaves atomic.Bool
}

func (l *leaving) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.leaves.Load() {
		w.Header().Set("Connection", "close")
		if path.Base(r.URL.Path) == "readyz" {
			http.Error(w, "the server is stopping", http.StatusServiceUnavailable)
			return
		}
	}
	l.Handler.ServeHTTP(w, r)
}

// serve answers until ctx ends, and for the time of drain without being ready; then it finishes
// what it has begun.
func serve(ctx context.Context, l net.Listener, overTLS *tls.Config, h http.Handler, drain time.Duration, log *slog.Logger) error {
	handler := &leaving{Handler: h}
	server := newHTTPServer(handler, log)
	failed := make(chan error, 1)
	if server.TLSConfig = overTLS; overTLS != nil {
		go func() { failed <- server.ServeTLS(l, "", "") }()
	} else {
		go func() { failed <- server.Serve(l) }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	handler.leaves.Store(true)
	log.Info("stopping", "within", drain+stopTimeout)
	select {
	case err := <-failed:
		return err
	case <-time.After(drain):
	}
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := server.Shutdown(draining)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("some requests took too long and were cut off")
		err = server.Close()
	}
	return err
}
