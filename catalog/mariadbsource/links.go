package mariadbsource

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
)

// ViewRead is one table or view that a view reads, as the procedure list_reads has it.
type ViewRead struct {
	View   string // in the database that was asked about
	Own    bool   // it reads with the rights of whoever uses it (SQL SECURITY INVOKER)
	Digest string // of what the view shows, and as whom

	Database, Table string // that is read; empty where the view reads nothing
	IsView          bool   // it is a view itself
}

// ViewLinks says what is read through a view, at any depth, and stands for what it and the
// views beneath it show. MariaDB keeps the text of a view alone, in which each table has
// its database: which columns are read is not known. A view with the reader's rights that
// another reads has those of the other one's definer, unlike on PostgreSQL. Reads asks for what one view reads.
func ViewLinks(ctx context.Context, connection, database, view string, reads func(ctx context.Context, database, view string) ([]ViewRead, error)) (through []catalog.Through, definition string, err error) {
	type step struct {
		database, view string
		asReader       bool // with the rights of whoever uses the view that was asked about
		own            bool // or only where these rights let them
	}
	seen, digests := map[step]bool{}, map[string]bool{}
	for next := []step{{database, view, true, false}}; len(next) > 0; {
		at := next[0]
		if next = next[1:]; seen[at] {
			continue
		}
		seen[at] = true
		all, err := reads(ctx, at.database, at.view)
		if err != nil {
			return nil, "", err
		}
		for _, r := range all {
			digests[fmt.Sprintf("%q.%q %s", at.database, at.view, r.Digest)] = true
			if r.Table == "" || r.Database == database && r.Table == view {
				continue
			}
			ref, err := catalog.NewRef(connection, r.Database, r.Table)
			if err != nil {
				return nil, "", fmt.Errorf("what is read through it: %w", err)
			}
			asReader := at.asReader && r.Own
			own := at.own || asReader
			through = append(through, catalog.Through{Way: catalog.ByQuery, Ref: ref, Own: own})
			if r.IsView {
				next = append(next, step{r.Database, r.Table, asReader, own})
			}
		}
	}
	if len(digests) > 0 {
		var lines []string
		for line := range digests {
			lines = append(lines, line)
		}
		slices.Sort(lines)
		sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
		definition = hex.EncodeToString(sum[:12])
	}
	return catalog.Join(through), definition, nil
}
