package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// The catalogue is a folder for each language. Its files are named after the rooms whose
// words they hold: English sentences, and how the language says them. A sentence about a
// number has one form for one and another for more. English has the numbers only.
//
//go:embed catalogue
var catalogueFiles embed.FS

// Words write the values of records, and the sentences of pages, in one language.
type Words struct {
	Tag  string // as in BCP 47, such as de
	Name string // in the language itself

	printer *message.Printer
	engine  []sentence
}

// Languages are all that the pages speak, the first where nothing else is wanted.
var Languages = sync.OnceValue(func() []*Words {
	return []*Words{load("en", "English"), load("de", "Deutsch")}
})

// matcher finds the language that somebody asks for among all.
var matcher = sync.OnceValue(func() language.Matcher {
	var tags []language.Tag
	for _, w := range Languages() {
		tags = append(tags, language.Make(w.Tag))
	}
	return language.NewMatcher(tags)
})

// LanguageCookie holds the language that somebody has chosen.
const LanguageCookie = "grantwright_language"

// Of are the words in the language of whoever sent a request: the chosen one, or the
// first that the browser asks for and we have (RFC 9110, section 12.5.4).
func Of(r *http.Request) *Words {
	all := Languages()
	if chosen, err := r.Cookie(LanguageCookie); err == nil {
		for _, w := range all {
			if w.Tag == chosen.Value {
				return w
			}
		}
	}
	asked, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language")) // what cannot be read asks for nothing
	_, i, sure := matcher().Match(asked...)
	if sure == language.No {
		i = 0
	}
	return all[i]
}

// entry is one sentence of the catalogue: as it is said, or by number.
type entry struct{ One, Other string }

// UnmarshalJSON reads "…", or {"one": "…", "other": "…"}.
func (e *entry) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &e.Other) == nil {
		return nil
	}
	type both entry
	return json.Unmarshal(text, (*both)(e))
}

// load reads the words of a language. A fault in them is one of the build, which every
// test of a page finds.
func load(tag, name string) *Words {
	w, builder := &Words{Tag: tag, Name: name}, catalog.NewBuilder()
	for key, e := range entries(tag) {
		said := catalog.String(e.Other)
		if e.One != "" {
			said = plural.Selectf(1, "%d", plural.One, e.One, plural.Other, e.Other)
		}
		if err := builder.Set(language.Make(tag), key, said); err != nil {
			panic(fmt.Sprintf("words: %s: %q: %v", tag, key, err))
		}
	}
	w.printer = message.NewPrinter(language.Make(tag), message.Catalog(builder))
	w.engine = sentencesOf(read(tag, "engine.json"))
	return w
}

// entries are all sentences of a language but the engine's.
func entries(tag string) map[string]entry {
	all := map[string]entry{}
	files, _ := fs.Glob(catalogueFiles, "catalogue/"+tag+"/*.json") // the pattern is good
	for _, file := range files {
		name := file[strings.LastIndex(file, "/")+1:]
		if name == "engine.json" {
			continue
		}
		for key, e := range read(tag, name) {
			all[key] = e
		}
	}
	return all
}

func read(tag, name string) map[string]entry {
	all := map[string]entry{}
	text, err := catalogueFiles.ReadFile("catalogue/" + tag + "/" + name)
	if err != nil {
		return nil // the language has no such file
	}
	if err := json.Unmarshal(text, &all); err != nil {
		panic(fmt.Sprintf("words: %s/%s: %v", tag, name, err))
	}
	return all
}

// T says an English sentence of the catalogue. Its %s and %d stand for the values; one
// that the catalogue lacks stays English.
func (w *Words) T(sentence string, values ...any) string {
	if sentence == "" {
		return ""
	}
	return w.printer.Sprintf(message.Key(sentence, sentence), values...)
}

// TH is T where some of the values are HTML. All others are escaped; the sentence may
// hold HTML of its own.
func (w *Words) TH(sentence string, values ...any) template.HTML {
	safe := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case template.HTML:
			safe[i] = string(v)
		case int, int64:
			safe[i] = v
		default:
			safe[i] = template.HTMLEscapeString(fmt.Sprint(v))
		}
	}
	return template.HTML(w.T(sentence, safe...))
}
