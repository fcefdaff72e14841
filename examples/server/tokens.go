package main

import (
	"flag"
	"fmt"

	"github.com/grantwright/grantwright/request"
)

// tokens is what the command line says of the tokens of people and services.
type tokens struct{ days int }

func (t *tokens) flags(f *flag.FlagSet) {
	f.IntVar(&t.days, "token-days", 0, fmt.Sprintf("how many `days` a token may hold at most, 1 to %d (default %d)", request.MaxTokenDays, request.DefaultTokenDays))
}

func (t tokens) check() error {
	if t.days < 0 || t.days > request.MaxTokenDays {
		return fmt.Errorf("-token-days is %d, must be 1 to %d", t.days, request.MaxTokenDays)
	}
	return nil
}
