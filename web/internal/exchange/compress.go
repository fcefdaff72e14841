package exchange

import (
	"compress/gzip"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// minBytes is the length from which on an answer is compressed: below, it fits into one
// packet anyway.
const minBytes = 1400

// compressible are the media types that are compressed. A stream of events is none of them,
// nor are lists that are sent line by line.
var compressible = map[string]bool{"application/json": true, "application/problem+json": true, "application/openapi+json": true,
	"application/schema+json": true, "application/cloudevents-batch+json": true, "text/html": true, "text/css": true}

var zippers = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

// Compressed compresses the answers of a handler with gzip where the client takes that.
//
// The length of compressed text tells which of its parts are alike (BREACH). Secrets are
// shown in answers to POST only, and those are never compressed; nor is an answer to a
// request that another site has begun. An answer with a strong ETag goes out as it is: the
// tag is that of these bytes (RFC 9110, section 8.8.1).
func Compressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		c := &compressor{ResponseWriter: w, takes: takesGzip(r.Header) && r.Header.Get("Sec-Fetch-Site") != "cross-site"}
		next.ServeHTTP(c, r)
		c.close() // not after a panic: what broke off is not completed
	})
}

func takesGzip(h http.Header) bool {
	for _, text := range strings.Split(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, params, _ := strings.Cut(text, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q, is := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return !is || err == nil && weight > 0
		}
	}
	return false
}

// compressor holds the beginning of an answer back until it is known whether it is worth
// compressing.
type compressor struct {
	http.ResponseWriter
	takes   bool // the client takes gzip
	status  int
	held    []byte
	decided bool
	zip     *gzip.Writer // nil for an answer that goes out as it is
}

// Unwrap leads http.ResponseController to the deadlines.
func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// WriteHeader notes the status; it is sent with the first bytes.
func (c *compressor) WriteHeader(status int) {
	if status < http.StatusOK {
		c.ResponseWriter.WriteHeader(status)
	} else if c.status == 0 {
		c.status = status
	}
}

func (c *compressor) Write(b []byte) (int, error) {
	if !c.decided {
		c.held = append(c.held, b...)
		if len(c.held) < minBytes {
			return len(b), nil
		}
		return len(b), c.decide(true)
	}
	return c.out().Write(b)
}

// FlushError sends what was held back: whoever flushes wants it to arrive.
func (c *compressor) FlushError() error {
	if !c.decided {
		if err := c.decide(false); err != nil {
			return err
		}
	}
	if c.zip != nil {
		if err := c.zip.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// Flush is FlushError for those who ask for an http.Flusher.
func (c *compressor) Flush() { _ = c.FlushError() }

func (c *compressor) out() io.Writer {
	if c.zip != nil {
		return c.zip
	}
	return c.ResponseWriter
}

// decide sends the header, and what was held back.
func (c *compressor) decide(long bool) error {
	c.decided = true
	h := c.Header()
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	may := compressible[kind] && h.Get("Content-Encoding") == "" && !strings.HasPrefix(h.Get("ETag"), `"`) && c.status != http.StatusPartialContent
	if may {
		h.Add("Vary", "Accept-Encoding")
	}
	if may && long && c.takes {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		c.zip = zippers.Get().(*gzip.Writer)
		c.zip.Reset(c.ResponseWriter)
	}
	if c.status != 0 {
		c.ResponseWriter.WriteHeader(c.status)
	}
	if len(c.held) == 0 {
		return nil
	}
	_, err := c.out().Write(c.held)
	c.held = nil
	return err
}

func (c *compressor) close() {
	if !c.decided {
		_ = c.decide(false) // whoever has gone does not read it
	}
	if c.zip != nil {
		_ = c.zip.Close()
		zippers.Put(c.zip)
	}
}
