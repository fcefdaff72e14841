// Package mariadbwire connects to MariaDB: it reads the URL of a connection, says
// what is missing in it, and sees to it that no call waits for ever.
package mariadbwire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	dialTimeout = 10 * time.Second // for one connection
	defaultPort = "3306"

	// readTimeout is for one answer: the bound of last resort, where a context
	// allows more. A call that has a nearer deadline ends at that.
	readTimeout = 90 * time.Second
)

// parameters are what the query of a URL may hold.
var parameters = []string{"tls", "ca", "socket", "lowerCaseTableNames"}

// Address is where a server is, as the URL of a connection says it.
type Address struct {
	folds  bool
	config *mysql.Config
}

// Parse reads the URL of a connection, and the password that belongs to it:
//
//	mariadb://grantwright@db.example.com:3306/?tls=true
//
// tls is true, skip-verify or false, and must be there. ca is a file of
// certificates to trust in place of the system's, socket the path of a Unix socket
// in place of host and port, and lowerCaseTableNames the server's setting of that
// name, 0 where it is left out. The password is never part of an error.
func Parse(address, password string) (Address, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "mariadb" {
		return Address{}, errors.New("url cannot be read, must be mariadb://user@host:port/?tls=…")
	}
	if _, inURL := u.User.Password(); inURL {
		return Address{}, errors.New("url holds a password; give a reference to it in secret")
	}
	q := u.Query()
	switch {
	case u.User.Username() == "":
		return Address{}, errors.New("url must say as whom to connect: mariadb://user@host/…")
	case strings.Trim(u.Path, "/") != "":
		return Address{}, errors.New("url names a database; a connection is for all databases of the server: mariadb://user@host:port/?tls=…")
	}
	if setting := q.Get("lowerCaseTableNames"); setting != "" && setting != "0" && setting != "1" && setting != "2" {
		return Address{}, fmt.Errorf("lowerCaseTableNames in the url is %q, must be 0, 1 or 2, as the server's lower_case_table_names", setting)
	}
	for name := range q {
		if !slices.Contains(parameters, name) {
			return Address{}, fmt.Errorf("url has the parameter %q, which is none of %s", name, strings.Join(parameters, ", "))
		}
	}
	a := Address{folds: Folds(address), config: mysql.NewConfig()}
	c := a.config
	c.User, c.Passwd = u.User.Username(), password
	c.Net, c.Addr = "tcp", net.JoinHostPort(u.Hostname(), withDefault(u.Port(), defaultPort))
	if socket := q.Get("socket"); socket != "" {
		c.Net, c.Addr = "unix", socket
	} else if u.Hostname() == "" {
		return Address{}, errors.New("url must name a host, or a socket")
	}
	if c.TLS, err = encryption(q.Get("tls"), q.Get("ca"), u.Hostname()); err != nil {
		return Address{}, err
	}
	c.Timeout, c.ReadTimeout, c.WriteTimeout = dialTimeout, readTimeout, readTimeout
	c.InterpolateParams = true // one round trip for each query
	c.Collation = "utf8mb4_bin"
	c.Logger = &mysql.NopLogger{} // what goes wrong is in the errors
	c.ConnectionAttributes = "program_name:grantwright"
	// The time zone makes the platform's clock one that no summer time turns back.
	c.Params = map[string]string{"time_zone": "'+00:00'", "sql_mode": "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"}
	return a, nil
}

// Folds reports whether the URL of a connection says that the server's
// lower_case_table_names is not 0, so that names stand in lower case there, or are
// compared so.
func Folds(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	setting := u.Query().Get("lowerCaseTableNames")
	return setting != "" && setting != "0"
}

func withDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func encryption(mode, ca, host string) (*tls.Config, error) {
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	switch mode {
	case "true":
	case "skip-verify":
		c.InsecureSkipVerify = true
	case "false":
		return nil, nil
	default:
		return nil, errors.New("url must say tls: true, or false where the network is trusted")
	}
	if ca == "" {
		return c, nil
	}
	trusted, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("ca in the url: %w", err)
	}
	if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(trusted) {
		return nil, errors.New("ca in the url: the file holds no certificate")
	}
	return c, nil
}

// Pool returns a pool of connections to the address, of at most so many.
func (a Address) Pool(most int, idle time.Duration) (*sql.DB, error) {
	inner, err := mysql.NewConnector(a.config)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector{inner})
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	db.SetConnMaxIdleTime(idle)
	return db, nil
}

// connector bounds the time in which a connection is made, handshake included,
// also where whoever asks has no deadline.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	return c.Connector.Connect(ctx)
}

// CheckFolding says where the URL does not tell of the server's
// lower_case_table_names what the server does: links would lead elsewhere than the
// server does.
func (a Address) CheckFolding(setting int) error {
	if a.folds != (setting != 0) {
		return fmt.Errorf("the server has lower_case_table_names=%d, and the url does not say so; add lowerCaseTableNames=%[1]d to it", setting)
	}
	return nil
}
