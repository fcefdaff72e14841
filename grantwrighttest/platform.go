package grantwrighttest

import (
	"context"
	"sync"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
)

// Platform is a data platform in memory. It gives and takes access, reads back, masks,
// tells what stands, and does what a test says: it fails, is slow, or loses access that
// was given.
type Platform struct {
	fake *enginetest.Platform

	mu   sync.Mutex
	hook func(ctx context.Context, want provision.Standing) error
}

// NewPlatform returns a platform on which some assets stand, containers first.
func NewPlatform(assets ...catalog.Asset) *Platform {
	p := &Platform{fake: enginetest.NewPlatform()}
	p.Add(assets...)
	return p
}

// Open is for Config.Platforms. Every connection leads to p.
func (p *Platform) Open() provision.Platform {
	open := p.fake.Open()
	open.Provisioner = func(context.Context, provision.Target) (provision.Provisioner, error) {
		return provisioner{p.fake, p}, nil
	}
	return open
}

// Add lets assets stand on the platform, which the next sync finds. An asset without an
// ID has its Ref for one.
func (p *Platform) Add(assets ...catalog.Asset) {
	for _, a := range assets {
		if a.ID == "" {
			a.ID = string(a.Ref)
		}
		p.fake.Add(a)
	}
}

// Hook is called before each change of what a principal has on an asset. Where it returns
// an error the platform fails with that; while it does not return the platform is slow. Nil
// takes it off.
func (p *Platform) Hook(f func(ctx context.Context, want provision.Standing) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hook = f
}

// Access is what a principal has from the engine on an asset.
func (p *Platform) Access(principal string, asset catalog.Ref) []provision.Access {
	return p.fake.Access(principal, asset)
}

// TakeAway has somebody else take away what a principal has on an asset. Reconciliation
// finds it.
func (p *Platform) TakeAway(principal string, asset catalog.Ref) {
	p.fake.TakeAway(principal, asset)
}

// before calls the hook.
func (p *Platform) before(ctx context.Context, want provision.Standing) error {
	p.mu.Lock()
	hook := p.hook
	p.mu.Unlock()
	if hook == nil {
		return nil
	}
	return hook(ctx, want)
}

// provisioner is a platform with its hook.
type provisioner struct {
	*enginetest.Platform
	of *Platform
}

// Apply calls the hook before each change.
func (p provisioner) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	return provision.Each(func(ctx context.Context, want provision.Standing) provision.Outcome {
		if err := p.of.before(ctx, want); err != nil {
			return provision.Outcome{Err: err}
		}
		return p.Platform.Apply(ctx, []provision.Standing{want})[0]
	}).Apply(ctx, want)
}
