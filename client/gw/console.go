package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// lineReader reads the lines that somebody types.
type lineReader struct{ *bufio.Reader }

var errGone = errors.New("nothing more was typed")

// ask asks a question and returns the line that was typed.
func (g *gw) ask(question string) (string, error) {
	if g.lines == nil {
		g.lines = &lineReader{bufio.NewReader(io.LimitReader(g.in, 1<<20))}
	}
	_, _ = fmt.Fprint(g.errs, lines(question))
	line, err := g.lines.ReadString('\n')
	if err != nil && line == "" {
		_, _ = fmt.Fprintln(g.errs)
		return "", errGone
	}
	return strings.TrimSpace(line), nil
}

// confirm asks whether to go on. Where nobody is there to be asked, the flag must say it.
func (g *gw) confirm(question string, yes bool) error {
	switch {
	case yes:
		return nil
	case !g.asks:
		return usagef("nobody is there to confirm this: -yes does it without asking")
	}
	answer, err := g.ask(question + " [y/N] ")
	if err != nil {
		return err
	}
	if a := strings.ToLower(answer); a != "y" && a != "yes" {
		g.note("Nothing was done.")
		return exit(exitUsage)
	}
	return nil
}
