package main

import (
	"flag"
	"fmt"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/review/assist/llm"
)

// model is what the command line says of the language model behind review assist.
type model struct {
	url, name, key, fields string
	timeout                time.Duration
	perDay                 int
}

func (m *model) flags(f *flag.FlagSet) {
	f.StringVar(&m.url, "assist-url", "", "`URL` of the API of a language model that words advice, such as https://models.example.com/v1: any that speaks chat completions\n(default none: advice goes by earlier decisions alone, and nothing leaves the house)")
	f.StringVar(&m.name, "assist-model", "", "`name` of the model there")
	f.StringVar(&m.key, "assist-key", "", "`reference` to its key, env:NAME or file:/path (default none is sent)")
	f.StringVar(&m.fields, "assist-fields", "", "`fields` of a request that it is told beside the advice: some of asset,tags,groups,attributes,terms,sentences,answers (default none)")
	f.DurationVar(&m.timeout, "assist-timeout", 0, fmt.Sprintf("how long its answer is waited for (default %s)", llm.DefaultTimeout))
	f.IntVar(&m.perDay, "assist-per-day", 0, fmt.Sprintf("how often this server asks it in a day of UTC (default %d)", llm.DefaultPerDay))
}

// check refuses what can never work. Nobody is asked.
func (m model) check() error {
	if m.url == "" {
		for name, set := range map[string]bool{"model": m.name != "", "key": m.key != "", "fields": m.fields != "", "timeout": m.timeout != 0, "per-day": m.perDay != 0} {
			if set {
				return fmt.Errorf("-assist-%s is for a model: -assist-url is missing", name)
			}
		}
		return nil
	}
	if m.key != "" && !isReference(m.key) {
		return fmt.Errorf("-assist-key must be a reference, env:NAME or file:/path: the command line is no place for a secret")
	}
	_, err := m.open()
	return err
}

func (m model) open() (*llm.Model, error) {
	o := llm.Options{URL: m.url, Model: m.name, Timeout: m.timeout, PerDay: m.perDay}
	if m.key != "" {
		o.Key = secret(m.key)
	}
	for _, field := range split(m.fields, ",") {
		o.Fields = append(o.Fields, llm.Field(field))
	}
	found, err := llm.New(o)
	if err != nil {
		return nil, fmt.Errorf("-assist-url, -assist-model and the flags beside them: %w", err)
	}
	return found, nil
}

// configure puts the model behind review assist, if there is one.
func (m model) configure(c *grantwright.Config) error {
	if m.url == "" {
		return nil
	}
	found, err := m.open()
	if err != nil {
		return err
	}
	c.Assistant = found.Over
	return nil
}
