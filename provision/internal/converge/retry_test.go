package converge_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

// The clock is that of synctest: nothing really waits.
func TestTriesAccidentsAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		errs     []error // of the attempts; the last one goes on
		attempts int     // the bound; 0 is one
		time     time.Duration
		tried    int // 0: as often as there is time
		fails    bool
	}{
		{"no accident", []error{nil}, 4, time.Minute, 1, false},
		{"two accidents", []error{errAccident, errAccident, nil}, 4, time.Minute, 3, false},
		{"accidents that do not end", []error{errAccident}, 4, time.Minute, 4, true},
		{"what is no accident", []error{errBroken, nil}, 4, time.Minute, 1, true},
		{"an accident, and then what is none", []error{errAccident, errBroken, nil}, 4, time.Minute, 2, true},
		{"without a bound", []error{errAccident, nil}, 0, time.Minute, 1, true},
		{"until the deadline", []error{errAccident}, 1_000_000, time.Second, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tried, began := 0, time.Now()
				p := &platform{apply: func(_ context.Context, j *job) ([]provision.Outcome, error) {
					if time.Since(began) >= tt.time {
						t.Error("tried after the deadline")
					}
					err := tt.errs[min(tried, len(tt.errs)-1)]
					tried++
					return taken(j), err
				}}
				l := p.loop()
				l.Attempts = tt.attempts
				ctx, cancel := context.WithTimeout(t.Context(), tt.time)
				defer cancel()
				err := l.Apply(ctx, []provision.Standing{standing(t, "orders", "1", "eve")})[0].Err
				if (err != nil) != tt.fails || tt.tried != 0 && tried != tt.tried || tried == 0 {
					t.Errorf("tried %d times: %v, want %d times, fails: %v", tried, err, tt.tried, tt.fails)
				}
				if took := time.Since(began); took > tt.time {
					t.Errorf("it took %s, there were %s", took, tt.time)
				}
			})
		})
	}
}

func TestWaitsLongerAfterEachAccident(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		p := &platform{}
		l := p.loop()
		l.Attempts = 5
		err := l.Ask(t.Context(), func(context.Context) error { at = append(at, time.Now()); return errAccident })
		if !errors.Is(err, errAccident) || len(at) != 5 {
			t.Fatalf("tried %d times: %v", len(at), err)
		}
		for i := 1; i < len(at); i++ {
			if waited, least := at[i].Sub(at[i-1]), time.Duration(i)*10*time.Millisecond; waited < least || waited >= 2*least {
				t.Errorf("waited %s after accident %d, want %s to %s", waited, i, least, 2*least)
			}
		}
	})
}

func TestGivesADeadlineWhereThereIsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if left := converge.TimeLeft(t.Context()); left != converge.DefaultTime {
			t.Errorf("%s left without a deadline", left)
		}
		ctx, cancel := converge.Bounded(t.Context())
		defer cancel()
		if left := converge.TimeLeft(ctx); left != converge.DefaultTime {
			t.Errorf("%s left, want %s", left, converge.DefaultTime)
		}
		hour, cancelHour := context.WithTimeout(t.Context(), time.Hour)
		defer cancelHour()
		ctx, cancelBounded := converge.Bounded(hour)
		defer cancelBounded()
		if left := converge.TimeLeft(ctx); left != time.Hour {
			t.Errorf("%s left, want the hour that was given", left)
		}
	})
}

func TestDisconnected(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"a connection that is bad", driver.ErrBadConn, true},
		{"the end of what was sent", io.ErrUnexpectedEOF, true},
		{"wrapped", fmt.Errorf("asking: %w", io.EOF), true},
		{"nobody listens", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, true},
		{"reset", syscall.ECONNRESET, true},
		{"an answer", errBroken, false},
		{"a call that was canceled", context.Canceled, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := converge.Disconnected(tt.err); got != tt.want {
				t.Errorf("Disconnected(%v) is %v, want %v", tt.err, got, tt.want)
			}
		})
	}
}

func TestCheckInstallation(t *testing.T) {
	t.Parallel()
	for name, fine := range map[string]bool{"prod": true, "t1": true, "sixteenletters16": true, "": false, "Prod": false, "a_b": false, "seventeenletters1": false} {
		if err := converge.CheckInstallation(name); (err == nil) != fine {
			t.Errorf("CheckInstallation(%q): %v", name, err)
		}
	}
}
