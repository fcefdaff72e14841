package web_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// form is a form of a page, filled in as the page shows it.
type form struct {
	action string
	values url.Values
}

var (
	formTag     = regexp.MustCompile(`(?s)<form([^>]*)>(.*?)</form>`)
	inputTag    = regexp.MustCompile(`<input([^>]*)>`)
	textareaTag = regexp.MustCompile(`(?s)<textarea([^>]*)>(.*?)</textarea>`)
	selectTag   = regexp.MustCompile(`(?s)<select([^>]*)>(.*?)</select>`)
	optionTag   = regexp.MustCompile(`<option([^>]*)>([^<]*)</option>`)
	attribute   = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
)

func attributes(tag string) map[string]string {
	all := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
		all[m[1]] = html.UnescapeString(m[2])
	}
	return all
}

// formWith finds the form of a page that holds some text.
func formWith(t *testing.T, page answer, text string) form {
	t.Helper()
	for _, m := range formTag.FindAllStringSubmatch(page.body, -1) {
		if strings.Contains(m[0], text) {
			return form{attributes(m[1])["action"], fieldsIn(m[2])}
		}
	}
	t.Fatalf("no form with %q on the page (%d):\n%s", text, page.status, page.body)
	return form{}
}

func fieldsIn(body string) url.Values {
	values := url.Values{}
	for _, m := range inputTag.FindAllStringSubmatch(body, -1) {
		a := attributes(m[1])
		_, checked := a["checked"]
		if choice := a["type"] == "radio" || a["type"] == "checkbox"; !choice || checked {
			values.Add(a["name"], a["value"])
		}
	}
	for _, m := range textareaTag.FindAllStringSubmatch(body, -1) {
		values.Add(attributes(m[1])["name"], html.UnescapeString(m[2]))
	}
	for _, m := range selectTag.FindAllStringSubmatch(body, -1) {
		values.Add(attributes(m[1])["name"], selected(m[2]))
	}
	return values
}

// selected is the option that is selected, or the first.
func selected(options string) string {
	all := optionTag.FindAllStringSubmatch(options, -1)
	value := func(m []string) string {
		if v, is := attributes(m[1])["value"]; is {
			return v
		}
		return html.UnescapeString(m[2])
	}
	for _, m := range all {
		if _, is := attributes(m[1])["selected"]; is {
			return value(m)
		}
	}
	return value(all[0])
}

// fill sets fields of the form, by their names.
func (f form) fill(pairs ...string) form {
	for i := 0; i < len(pairs); i += 2 {
		f.values[pairs[i]] = []string{pairs[i+1]}
	}
	return f
}

// signIn signs in on the page of the dev sign-in, wherever the browser was led.
func (b browser) signIn(page answer, person string) answer {
	b.t.Helper()
	return b.send(formWith(b.t, page, person).fill("person", person))
}
