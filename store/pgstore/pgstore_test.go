package pgstore_test

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/store/pgstore"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	const secret = "secret-word"
	for _, address := range []string{
		"", "grantwright.db", "mysql://gw:" + secret + "@127.0.0.1/x", "host=127.0.0.1 password=" + secret,
		"postgres://gw:" + secret + "@[::1/x", "postgres://gw:" + secret + "@127.0.0.1:port/x",
		"postgres://gw:" + secret + "@127.0.0.1/x?sslmode=perhaps", "postgres://gw:" + secret + "@127.0.0.1/x?connect_timeout=soon",
	} {
		s, err := pgstore.Open(address)
		if err == nil {
			_ = s.Close()
		}
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v, want an error without the password", address, err)
		}
	}
}
