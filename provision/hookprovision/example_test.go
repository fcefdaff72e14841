package hookprovision_test

import (
	"fmt"

	"github.com/grantwright/grantwright/provision/hookprovision"
)

// A service answers DONE or FAILED; silence is no answer.
func ExampleParseAnswer() {
	done, err := hookprovision.ParseAnswer([]byte(`{"outcome": "DONE", "ran": ["add eve to readers"]}`))
	fmt.Println(done.Ran, done.Err, err)
	failed, err := hookprovision.ParseAnswer([]byte(`{"outcome": "FAILED", "error": "no such group"}`))
	fmt.Println(failed.Err, err)
	_, err = hookprovision.ParseAnswer([]byte(`{}`))
	fmt.Println(err)
	// Output:
	// [add eve to readers] <nil> <nil>
	// no such group <nil>
	// the body must be JSON with an outcome, DONE or FAILED, not ""
}
