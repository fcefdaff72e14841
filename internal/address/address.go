// Package address takes the addresses of platforms out of the texts of errors: hosts,
// ports, URLs and sockets. Where a platform stands is for administrators and the log.
package address

import (
	"cmp"
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// Hidden stands in a text in the place of an address.
const Hidden = "(address)"

var (
	urls   = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"'<>]+`)
	quoted = regexp.MustCompile(`(?i)\b(host(?: name)?|server at|address) "[^"]*"`)
	words  = regexp.MustCompile(`[\pL\pN_.:%\[\]-]+`)
)

// hiddenError is an error with a text that shows less than its own.
type hiddenError struct {
	text string
	err  error
}

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return e.err }

// Hide returns the error with a text that holds no address, and none of some hosts. One
// whose text holds none is returned as it is. errors.Is and errors.As find in it the same.
func Hide(err error, hosts ...string) error {
	if err == nil {
		return nil
	}
	if text := without(err.Error(), append(named(err), hosts...)); text != err.Error() {
		return &hiddenError{text, err}
	}
	return err
}

// Without returns a text that holds no address, and none of some hosts.
func Without(text string, hosts ...string) string { return without(text, hosts) }

// Cover returns the error with another text.
func Cover(text string, err error) error { return &hiddenError{text, err} }

// Reveal returns an error with the texts that Hide and Cover have taken out of it, for
// administrators.
func Reveal(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, part := range tree(err) {
		if h, is := part.(*hiddenError); is {
			text = strings.Replace(text, h.text, h.err.Error(), 1)
		}
	}
	if text == err.Error() {
		return err
	}
	return &hiddenError{text, err}
}

// tree lists an error and all that it wraps, the outer ones first.
func tree(err error) []error {
	if err == nil {
		return nil
	}
	all := []error{err}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		all = append(all, tree(e.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			all = append(all, tree(inner)...)
		}
	}
	return all
}

// named are the addresses that an error says are such.
func named(err error) (all []string) {
	for _, part := range tree(err) {
		switch e := part.(type) {
		case *net.OpError:
			for _, at := range []net.Addr{e.Addr, e.Source} {
				if at != nil {
					all = append(all, at.String())
				}
			}
		case *net.DNSError:
			all = append(all, e.Name, e.Server)
		case *net.AddrError:
			all = append(all, e.Addr)
		case *url.Error:
			all = append(all, e.URL)
		case x509.HostnameError:
			all = append(append(all, e.Host), certified(e)...)
		}
	}
	return all
}

func certified(e x509.HostnameError) []string {
	if e.Certificate == nil {
		return nil
	}
	return append([]string{e.Certificate.Subject.CommonName}, e.Certificate.DNSNames...)
}

// without is a text in which no address is left, and none of some names.
func without(text string, names []string) string {
	hosts := map[string]bool{}
	for _, name := range names {
		if strings.ContainsAny(name, "/ ") {
			text = strings.ReplaceAll(text, name, Hidden)
		} else if host, _ := split(name); host != "" {
			hosts[strings.ToLower(host)] = true
		}
	}
	text = urls.ReplaceAllString(text, Hidden)
	text = quoted.ReplaceAllString(text, `$1 `+Hidden)
	return words.ReplaceAllStringFunc(text, func(word string) string {
		bare := strings.TrimRight(word, ".:")
		host, numeric := split(bare)
		if !numeric && !hosts[strings.ToLower(host)] {
			return word
		}
		return Hidden + word[len(bare):]
	})
}

// split takes the host out of a word that may have a port; numeric says that it is one
// of numbers.
func split(word string) (host string, numeric bool) {
	host = word
	if h, _, err := net.SplitHostPort(word); err == nil {
		host = cmp.Or(h, word)
	}
	host = strings.Trim(host, "[]")
	_, err := netip.ParseAddr(host)
	return strings.TrimSuffix(host, "."), err == nil
}
