package scim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// refusal is an error that is told to the client (RFC 7644, section 3.12).
func refusal(status int, kind scimerrors.ScimType, detail string, args ...any) error {
	return scimerrors.ScimError{Status: status, ScimType: kind, Detail: fmt.Sprintf(detail, args...)}
}

func invalidValue(detail string, args ...any) error {
	return refusal(http.StatusBadRequest, scimerrors.ScimTypeInvalidValue, detail, args...)
}

func invalidPath(detail string, args ...any) error {
	return refusal(http.StatusBadRequest, scimerrors.ScimTypeInvalidPath, detail, args...)
}

func invalidFilter(detail string, args ...any) error {
	return refusal(http.StatusBadRequest, scimerrors.ScimTypeInvalidFilter, detail, args...)
}

// fail answers with an error. One that SCIM has no words for stays in the log.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	told := errorOf(err)
	if told.Status >= http.StatusInternalServerError && told.Status != http.StatusNotImplemented {
		h.log.Error("a SCIM request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	if told.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	h.write(w, told.Status, told)
}

// errorOf makes an error of SCIM of one of ours.
func errorOf(err error) scimerrors.ScimError {
	var (
		own     scimerrors.ScimError
		taken   *store.TakenError
		invalid *request.InvalidError
		other   *request.OtherIDError
	)
	told := func(status int, kind scimerrors.ScimType, detail string) scimerrors.ScimError {
		return scimerrors.ScimError{Status: status, ScimType: kind, Detail: detail}
	}
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &taken):
		return told(http.StatusConflict, scimerrors.ScimTypeUniqueness, uniqueness(taken))
	case errors.As(err, &other):
		return told(http.StatusBadRequest, scimerrors.ScimTypeMutability, other.Error())
	case errors.As(err, &invalid):
		return told(http.StatusBadRequest, scimerrors.ScimTypeInvalidValue, faults(invalid))
	case errors.Is(err, store.ErrInvalid):
		return told(http.StatusBadRequest, scimerrors.ScimTypeInvalidValue, "a value cannot be kept: it is too long, or holds a character that no text has")
	case errors.Is(err, store.ErrNotFound):
		return told(http.StatusNotFound, "", "there is no such user or group")
	case errors.Is(err, store.ErrState):
		return told(http.StatusServiceUnavailable, "", "an earlier change of this group is still being carried out; try again in a moment")
	case errors.Is(err, store.ErrConflict):
		return told(http.StatusConflict, "", "it was changed by others at the same time; try again")
	case errors.Is(err, store.ErrAway):
		return told(http.StatusServiceUnavailable, "", "the records cannot be reached; nothing was changed, or all of it: try again")
	}
	return told(http.StatusInternalServerError, "", "something is wrong here; the log says what")
}

func uniqueness(taken *store.TakenError) string {
	switch taken.Name {
	case "displayName":
		return "this name is the key of another group here, perhaps of one that was renamed since: flows and grants go on naming that one by it. Create this group under another name"
	case "id":
		return "another user, or a group, has this id here already"
	}
	return "another user has this userName already"
}

func faults(invalid *request.InvalidError) string {
	var all []string
	for _, f := range invalid.Faults {
		all = append(all, f.Field+" "+f.Reason)
	}
	return strings.Join(all, "; ")
}
