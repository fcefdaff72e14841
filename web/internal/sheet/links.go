package sheet

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

// Entitlements writes some of them, what others gave, and a note where it is not empty.
func Entitlements(all []grantwright.Entitlement, others []provision.Foreign, note string) []byte {
	var b bytes.Buffer
	lines := New(&b, Access)
	for _, e := range all {
		lines.Entitlement(e)
	}
	lines.Others(others, note)
	_ = lines.Flush() // into memory: it cannot fail
	return b.Bytes()
}

// MoreTime lets an answer that goes on take longer than others.
func MoreTime(w http.ResponseWriter, d time.Duration) error {
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d)); !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// Links writes request links as CSV.
func Links(w io.Writer) (write func(catalog.AssetLinks) error, flush func()) {
	lines := csv.NewWriter(w)
	_ = lines.Write([]string{"ref", "kind", "dataAccess", "maskingException"}) // its error is that of the next one
	return func(l catalog.AssetLinks) error {
		return lines.Write([]string{string(l.Ref), string(l.Kind), l.DataAccess, l.MaskingException})
	}, lines.Flush
}

// LinesOfLinks writes request links as JSON lines.
func LinesOfLinks(w io.Writer) (write func(catalog.AssetLinks) error, flush func()) {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	return func(l catalog.AssetLinks) error { return lines.Encode(l) }, func() {}
}
