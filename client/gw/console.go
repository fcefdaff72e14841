package main

import (
	"bufio"
	"context"
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
	typed := make(chan string, 1)
	go func() { // an interrupt must not wait for a line
		defer close(typed)
		if line, err := g.lines.ReadString('\n'); err == nil || line != "" {
			typed <- strings.TrimSpace(line)
		}
	}()
	select {
	case line, is := <-typed:
		if is {
			return line, nil
		}
		_, _ = fmt.Fprintln(g.errs)
		return "", errGone
	case <-g.interrupted:
		_, _ = fmt.Fprintln(g.errs)
		return "", context.Canceled
	}
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
