// Assisteval measures the advice of precedent on an organisation that it makes up: people,
// assets, and stewards who follow hidden rules, but for some of their determinations. It is
// compared with others who try to learn the same, and the table is written into a document.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	seed := flag.Uint64("seed", 1, "of the first `organisation`")
	out := flag.String("out", "", "the `file` whose part between the marks is written anew; none prints it")
	stored := flag.Int("stored", 0, "time advice from a store after so many `determinations`, and nothing else")
	flag.Parse()
	if *stored > 0 {
		text, err := timeStored(full, *seed, *stored, 500)
		if fmt.Print(text); err != nil {
			fmt.Fprintln(os.Stderr, "assisteval:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(*seed, *out); err != nil {
		fmt.Fprintln(os.Stderr, "assisteval:", err)
		os.Exit(1)
	}
}

// courses are what the document tells of. Small histories differ much from each other: those
// are of several organisations.
func courses() []course {
	return []course{
		{name: "The rules stay, small histories", at: []int{100, 1000, 10_000}, organisations: 5},
		{name: "The rules stay", at: []int{200_000}, organisations: 1, timed: true},
		{name: "Half of the rules change after 100,000", changes: 100_000, at: []int{101_000, 110_000, 200_000}, window: 10_000, organisations: 1},
	}
}

func run(seed uint64, out string) error {
	start := time.Now()
	var all []told
	for _, c := range courses() {
		t, err := c.tell(full, seed, tested)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: done after %s\n", c.name, time.Since(start).Round(time.Second))
		all = append(all, t)
	}
	text := table(all, seed)
	if out == "" {
		fmt.Print(text)
	} else if err := write(out, text); err != nil {
		return err
	}
	return bar(all)
}
