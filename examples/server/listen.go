package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
)

// listen opens the address. If none was given and the usual port is taken, any
// free one will do.
func listen(address string) (net.Listener, error) {
	if address != "" {
		return listenOn(address)
	}
	l, err := listenOn(defaultListen)
	if err != nil {
		return listenOn("127.0.0.1:0")
	}
	return l, nil
}

// listenOn refuses what others than this machine can reach: the dev sign-in asks
// nobody for proof.
func listenOn(address string) (net.Listener, error) {
	at, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("-listen: %w", err)
	}
	if !at.IP.IsLoopback() {
		return nil, fmt.Errorf("-listen is %q, which other machines may reach: with -auth=dev anybody may be anyone, so that only loopback is allowed, such as %s", address, defaultListen)
	}
	return net.ListenTCP("tcp", at)
}

// serve answers until ctx ends, and then finishes what it has begun.
func serve(ctx context.Context, l net.Listener, overTLS *tls.Config, h http.Handler, log *slog.Logger) error {
	server := newHTTPServer(h, log)
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
	log.Info("stopping", "within", stopTimeout)
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := server.Shutdown(draining)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("some requests took too long and were cut off")
		err = server.Close()
	}
	return err
}
