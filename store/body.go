package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// What a body may hold is what every database reads as JSON: some JSON is valid
// by the grammar, and still refused by PostgreSQL as jsonb.
const (
	maxDepth    = 500  // of objects and arrays in each other
	maxNumber   = 1000 // bytes in one number
	maxExponent = 9999
)

func checkBody(body []byte) error {
	switch {
	case len(body) > MaxBodyBytes:
		return fmt.Errorf("%w: the body has %d bytes, at most %d are allowed", ErrInvalid, len(body), MaxBodyBytes)
	case !utf8.Valid(body):
		return fmt.Errorf("%w: the body is not valid UTF-8", ErrInvalid)
	case !json.Valid(body):
		return fmt.Errorf("%w: the body is not JSON", ErrInvalid)
	}
	return checkTokens(body)
}

// checkTokens walks through valid JSON.
func checkTokens(body []byte) error {
	depth := 0
	for i := 0; i < len(body); {
		next := i + 1
		switch c := body[i]; {
		case c == '"':
			next = endOfString(body, i)
			if err := checkString(body[i+1 : next-1]); err != nil {
				return err
			}
		case c == '-' || c >= '0' && c <= '9':
			next = endOfNumber(body, i)
			if err := checkNumber(body[i:next]); err != nil {
				return err
			}
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("%w: the body is nested more than %d deep", ErrInvalid, maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
		i = next
	}
	return nil
}

func endOfString(body []byte, at int) int {
	for i := at + 1; ; i++ {
		switch body[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

func endOfNumber(body []byte, at int) int {
	for at < len(body) && bytes.IndexByte([]byte("+-.eE0123456789"), body[at]) >= 0 {
		at++
	}
	return at
}

// checkString refuses escapes that stand for no character that text can hold:
// NUL, and one half of a surrogate pair.
func checkString(s []byte) error {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			return nil
		}
		r := unit(s[i:])
		switch {
		case r == 0:
			return fmt.Errorf("%w: the body holds a NUL character", ErrInvalid)
		case r < 0:
			s = s[i+2:]
		case !utf16.IsSurrogate(r):
			s = s[i+6:]
		case utf16.DecodeRune(r, unit(s[i+6:])) == utf8.RuneError:
			return fmt.Errorf("%w: the body holds one half of a surrogate pair", ErrInvalid)
		default:
			s = s[i+12:]
		}
	}
}

// unit is the code unit of an escape such as \u0041 that s begins with; -1 if it
// begins with none.
func unit(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

func checkNumber(number []byte) error {
	if len(number) > maxNumber {
		return fmt.Errorf("%w: the body holds a number of %d bytes, at most %d are allowed", ErrInvalid, len(number), maxNumber)
	}
	i := bytes.IndexAny(number, "eE")
	if i < 0 {
		return nil
	}
	exponent, err := strconv.Atoi(string(number[i+1:]))
	if err != nil || exponent > maxExponent || exponent < -maxExponent {
		return fmt.Errorf("%w: the body holds a number with the exponent %s, must be within ±%d", ErrInvalid, number[i+1:], maxExponent)
	}
	return nil
}
