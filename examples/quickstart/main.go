// Quickstart shows Grantwright at work: it starts a throwaway PostgreSQL with a
// small warehouse, walks from a request link to a SELECT that works, and back to
// one that is refused, and checks each step by logging in as the person.
//
//	go run ./examples/quickstart         # shows it, and cleans up
//	go run ./examples/quickstart -keep   # leaves all of it running, to try by hand
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	keep := flag.Bool("keep", false, "leave everything running afterwards, and print a login for each person")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *keep); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "\nquickstart:", err)
		os.Exit(1)
	}
}

// run tells the story, and keeps the engine running meanwhile.
func run(ctx context.Context, keep bool) error {
	began := time.Now()
	s, err := open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.engine.Run(running)
	}()
	defer func() {
		stop()
		<-ended
	}()
	if err := s.tell(ctx); err != nil {
		return err
	}
	fmt.Printf("\nAll of it held on the platform. It took %.1f s.\n", time.Since(began).Seconds())
	if keep {
		s.invite()
		<-ctx.Done()
	}
	return nil
}
