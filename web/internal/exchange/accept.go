// Package exchange is what the API and the pages share of HTTP itself: the media types
// that a client takes, the id of a request, tags of versions, and the compression
// of answers. It knows no engine.
package exchange

import (
	"mime"
	"strconv"
	"strings"
)

// Accepted picks the media type of an answer: that of the offers which the fields of the
// header Accept prefer (RFC 9110, section 12.5.1), the first of several alike. It is empty
// where they take none of the offers. Without the header, the first is picked.
func Accepted(fields []string, offers ...string) string {
	ranges := rangesIn(fields)
	best, most := "", 0.0
	for _, offer := range offers {
		if len(ranges) == 0 {
			return offer
		}
		if q := quality(ranges, offer); q > most {
			best, most = offer, q
		}
	}
	return best
}

// mediaRange is one range of an Accept header, such as text/*;q=0.5.
type mediaRange struct {
	kind, sub string
	q         float64
}

// rangesIn reads the ranges of a header. One that cannot be read matches nothing.
func rangesIn(fields []string) (all []mediaRange) {
	for _, text := range strings.Split(strings.Join(fields, ","), ",") {
		if strings.TrimSpace(text) == "" {
			continue
		}
		name, params, err := mime.ParseMediaType(text)
		kind, sub, _ := strings.Cut(name, "/")
		r := mediaRange{kind, sub, 1}
		if q, is := params["q"]; is {
			if r.q, err = strconv.ParseFloat(q, 64); err != nil || r.q < 0 || r.q > 1 {
				r.q = 0
			}
		} else if err != nil {
			r.q = 0
		}
		all = append(all, r)
	}
	return all
}

// quality is what the most specific range says that matches an offer; 0 where none does.
func quality(ranges []mediaRange, offer string) float64 {
	kind, sub, _ := strings.Cut(offer, "/")
	q, specific := 0.0, 0
	for _, r := range ranges {
		how := 0
		switch {
		case r.kind == kind && r.sub == sub:
			how = 3
		case r.kind == kind && r.sub == "*":
			how = 2
		case r.kind == "*" && r.sub == "*":
			how = 1
		}
		if how > specific {
			q, specific = r.q, how
		}
	}
	return q
}
