// Package conditional reads the conditions of changes over HTTP (RFC 9110, section 13): which
// version of something whoever changes it has seen.
package conditional

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright/web/internal/exchange"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Change are the conditions of a change (RFC 9110, section 13.1).
type Change struct {
	IfMatch     string `header:"If-Match" maxLength:"100" doc:"The ETag that GET has returned: with another version by now, the answer is 412 and nothing is changed. * is any version" example:"\"3\""`
	IfNoneMatch string `header:"If-None-Match" maxLength:"100" doc:"* makes only what is not there yet" example:"*"`
}

// Seen is the condition of a change of what is there.
type Seen struct {
	IfMatch string `header:"If-Match" maxLength:"100" doc:"The ETag that GET has returned: with another version by now, the answer is 412 and nothing is changed" example:"\"3\""`
}

// Version is the version that was seen; 0 where the header does not say.
func (c Seen) Version() (int64, error) {
	n, err := Change{IfMatch: c.IfMatch}.Based()
	if n == AnyVersion {
		err = errHeader("If-Match", exchange.ErrTag.Error())
	}
	return n, err
}

// NoVersion is the version where only what is new is to be saved, AnyVersion where any will do.
const (
	NoVersion  int64 = -1
	AnyVersion int64 = -2
)

// Based is the version that a change is based on, by its conditions and its body; 0 where
// neither says.
func (c Change) Based(inBody ...int) (int64, error) {
	based := int64(0)
	for _, n := range inBody {
		if n != 0 && based != 0 && based != int64(n) {
			return 0, site.Invalid("change", "based", "is another than version")
		}
		based = cmp.Or(based, int64(n))
	}
	switch tagged, err := c.tagged(); {
	case err != nil || tagged == 0:
		return based, err
	case based != 0 && tagged > 0 && tagged != based:
		return 0, site.Invalid("change", "based", "is "+strconv.FormatInt(based, 10)+", and If-Match says otherwise")
	case based != 0 && tagged == NoVersion:
		return 0, site.Invalid("change", "based", "is given, and If-None-Match wants that there is none")
	case based != 0 && tagged == AnyVersion:
		return based, nil
	default:
		return tagged, nil
	}
}

// tagged is the version that the headers name; 0 for none.
func (c Change) tagged() (int64, error) {
	switch match, none := strings.TrimSpace(c.IfMatch), strings.TrimSpace(c.IfNoneMatch); {
	case none != "" && none != "*":
		return 0, errHeader("If-None-Match", "must be *")
	case none != "" && match != "":
		return 0, errHeader("If-None-Match", "cannot hold together with If-Match")
	case none != "":
		return NoVersion, nil
	case match == "":
		return 0, nil
	case match == "*":
		return AnyVersion, nil
	default:
		n, err := exchange.ParseTag(match)
		if err != nil {
			return 0, errHeader("If-Match", err.Error())
		}
		if n == exchange.None {
			return 0, Stale("", 0)
		}
		return n, nil
	}
}

func errHeader(name, detail string) error {
	return &site.Problem{Status: http.StatusUnprocessableEntity, Code: "INVALID", Detail: "A header field is wrong.", Errors: []site.Fault{{Header: name, Detail: detail}}}
}

// Stale refuses a change whose condition does not hold; newest is the version of now, 0 for
// none that is told.
func Stale(detail string, newest int64) *site.Problem {
	p := &site.Problem{Status: http.StatusPreconditionFailed, Code: "STALE", Detail: cmp.Or(detail, "If-Match names no version that there is: read it again.")}
	if newest > 0 {
		p.Header = http.Header{"Etag": {exchange.Tag(newest)}}
	}
	return p
}
