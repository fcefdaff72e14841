package converge

import (
	"context"
	"math/rand/v2"
	"time"
)

// DefaultTime is for a call whose context has no deadline.
const DefaultTime = 30 * time.Second

// Bounded gives a context a deadline where it has none.
func Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, DefaultTime)
}

// TimeLeft is how long a call may still take.
func TimeLeft(ctx context.Context) time.Duration {
	deadline, has := ctx.Deadline()
	if !has {
		return DefaultTime
	}
	return time.Until(deadline)
}

// Ask is Persevere within a deadline, with an error that is explained.
func (l *Loop[J]) Ask(ctx context.Context, try func(context.Context) error) error {
	ctx, cancel := Bounded(ctx)
	defer cancel()
	if err := l.Persevere(ctx, func() error { return try(ctx) }); err != nil {
		return l.Explain(err)
	}
	return nil
}

// Persevere tries again what failed by accident, a few times and while there is time.
func (l *Loop[J]) Persevere(ctx context.Context, try func() error) error {
	for attempt := 1; ; attempt++ {
		err := try()
		if err == nil || !l.Platform.Accidental(err) || attempt >= l.Attempts || pause(ctx, attempt) != nil {
			return err
		}
	}
}

// pause waits a little longer after each attempt, and never in step with others.
func pause(ctx context.Context, attempt int) error {
	wait := time.Duration(attempt) * 10 * time.Millisecond
	t := time.NewTimer(wait + rand.N(wait))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
