// Package platforms opens the provisioners of connections, names principals, and tells
// this installation's access from that of others.
package platforms

import (
	"context"

	"github.com/grantwright/grantwright/internal/cache"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/review"
)

// Platforms holds the provisioners that are open.
type Platforms struct {
	*journal.Journal
	ByTechnology map[string]provision.Platform
	Secrets      func(ctx context.Context, reference string) (string, error)
	Installation string // the installation as configured; empty takes the one that the store keeps

	opened   provisioners
	mappings cache.Cache[string, *review.Mapping] // by their expression
}

// Close closes all provisioners.
func (pl *Platforms) Close() error { return pl.opened.close() }
