package drift

import (
	"fmt"

	"github.com/grantwright/grantwright/provision"
)

// gapsIn says which parts of a container do not work for somebody.
func gapsIn(g provision.Gaps) string {
	if g.Count == 0 {
		return "all parts of it work again"
	}
	return fmt.Sprintf("parts of it do not work: %q", g.Lines())
}
