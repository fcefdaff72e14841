package platforms

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/address"
	"github.com/grantwright/grantwright/provision"
)

// Unreachable wraps the error of a connection as provision.ErrPlatform, unless a
// person has to change something before it can work. Its text holds no address of the
// platform.
func (pl *Platforms) Unreachable(connection string, err error) error {
	err = pl.Hide(connection, err)
	if errors.Is(err, provision.ErrPermanent) {
		return fmt.Errorf("grantwright: connection %s: %w", connection, err)
	}
	return fmt.Errorf("%w: connection %s: %w", provision.ErrPlatform, connection, err)
}

// Hide takes the addresses of a platform out of the text of an error of it, which people
// without ADMIN read in answers, grants, events and messages. The log has the whole text.
func (pl *Platforms) Hide(connection string, err error) error {
	hidden := address.Hide(err, pl.host(connection))
	if err != nil && hidden.Error() != err.Error() {
		pl.Logger.Warn("an error of a platform is shown without its address", "connection", connection, "error", err)
	}
	return hidden
}

// HideOutcomes is Hide for the outcomes of a provisioner.
func (pl *Platforms) HideOutcomes(connection string, all []provision.Outcome) []provision.Outcome {
	for i := range all {
		all[i].Err = pl.Hide(connection, all[i].Err)
		all[i].Gaps = pl.hideGaps(connection, all[i].Gaps)
	}
	return all
}

// HidePlans is Hide for plans.
func (pl *Platforms) HidePlans(connection string, all []provision.Plan) []provision.Plan {
	for i := range all {
		all[i].Err = pl.Hide(connection, all[i].Err)
		all[i].Gaps = pl.hideGaps(connection, all[i].Gaps)
	}
	return all
}

// hideGaps is Hide for the reasons of gaps, which may repeat an error of the platform.
func (pl *Platforms) hideGaps(connection string, g provision.Gaps) provision.Gaps {
	g.Parts = slices.Clone(g.Parts)
	for i := range g.Parts {
		g.Parts[i].Reason = address.Without(g.Parts[i].Reason, pl.host(connection))
	}
	return g
}

func (pl *Platforms) host(connection string) string {
	host, _ := pl.hosts.Load(connection)
	known, _ := host.(string)
	return known
}

// noteHost keeps the host in the URL of a connection, which errors of it may name. A
// connection that is called like its host keeps its name.
func (pl *Platforms) noteHost(c catalog.Connection) {
	if u, err := url.Parse(c.URL); err == nil && u.Hostname() != c.Name {
		pl.hosts.Store(c.Name, u.Hostname())
	}
}
