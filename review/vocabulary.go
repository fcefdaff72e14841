package review

import (
	"reflect"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"

	"github.com/grantwright/grantwright/request"
)

// Fact is something that conditions can read.
type Fact struct {
	Name  string // such as request.duration
	Type  string // as CEL names it
	Doc   string // what it holds
	words string // what people call it
}

// Vocabulary lists what conditions can read, but for the answers, which each form
// names; steward is read in conditions of selectors alone.
func Vocabulary() []Fact { return vocabulary() }

var vocabulary = sync.OnceValue(func() []Fact {
	var all []Fact
	for _, v := range []struct {
		name string
		of   reflect.Type
	}{
		{"request", reflect.TypeFor[RequestFacts]()}, {"asset", reflect.TypeFor[AssetFacts]()},
		{"requester", reflect.TypeFor[PersonFacts]()}, {"beneficiary", reflect.TypeFor[PersonFacts]()}, {"steward", reflect.TypeFor[PersonFacts]()},
	} {
		all = append(all, factsIn(v.name, v.of)...)
	}
	return all
})

// factsIn reads the facts of a variable from the tags of its fields.
func factsIn(variable string, of reflect.Type) []Fact {
	var all []Fact
	for i := range of.NumField() {
		field := of.Field(i)
		f := Fact{Name: variable + "." + field.Tag.Get("cel"), Type: celType(field.Type), Doc: field.Tag.Get("doc"), words: field.Tag.Get("words")}
		if field.Type.Kind() == reflect.Struct {
			all = append(all, factsIn(f.Name, field.Type)...)
			continue
		}
		if of == reflect.TypeFor[PersonFacts]() {
			f.words = "the " + variable + "’s " + f.words
		}
		all = append(all, f)
	}
	return all
}

func celType(t reflect.Type) string {
	switch t.String() {
	case "time.Duration":
		return "duration"
	case "[]string":
		return "list(string)"
	case "map[string][]string":
		return "map(string, list(string))"
	}
	return t.String()
}

// wordsFor says what people call a fact: by the title of its question, if it is an
// answer to one.
func wordsFor(path []string, form request.Form) string {
	if path[0] == "answers" && len(path) > 1 {
		for _, q := range form.Questions {
			if q.ID == path[1] && q.Title != "" {
				return "the answer to “" + q.Title + "”"
			}
		}
		return "the answer " + path[1]
	}
	name := strings.Join(path, ".")
	for _, f := range vocabulary() {
		switch rest, inside := strings.CutPrefix(name, f.Name+"."); {
		case f.Name == name:
			return f.words
		case inside:
			return strings.TrimSuffix(f.words, "attributes") + "attribute " + rest
		}
	}
	return name
}

// typeOfAnswer is the type of the answer to a question.
func typeOfAnswer(q request.Question) *cel.Type {
	switch q.Type {
	case request.Checkboxes:
		return cel.ListType(cel.StringType)
	case request.AccessDuration:
		return cel.DurationType
	}
	return cel.StringType
}
