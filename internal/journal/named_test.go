package journal

import "testing"

// A body is passed over only if it cannot belong to a request of the person.
func TestBodiesThatBelong(t *testing.T) {
	t.Parallel()
	mine := map[string]bool{"ABC": true}
	for body, want := range map[string]bool{
		`{"request":"ABC"}`:                             true,
		"{\"request\" :\n \"ABC\", \"seq\": 1}":         true,
		`{"data":{"request":"XYZ"},"request":"ABC"}`:    true,
		`{"request":"XYZ","data":{"text":"ABC"}}`:       false,
		`{"request":{"id":"ABC"}}`:                      false,
		`{"about":["requests/ABC"]}`:                    false,
		`{"request":"`:                                  false,
		`{"data":{"said":"\"request\":\"ABC"},"seq":2}`: false,
		`{}`: false,
	} {
		if got := belongs([]byte(body), mine); got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}

// Names that JSON may write in several ways are looked for in what is decoded.
func TestNamesThatStandAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"eve@example.com": true, "corp|eve": true, "ève": true, "two words": true, `e"ve`: false, `e\ve`: false, "e<ve": false, "e&ve": false, "e\u2028ve": false, "e\x01ve": false, "e\xffve": false, "e\u200bve": false} {
		if got := verbatim(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
