// Package platforms opens the provisioners of connections, maps people to principals,
// and marks on each platform which records its access comes from.
package platforms

import (
	"context"
	"sync"

	"github.com/grantwright/grantwright/internal/cache"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/review"
)

// Platforms opens the provisioners and sources of connections, and keeps the
// provisioners open.
type Platforms struct {
	*journal.Journal
	ByTechnology map[string]provision.Platform
	Secrets      func(ctx context.Context, reference string) (string, error) // of the host; nil means Reader
	Reader       SecretReader
	Installation string // as configured; empty takes the one in the store

	opened   provisioners
	hosts    sync.Map                             // in the URLs of connections, by their name
	mappings cache.Cache[string, *review.Mapping] // by their expression
}

// Close closes all provisioners.
func (pl *Platforms) Close() error { return pl.opened.close() }
