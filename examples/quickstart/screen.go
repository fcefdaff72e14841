package main

import (
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/provision"
)

func title(text string) { fmt.Printf("%s\n%s\n", text, strings.Repeat("=", len(text))) }

func heading(number, text string) { fmt.Printf("\n%s. %s\n", number, text) }

func say(format string, args ...any) { fmt.Printf("     "+format+"\n", args...) }

// checked says what was just seen on the platform itself.
func checked(format string, args ...any) { fmt.Printf("  ✓  "+format+"\n", args...) }

func statements(all []provision.Statement) {
	for _, line := range strings.Split(strings.TrimSpace(provision.Script(all)), "\n") {
		say("  %s", line)
	}
}

// short keeps a line of the log on one line.
func short(text string) string {
	const most = 90
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
