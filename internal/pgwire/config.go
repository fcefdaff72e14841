package pgwire

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

// nowhere is the path of a file that never stands: the driver would look for one in the
// home of whoever runs the process, where a setting is empty.
var nowhere = filepath.Join(os.DevNull, "none")

// Config reads the URL of a connection to a platform. Whatever the URL leaves out is as the
// defaults below say. The environment of the process says nothing of it, nor do .pgpass,
// service files and the certificates in the home of whoever runs it: they are about other
// servers, and a password would go there. No error repeats the URL.
//
// Parameters of the URL are those of libpq. One that is none of these is a setting of the
// session on the server.
func Config(address, password string) (pq.Config, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return pq.Config{}, errors.New("cannot be read, must begin with postgres://")
	}
	if _, inURL := u.User.Password(); inURL {
		return pq.Config{}, errors.New("holds a password; give a reference to it in secret")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return pq.Config{}, errors.New("has parameters that cannot be read")
	}
	s := settings{hosts: u.Hostname(), ports: u.Port(), Config: pq.Config{
		User: u.User.Username(), Database: strings.TrimPrefix(u.Path, "/"), Password: password, Passfile: nowhere,
		SSLMode: pq.SSLModeRequire, SSLSNI: true, MinProtocolVersion: pq.ProtocolVersion30, MaxProtocolVersion: pq.ProtocolVersion30,
		ClientEncoding: "UTF8", Datestyle: "ISO, MDY", Runtime: map[string]string{}}}
	for name, values := range query {
		if len(values) > 1 {
			return pq.Config{}, fmt.Errorf("sets %s %d times", name, len(values))
		}
		if err := s.set(name, values[0]); err != nil {
			return pq.Config{}, err
		}
	}
	if err := errors.Join(s.reach(), s.certificates()); err != nil {
		return pq.Config{}, err
	}
	return s.Config, nil
}

// settings are a Config whose servers are not yet taken apart.
type settings struct {
	pq.Config
	hosts, addresses, ports string // with commas between them
}

func (s *settings) set(name, value string) (err error) {
	switch name {
	case "host":
		s.hosts = value
	case "hostaddr":
		s.addresses = value
	case "port":
		s.ports = value
	case "dbname", "database":
		s.Database = value
	case "user":
		s.User = value
	case "options":
		s.Options = value
	case "application_name", "fallback_application_name":
		s.ApplicationName = value
	case "sslmode":
		s.SSLMode, err = oneOf(name, value, pq.SSLModeDisable, pq.SSLModeAllow, pq.SSLModePrefer, pq.SSLModeRequire, pq.SSLModeVerifyCA, pq.SSLModeVerifyFull)
	case "sslnegotiation":
		s.SSLNegotiation, err = oneOf(name, value, pq.SSLNegotiationPostgres, pq.SSLNegotiationDirect)
	case "sslcert":
		s.SSLCert = value
	case "sslkey":
		s.SSLKey = value
	case "sslrootcert":
		s.SSLRootCert = value
	case "sslsni":
		s.SSLSNI = value == "1"
	case "ssl_min_protocol_version":
		s.SSLMinProtocolVersion, err = oneOf(name, value, tlsVersions...)
	case "ssl_max_protocol_version":
		s.SSLMaxProtocolVersion, err = oneOf(name, value, tlsVersions...)
	case "connect_timeout":
		s.ConnectTimeout, err = seconds(name, value)
	case "target_session_attrs":
		s.TargetSessionAttrs, err = oneOf(name, value, pq.TargetSessionAttrsAny, pq.TargetSessionAttrsReadWrite, pq.TargetSessionAttrsReadOnly,
			pq.TargetSessionAttrsPrimary, pq.TargetSessionAttrsStandby, pq.TargetSessionAttrsPreferStandby)
	case "load_balance_hosts":
		s.LoadBalanceHosts, err = oneOf(name, value, pq.LoadBalanceHostsDisable, pq.LoadBalanceHostsRandom)
	case "binary_parameters":
		s.BinaryParameters = value == "yes"
	case "client_encoding", "datestyle": // those that the driver needs are set
	case "password", "passfile", "service", "servicefile", "sslpassword", "sslinline":
		return fmt.Errorf("sets %s: the password comes from secret, and all else is in the url", name)
	default:
		s.Runtime[name] = value
	}
	return err
}

var tlsVersions = []pq.SSLProtocolVersion{pq.SSLProtocolVersionTLS12, pq.SSLProtocolVersionTLS13}

func oneOf[T ~string](name, value string, known ...T) (T, error) {
	if !slices.Contains(known, T(value)) {
		return "", fmt.Errorf("sets %s to %q, which is none of %v", name, value, known)
	}
	return T(value), nil
}

func seconds(name, value string) (time.Duration, error) {
	n, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("sets %s to %q, which is no number of seconds", name, value)
	}
	return time.Duration(n) * time.Second, nil
}

// reach takes the servers apart. One port is that of all of them.
func (s *settings) reach() error {
	hosts, addresses, ports := strings.Split(s.hosts, ","), strings.Split(s.addresses, ","), strings.Split(s.ports, ",")
	if s.addresses != "" && len(addresses) != len(hosts) && s.hosts != "" {
		return fmt.Errorf("names %d hosts and %d addresses", len(hosts), len(addresses))
	}
	if len(ports) > 1 && len(ports) != max(len(hosts), len(addresses)) {
		return fmt.Errorf("names %d ports for %d hosts", len(ports), max(len(hosts), len(addresses)))
	}
	at := func(list []string, i int) string { return list[min(i, len(list)-1)] }
	for i := range max(len(hosts), len(addresses)) {
		server := pq.ConfigMultihost{Host: at(hosts, i), Port: 5432}
		if server.Host == "" && s.addresses == "" {
			return errors.New("names no host")
		}
		if address := at(addresses, i); address != "" {
			ip, err := netip.ParseAddr(address)
			if err != nil {
				return fmt.Errorf("sets hostaddr to %q, which is no address", address)
			}
			server.Hostaddr = ip
		}
		if port := at(ports, i); port != "" {
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil || n == 0 {
				return fmt.Errorf("names the port %q", port)
			}
			server.Port = uint16(n)
		}
		s.Multi = append(s.Multi, server)
	}
	first := s.Multi[0]
	s.Host, s.Hostaddr, s.Port, s.Multi = first.Host, first.Hostaddr, first.Port, s.Multi[1:]
	if s.Hostaddr == (netip.Addr{}) && (filepath.IsAbs(s.Host) || strings.HasPrefix(s.Host, "@")) {
		s.SSLMode = pq.SSLModeDisable // a Unix socket has no TLS
	}
	return nil
}

// certificates trusts the authorities of the system, unless the URL names a file, and shows
// a certificate of ours only where it names one.
func (s *settings) certificates() error {
	switch {
	case s.SSLCert != "" && s.SSLKey == "":
		return errors.New("sets sslcert without sslkey")
	case s.SSLCert == "":
		s.SSLCert, s.SSLKey = nowhere, nowhere
	}
	switch s.SSLMode {
	case pq.SSLModeDisable, pq.SSLModeAllow, pq.SSLModePrefer:
		if s.SSLNegotiation == pq.SSLNegotiationDirect {
			return fmt.Errorf("sets sslnegotiation to direct, which sslmode %s is too weak for", s.SSLMode)
		}
	}
	if s.SSLRootCert == "system" && s.SSLMode != pq.SSLModeVerifyFull {
		return fmt.Errorf("sets sslrootcert to system, which takes sslmode verify-full and not %s", s.SSLMode)
	}
	if s.SSLRootCert == "" {
		s.SSLRootCert = "system"
	}
	return nil
}
