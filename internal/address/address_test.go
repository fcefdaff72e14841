package address_test

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/grantwright/grantwright/internal/address"
)

func TestHide(t *testing.T) {
	t.Parallel()
	dial := func(at string) error {
		to, err := net.ResolveTCPAddr("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		return &net.OpError{Op: "dial", Net: "tcp", Addr: to, Err: syscall.ECONNREFUSED}
	}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"nothing to hide", errors.New(`role "eve" does not exist at 12:30:45, see sales.public.orders`), `role "eve" does not exist at 12:30:45, see sales.public.orders`},
		{"version 4", dial("10.1.2.3:5432"), "dial tcp (address): connection refused"},
		{"version 6", dial("[2001:db8::7]:5432"), "dial tcp (address): connection refused"},
		{"a name", fmt.Errorf("pg: %w", &net.DNSError{Err: "no such host", Name: "db", Server: "10.0.0.2:53"}), "pg: lookup (address) on (address): no such host"},
		{"a socket", &net.OpError{Op: "dial", Net: "unix", Addr: &net.UnixAddr{Name: "/run/pg/.s.PGSQL.5432", Net: "unix"}, Err: syscall.ENOENT}, "dial unix (address): no such file or directory"},
		{"a URL", &url.Error{Op: "Post", URL: "https://hook.internal/x?y", Err: errors.New("EOF")}, `Post "(address)": EOF`},
		{"the host of the connection", errors.New("cannot reach DB.internal:5432, db.internal."), "cannot reach (address), (address)."},
		{"words of a server", errors.New(`no pg_hba.conf entry for host "10.1.1.1", connection to server at "other.internal" (10.9.9.9), port 1 failed`), `no pg_hba.conf entry for host (address), connection to server at (address) ((address)), port 1 failed`},
		{"a part of a word stays", errors.New("xdb.internal and db.internal2"), "xdb.internal and db.internal2"},
		{"twice", address.Hide(dial("10.1.2.3:5432")), "dial tcp (address): connection refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hidden := address.Hide(tt.err, "db.internal")
			if hidden.Error() != tt.want {
				t.Errorf("it says %q, want %q", hidden, tt.want)
			}
			if !errors.Is(hidden, tt.err) {
				t.Error("the error is not found in it")
			}
		})
	}
	if address.Hide(nil) != nil || address.Reveal(nil) != nil {
		t.Error("nil is something")
	}
}

func TestRevealIsForAdministrators(t *testing.T) {
	t.Parallel()
	one := errors.New("dial 10.1.2.3:5432")
	other := address.Cover("its secret cannot be read", errors.New("env:X is not set"))
	all := fmt.Errorf("connection warehouse: %w; %w", address.Hide(one), other)
	if strings.Contains(all.Error(), "10.1.2.3") || strings.Contains(all.Error(), "env:X") {
		t.Errorf("it is shown: %s", all)
	}
	shown := address.Reveal(all)
	if want := "connection warehouse: dial 10.1.2.3:5432; env:X is not set"; shown.Error() != want || !errors.Is(shown, one) {
		t.Errorf("an administrator reads %q, want %q", shown, want)
	}
	if address.Reveal(one) != one {
		t.Error("an error that hides nothing became another")
	}
}
