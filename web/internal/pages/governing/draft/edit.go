package draft

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Edit does to a definition what a button says: "add questions", "remove questions[1]",
// "up questions[1]" or "down questions[1]". It returns the place that the button was
// about, which is empty for a button that says something else.
func Edit(definition any, button string) (at string) {
	act, path, found := strings.Cut(button, " ")
	if !found {
		return ""
	}
	root := reflect.ValueOf(definition).Elem()
	if act == "add" {
		list, is := find(root, path)
		if !is || list.Kind() != reflect.Slice || list.Len() >= MaxItems {
			return ""
		}
		list.Set(reflect.Append(list, reflect.Zero(list.Type().Elem())))
		return fmt.Sprintf("%s[%d]", path, list.Len()-1)
	}
	name, i, is := element(path)
	list, there := find(root, name)
	if !is || !there || list.Kind() != reflect.Slice || i >= list.Len() {
		return ""
	}
	switch act {
	case "remove":
		list.Set(reflect.AppendSlice(list.Slice3(0, i, i), list.Slice(i+1, list.Len())))
		return name
	case "up":
		return moved(list, name, i, i-1)
	case "down":
		return moved(list, name, i, i+1)
	}
	return ""
}

// moved lets two neighbours of a list change places, where there are two.
func moved(list reflect.Value, name string, from, to int) string {
	if to < 0 || to >= list.Len() {
		return fmt.Sprintf("%s[%d]", name, from)
	}
	reflect.Swapper(list.Interface())(from, to)
	return fmt.Sprintf("%s[%d]", name, to)
}

// element takes the number off the end of a path.
func element(path string) (list string, i int, is bool) {
	at := strings.LastIndexByte(path, '[')
	if at < 0 || !strings.HasSuffix(path, "]") {
		return "", 0, false
	}
	i, err := strconv.Atoi(path[at+1 : len(path)-1])
	return path[:at], i, err == nil && i >= 0
}

// find is the value of a field of a definition.
func find(v reflect.Value, path string) (reflect.Value, bool) {
	for step := range strings.SplitSeq(path, ".") {
		name, i, numbered := element(step)
		if !numbered {
			name = step
		}
		v, numbered = field(v, name), numbered && v.IsValid()
		if !v.IsValid() {
			return v, false
		}
		if numbered {
			if v.Kind() != reflect.Slice || i >= v.Len() {
				return v, false
			}
			v = v.Index(i)
		}
	}
	return v, true
}

func field(v reflect.Value, name string) reflect.Value {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	for i := range v.NumField() {
		if n := nameOf(v.Type().Field(i)); n == name && n != "" {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}
