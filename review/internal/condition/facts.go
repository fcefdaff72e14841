package condition

import "reflect"

// Fact is a field that conditions can read, by its tags.
type Fact struct {
	Name  string // such as request.duration
	Type  string // as CEL names it
	Doc   string
	Words string // what people call it
}

// FactsIn reads the facts of a variable from the tags of its fields, and of those within.
func FactsIn(variable string, of reflect.Type) []Fact {
	var all []Fact
	for i := range of.NumField() {
		field := of.Field(i)
		f := Fact{variable + "." + field.Tag.Get("cel"), celType(field.Type), field.Tag.Get("doc"), field.Tag.Get("words")}
		if field.Type.Kind() == reflect.Struct {
			all = append(all, FactsIn(f.Name, field.Type)...)
			continue
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
