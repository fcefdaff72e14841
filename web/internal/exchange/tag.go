package exchange

import (
	"errors"
	"strconv"
	"strings"
)

// Tag is the entity tag of a version (RFC 9110, section 8.8.3): a strong one.
func Tag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// ErrTag says that a header names no single version.
var ErrTag = errors.New(`must be one entity tag as GET returns it in ETag, such as "3"`)

// None is the version of ParseTag for a tag that is no version of ours: it matches nothing.
const None int64 = -1

// ParseTag reads the version of an entity tag. A weak tag, and one that is no number, is
// None: If-Match compares strongly (section 13.1.1).
func ParseTag(tag string) (int64, error) {
	tag = strings.TrimSpace(tag)
	weak := strings.HasPrefix(tag, "W/")
	inner, is := strings.CutPrefix(strings.TrimPrefix(tag, "W/"), `"`)
	inner, ends := strings.CutSuffix(inner, `"`)
	if !is || !ends || strings.Contains(inner, `"`) {
		return 0, ErrTag
	}
	n, err := strconv.ParseInt(inner, 10, 64)
	if weak || err != nil || n < 1 {
		return None, nil
	}
	return n, nil
}

// Matches reports whether a header If-None-Match names a tag, compared weakly (section
// 13.1.2), or any.
func Matches(header, tag string) bool {
	for _, one := range strings.Split(header, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || one != "" && strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
