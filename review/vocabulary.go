package review

import (
	"reflect"
	"strings"
	"sync"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// Fact is something that conditions can read.
type Fact struct {
	Name  string // such as request.duration
	Type  string // as CEL names it
	Doc   string // what it holds
	words string // what people call it
}

// Vocabulary lists what conditions can read, but for the answers, which each form
// names; steward is read in conditions of selectors alone, and assist in those of stages.
func Vocabulary() []Fact { return vocabulary() }

var vocabulary = sync.OnceValue(func() []Fact {
	var all []Fact
	for _, v := range []struct {
		name string
		of   reflect.Type
	}{
		{"request", reflect.TypeFor[RequestFacts]()}, {"asset", reflect.TypeFor[AssetFacts]()},
		{"requester", reflect.TypeFor[PersonFacts]()}, {"beneficiary", reflect.TypeFor[PersonFacts]()}, {"steward", reflect.TypeFor[PersonFacts]()}, {condition.OfStages, reflect.TypeFor[AssistFacts]()},
	} {
		for _, f := range condition.FactsIn(v.name, v.of) {
			if v.of == reflect.TypeFor[PersonFacts]() {
				f.Words = "the " + v.name + "’s " + f.Words
			}
			all = append(all, Fact{f.Name, f.Type, f.Doc, f.Words})
		}
	}
	return all
})

// fieldNames are the last parts of the names of all facts.
var fieldNames = sync.OnceValue(func() []string {
	var names []string
	for _, f := range vocabulary() {
		names = append(names, f.Name[strings.LastIndexByte(f.Name, '.')+1:])
	}
	return names
})

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
