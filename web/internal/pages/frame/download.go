package frame

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// writeTime is how long one page of a download may take to be read by whoever asked for it.
const writeTime = time.Minute

// download is a list on its way to somebody, page by page. The first page is read before
// anything is sent, so that a fault still has its own answer; after that a fault breaks the
// connection off, and nobody takes a part for the whole.
type download struct {
	http.ResponseWriter
	control *http.ResponseController
	began   bool
}

// Download sends a list as a file, page by page, until page says that there is no more.
func (s *Frame) Download(w http.ResponseWriter, r *http.Request, kind, file string, page func(out io.Writer) (more bool, err error)) {
	d := &download{ResponseWriter: w, control: http.NewResponseController(w)}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+file+`"`)
	for more := true; more; {
		var err error
		if more, err = page(d); err == nil && d.began {
			err = d.control.Flush()
		}
		if err == nil {
			continue
		}
		if d.began {
			s.Log.Warn("a download is broken off", "path", r.URL.Path, "error", err)
			panic(http.ErrAbortHandler)
		}
		w.Header().Del("Content-Disposition")
		s.Fail(w, r, err)
		return
	}
}

// Write gives whoever reads time for each page.
func (d *download) Write(b []byte) (int, error) {
	d.began = true
	_ = d.control.SetWriteDeadline(time.Now().Add(writeTime)) // a server that has none needs no other
	return d.ResponseWriter.Write(b)
}

// The media types of downloads. JSON lines have none that is registered.
const (
	AsCSV   = "text/csv; charset=utf-8; header=present"
	AsLines = "application/jsonl"
)

// WriteLines writes values as JSON lines.
func WriteLines[T any](out io.Writer, all []T, as func(T) any) error {
	for _, v := range all {
		text, err := json.Marshal(as(v))
		if err == nil {
			_, err = out.Write(append(text, '\n'))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
