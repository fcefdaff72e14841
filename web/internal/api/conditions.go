package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/document"
	"github.com/grantwright/grantwright/web/internal/exchange"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Conditions are the conditions of a change (RFC 9110, section 13.1).
type Conditions struct {
	IfMatch     string `header:"If-Match" maxLength:"100" doc:"The ETag that GET has returned: with another version by now, the answer is 412 and nothing is changed. * is any version" example:"\"3\""`
	IfNoneMatch string `header:"If-None-Match" maxLength:"100" doc:"* makes only what is not there yet" example:"*"`
}

// IfSeen is the condition of a change of what is there.
type IfSeen struct {
	IfMatch string `header:"If-Match" maxLength:"100" doc:"The ETag that GET has returned: with another version by now, the answer is 412 and nothing is changed" example:"\"3\""`
}

// version is the version that was seen; 0 where the header does not say.
func (c IfSeen) version() (int64, error) {
	n, err := Conditions{IfMatch: c.IfMatch}.based()
	if n == anyVersion {
		err = errHeader("If-Match", exchange.ErrTag.Error())
	}
	return n, err
}

// AsRead are the fields of a definition that GET returns and that nobody sets.
type AsRead struct {
	Name    string `json:"name,omitempty" maxLength:"512" doc:"As GET returns it: the name in the path"`
	Version int    `json:"version,omitempty" minimum:"0" doc:"As GET returns it: what it is based on. If nothing differs from that version, nothing is saved"`

	SavedBy  request.PersonID `json:"savedBy,omitempty" doc:"As GET returns it: not read"`
	AgreedBy request.PersonID `json:"agreedBy,omitempty" doc:"As GET returns it: not read"`
}

// edited marks an operation whose answer has an ETag.
func edited(op *huma.Operation) { op.Metadata[document.Edited] = true }

// makes marks an operation that makes something with an address of its own.
func makes(op *huma.Operation) { op.Metadata[document.Makes] = true }

// noVersion is based, where only what is new is to be saved; any, where any version will do.
const (
	noVersion  int64 = -1
	anyVersion int64 = -2
)

// based is the version that a change is based on, by its conditions and its body; 0 where
// neither says.
func (c Conditions) based(inBody ...int) (int64, error) {
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
	case based != 0 && tagged == noVersion:
		return 0, site.Invalid("change", "based", "is given, and If-None-Match wants that there is none")
	case based != 0 && tagged == anyVersion:
		return based, nil
	default:
		return tagged, nil
	}
}

// tagged is the version that the headers name; 0 for none.
func (c Conditions) tagged() (int64, error) {
	switch match, none := strings.TrimSpace(c.IfMatch), strings.TrimSpace(c.IfNoneMatch); {
	case none != "" && none != "*":
		return 0, errHeader("If-None-Match", "must be *")
	case none != "" && match != "":
		return 0, errHeader("If-None-Match", "cannot hold together with If-Match")
	case none != "":
		return noVersion, nil
	case match == "":
		return 0, nil
	case match == "*":
		return anyVersion, nil
	default:
		n, err := exchange.ParseTag(match)
		if err != nil {
			return 0, errHeader("If-Match", err.Error())
		}
		if n == exchange.None {
			return 0, stale("", 0)
		}
		return n, nil
	}
}

func errHeader(name, detail string) error {
	return &site.Problem{Status: http.StatusUnprocessableEntity, Code: "INVALID", Detail: "A header field is wrong.", Errors: []site.Fault{{Header: name, Detail: detail}}}
}

// stale refuses a change whose condition does not hold; newest is the version of now, 0 for
// none that is told.
func stale(detail string, newest int64) *site.Problem {
	p := &site.Problem{Status: http.StatusPreconditionFailed, Code: "STALE", Detail: cmp.Or(detail, "If-Match names no version that there is: read it again.")}
	if newest > 0 {
		p.Tag = exchange.Tag(newest)
	}
	return p
}

// refused is the problem of an error. What is stale is 412 where a condition of HTTP said so,
// and else a 409 that names the field.
func (s *server) refused(ctx context.Context, err error) error {
	r := asked(ctx)
	was := (*manifest.StaleError)(nil)
	if !errors.As(err, &was) {
		return s.Problem(r, err)
	}
	if r.Header.Get("If-Match") != "" || r.Header.Get("If-None-Match") != "" {
		return s.Problem(r, stale(site.Sentence(err), int64(was.Newest)))
	}
	p := s.Problem(r, err)
	switch says := "is " + strconv.Itoa(was.Based) + ", and the newest is " + strconv.Itoa(was.Newest); {
	case was.Unversioned:
	case r.Method == http.MethodDelete:
		p.Errors = []site.Fault{{Parameter: "version", Detail: says}}
	case was.What == "connections" || was.What == "webhooks":
		p.Errors = []site.Fault{{Pointer: "#/version", Detail: says}}
	default:
		p.Errors = []site.Fault{{Pointer: "#/based", Detail: says}}
	}
	return p
}

// tag sets the ETag of an answer.
func tag(ctx context.Context, version int) {
	if version > 0 {
		setHeader(ctx, "ETag", exchange.Tag(int64(version)))
	}
}

// change is what a route that saves a definition was sent, beside the definition.
type change struct {
	Conditions
	name  string // in the path
	read  AsRead
	based int
}

// save saves the next version of a definition, or returns the one that stands if the body is
// just that. of makes the definition of a version that it is based on.
func save[N ~string, T any](ctx context.Context, by request.Identity, d grantwright.Definitions[N, T], k manifest.Kind[T], c change, of func(based int) T) (T, error) {
	v := of(0)
	if c.read.Name != "" && c.read.Name != c.name {
		return v, site.Invalid(k.Kind.Singular(), "name", "must be that of the path")
	}
	based, err := c.Conditions.based(c.based, c.read.Version)
	if err == nil && based == anyVersion {
		based, err = newestOf(ctx, by, d, k, N(c.name))
	}
	if err != nil {
		return v, err
	}
	v = of(int(max(based, 0)))
	if c.read.Version > 0 {
		if stands, is, err := d.Stands(ctx, by, v); err != nil || is {
			tagOf(ctx, k, stands)
			return stands, err
		}
	}
	saved, err := d.Save(ctx, by, v)
	if err == nil {
		tagOf(ctx, k, saved)
	}
	return saved, err
}

// newestOf is the version of a definition that there must be.
func newestOf[N ~string, T any](ctx context.Context, by request.Identity, d grantwright.Definitions[N, T], k manifest.Kind[T], name N) (int64, error) {
	newest, err := d.Newest(ctx, by, name)
	if err != nil && site.ProblemOf(err).Status == http.StatusNotFound {
		return 0, stale("If-Match wants that it is there, and it is not.", 0)
	}
	_, version := k.Named(newest)
	return int64(version), err
}

func tagOf[T any](ctx context.Context, k manifest.Kind[T], v T) {
	_, version := k.Named(v)
	tag(ctx, version)
}
