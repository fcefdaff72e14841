package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// shown reports whether a character may reach a terminal as it is. Others could move its
// cursor, hide text or turn the direction of what follows: names and texts are of others.
func shown(r rune) bool { return r == ' ' || unicode.IsPrint(r) && r != utf8.RuneError }

// plain writes a text on one line: \u001b stands for the character U+001B.
func plain(s string) string { return written(s, shown) }

// lines does what plain does with each line of a text.
func lines(s string) string {
	return written(s, func(r rune) bool { return r == '\n' || shown(r) })
}

func written(s string, stays func(rune) bool) string {
	var b strings.Builder
	for _, r := range s {
		if stays(r) {
			b.WriteRune(r)
		} else {
			escape(&b, r)
		}
	}
	return b.String()
}

func escape(b *strings.Builder, r rune) {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}

// long is a text that has its own lines, such as an agreement.
type long string

// said writes a line. Its arguments may be of others, who get no lines of their own.
func said(format string, args []any) string {
	args = slices.Clone(args)
	for i, a := range args {
		if _, is := a.(long); !is && reflect.ValueOf(a).Kind() == reflect.String {
			args[i] = plain(reflect.ValueOf(a).String())
		}
	}
	return lines(fmt.Sprintf(format, args...))
}

// say prints a line. Its arguments may be of others.
func (g *gw) say(format string, args ...any) { _, _ = fmt.Fprintln(g.out, said(format, args)) }

// note prints a line for people beside the output.
func (g *gw) note(format string, args ...any) { _, _ = fmt.Fprintln(g.errs, said(format, args)) }

// print prints a value as JSON, in which nothing reaches a terminal that plain would not let
// through.
func (g *gw) print(v any) error {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := fmt.Fprint(g.out, lines(text.String()))
	return err
}

// word writes a constant such as READ_WRITE for people.
func word(constant string) string { return strings.ToLower(strings.ReplaceAll(constant, "_", " ")) }

// when writes a time in the zone of the person; none for the zero time.
func (g *gw) when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(g.zone).Format("2006-01-02 15:04")
}

// age writes how long ago something was, in few characters.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", d/(24*time.Hour))
}

// lasts writes a duration such as 30 DAYS for people.
func lasts(d string) string {
	if d == endless {
		return "without an end"
	}
	text := strings.ToLower(d)
	if one, is := strings.CutPrefix(text, "1 "); is {
		return "1 " + strings.TrimSuffix(one, "s")
	}
	return text
}

// what writes the access that is asked for or given.
func what(kind, privilege string, columns []string) string {
	text := "read"
	switch {
	case kind == maskingException:
		text = "unmask"
	case privilege == "READ_WRITE":
		text = "read and write"
	}
	if len(columns) > 0 {
		text += " " + strings.Join(columns, ", ")
	}
	return text
}

// person is the id of somebody as people know it: without the name of the issuer.
func person(id string) string {
	if _, local, is := strings.Cut(id, "|"); is {
		return local
	}
	return id
}

// together joins texts with commas, sorted, each once.
func together(all []string) string {
	all = slices.Clone(all)
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}
