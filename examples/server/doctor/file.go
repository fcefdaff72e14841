package doctor

import (
	"context"
	"strings"
)

// shownOwned bounds the names of what differs from a file.
const shownOwned = 5

// LookAtFile looks whether what a file keeps for itself is stored as the file said.
func (d *Doctor) LookAtFile(ctx context.Context) {
	owned, err := d.Engine.Governance().Owned(ctx, examiner)
	if err != nil {
		d.Broke("file", "", err)
		return
	}
	if owned.File == "" {
		return
	}
	var differ []string
	for _, one := range owned.All {
		if one.Differs {
			differ = append(differ, one.What+" "+one.Name)
		}
	}
	if len(differ) == 0 {
		d.Say("file", Fine, "", "all %d that %s keeps for itself are as it says", len(owned.All), owned.File)
		return
	}
	d.Say("file", Warns, "decide at /proposals, or config diff and config apply", "%d of %d that %s keeps for itself are not as it says: %s",
		len(differ), len(owned.All), owned.File, strings.Join(differ[:min(len(differ), shownOwned)], ", "))
}
