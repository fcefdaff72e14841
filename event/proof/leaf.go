// Package proof makes a Merkle log of the events (RFC 6962), and proofs that others check
// without the engine.
//
// Each event is a leaf: Leaf spells it, by rules that hold for every store and release. The
// hashes of 256 leaves are a tile, those of 256 full tiles are a tile one level above, and so
// on, as in C2SP tlog-tiles. The root of a Tree is signed as a checkpoint (C2SP
// tlog-checkpoint): whoever holds one can tell whether an event stands in the log (Inclusion),
// and whether a later log still holds all that an earlier one held (Consistency).
package proof

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/transparency-dev/merkle/rfc6962"
)

// Leaf spells an event of the log: the canonical JSON of its stored body, with its place in
// the log as number. The body may come from any store.
func Leaf(number int64, body []byte) ([]byte, error) {
	read, err := read(body)
	if err != nil {
		return nil, err
	}
	fields, is := read.(map[string]any)
	if !is {
		return nil, errors.New("proof: the body of an event must be an object")
	}
	fields["number"] = json.Number(strconv.FormatInt(number, 10))
	return write(nil, fields), nil
}

// Canonical spells JSON as RFC 8785 does: no white space, keys sorted by their UTF-16 code
// units, and only those characters escaped that have to be. Numbers differ from it: they keep
// all their digits, without an exponent and without zeros that say nothing, so that they do
// not pass through floating point. Of two equal keys the last one counts.
func Canonical(text []byte) ([]byte, error) {
	v, err := read(text)
	if err != nil {
		return nil, err
	}
	return write(nil, v), nil
}

// LeafHash is the hash of a leaf: SHA-256 over a zero byte and the leaf.
func LeafHash(leaf []byte) []byte { return rfc6962.DefaultHasher.HashLeaf(leaf) }

func read(text []byte) (v any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err = decoder.Decode(&v); err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("proof: there is more than one JSON text")
	}
	return v, nil
}

func write(to []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(to, "null"...)
	case bool:
		return strconv.AppendBool(to, v)
	case json.Number:
		return append(to, plainNumber(string(v))...)
	case string:
		return writeString(to, v)
	case []any:
		to = append(to, '[')
		for i, one := range v {
			if i > 0 {
				to = append(to, ',')
			}
			to = write(to, one)
		}
		return append(to, ']')
	}
	fields := v.(map[string]any) // there is nothing else in JSON
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	to = append(to, '{')
	for i, key := range keys {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(writeString(to, key), ':')
		to = write(to, fields[key])
	}
	return append(to, '}')
}

// compareKeys orders by UTF-16 code units, which differs from the order of bytes beyond the
// first 65,536 characters.
func compareKeys(a, b string) int {
	if isASCII(a) && isASCII(b) {
		return cmp.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func isASCII(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 }

const hexDigits = "0123456789abcdef"

func writeString(to []byte, s string) []byte {
	to = append(to, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			to = append(to, '\\', c)
		case c >= 0x20:
			to = append(to, c)
		case strings.IndexByte("\b\t\n\f\r", c) >= 0:
			to = append(to, '\\', "btnfr"[strings.IndexByte("\b\t\n\f\r", c)])
		default:
			to = append(to, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(to, '"')
}

// plainNumber spells a number of JSON without an exponent, and without zeros at the end of
// its fraction: databases differ in these. Exponents are at most four digits in what a store
// takes; longer ones stay as they are.
func plainNumber(text string) string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	shift, err := strconv.Atoi(cmp.Or(exponent, "0"))
	if err != nil || shift > 9999 || shift < -9999 {
		return text
	}
	unsigned, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(unsigned, ".")
	digits, point := whole+fraction, len(whole)+shift
	if point < 0 {
		digits, point = strings.Repeat("0", -point)+digits, 0
	}
	if point > len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	}
	whole, fraction = strings.TrimLeft(digits[:point], "0"), strings.TrimRight(digits[point:], "0")
	plain := cmp.Or(whole, "0")
	if fraction != "" {
		plain += "." + fraction
	}
	if negative && plain != "0" {
		return "-" + plain
	}
	return plain
}
