package grantwright

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/advice"
	"github.com/grantwright/grantwright/internal/background"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/desk"
	"github.com/grantwright/grantwright/internal/drift"
	"github.com/grantwright/grantwright/internal/emergency"
	"github.com/grantwright/grantwright/internal/enrollment"
	"github.com/grantwright/grantwright/internal/evidence"
	"github.com/grantwright/grantwright/internal/figures"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/inventory"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/lists"
	"github.com/grantwright/grantwright/internal/masking"
	"github.com/grantwright/grantwright/internal/metrics"
	"github.com/grantwright/grantwright/internal/notices"
	"github.com/grantwright/grantwright/internal/outlook"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/proofs"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/internal/sessions"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/internal/switches"
	"github.com/grantwright/grantwright/internal/tokens"
	"github.com/grantwright/grantwright/internal/webhooks"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Engine is the whole of Grantwright in one value. Any number of goroutines may
// use it, and any number of engines, in any number of processes, may share a
// Store.
type Engine struct {
	config Config
	store  *snapshot.Store

	metrics      *metrics.Metrics
	journal      *journal.Journal
	people       *people.People
	sessions     *sessions.Sessions
	platforms    *platforms.Platforms
	rules        *rulebook.Rulebook
	provisioning *provisioning.Provisioning
	decisions    *decisions.Decisions
	lists        *lists.Lists
	outlooks     *outlook.Outlooks
	figures      *figures.Figures
	proofs       *proofs.Proofs
	desk         *desk.Desk
	masking      *masking.Masking
	drift        *drift.Drift
	switches     *switches.Switches
	governance   *governance.Governance
	inventory    *inventory.Inventory
	enrollment   *enrollment.Enrollment
	webhooks     *webhooks.Webhooks
	notices      *notices.Notices
	tokens       *tokens.Tokens
	advice       *advice.Advice
	background   *background.Background
}

// furnish makes the rooms, bottom up: each knows only those before it.
func (e *Engine) furnish(c Config) {
	e.store = e.metrics.Watch(snapshot.New(c.Store, records.Settled...).Lies(c.Inventory))
	j := journal.New(e.store)
	j.Logger, j.NewID, j.Clock, j.Timeout, j.Metrics = c.Logger, c.NewID, c.Now, c.PlatformTimeout, e.metrics
	e.journal = j
	e.people = &people.People{Journal: j, Directory: c.Directory}
	if c.Directory == nil { // acts read people with their other records
		e.people.Directory = store.Directory{Store: j.Store}
	}
	e.sessions = &sessions.Sessions{Journal: j, People: e.people}
	e.tokens = &tokens.Tokens{Journal: j, People: e.people, MaxDays: c.MaxTokenDays}
	e.platforms = &platforms.Platforms{Journal: j, ByTechnology: c.Platforms, Secrets: c.Secrets,
		Reader: platforms.SecretReader{Allowed: c.AllowedSecrets}, Installation: c.Installation}
	e.rules = &rulebook.Rulebook{Journal: j, People: e.people, Platforms: e.platforms, Inventory: snapshot.Inventory{Inventory: c.Inventory}}
	e.provisioning = &provisioning.Provisioning{Journal: j, People: e.people, Platforms: e.platforms, Rules: e.rules,
		Address: c.Address, GiveWithin: c.GiveWithin, TakeWithin: c.TakeWithin}
	e.decisions = &decisions.Decisions{Journal: j, People: e.people, Platforms: e.platforms, Rules: e.rules, Provisioning: e.provisioning,
		Evidence: &evidence.Keeper{Now: j.Now}, Emergencies: &emergency.Emergencies{Journal: j, People: e.people, Rules: e.rules}, MaxOpen: c.MaxOpen, MaxOpenFor: c.MaxOpenFor}
	e.figures = &figures.Figures{Journal: j}
	e.proofs = &proofs.Proofs{Journal: j, Signer: c.LogKey, Publish: c.Checkpointed, Every: c.Checkpoint, Witnesses: c.Witnesses}
	e.lists = &lists.Lists{Journal: j, Rules: e.rules}
	e.outlooks = &outlook.Outlooks{Journal: j, People: e.people, Rules: e.rules, Decisions: e.decisions}
	e.desk = &desk.Desk{Journal: j, People: e.people, Rules: e.rules, Decisions: e.decisions, Lists: e.lists}
	e.masking = &masking.Masking{Journal: j, Platforms: e.platforms, Rules: e.rules, Provisioning: e.provisioning, Every: c.Remask}
	e.drift = &drift.Drift{Journal: j, People: e.people, Platforms: e.platforms, Rules: e.rules, Provisioning: e.provisioning, Decisions: e.decisions,
		Every: c.Reconcile, Periodic: make(chan struct{}, drift.MaxPeriodic)}
	e.switches = &switches.Switches{Journal: j, People: e.people, Sessions: e.sessions, Rules: e.rules, Provisioning: e.provisioning, Decisions: e.decisions}
	e.governance = &governance.Governance{Journal: j, People: e.people, Rules: e.rules, Masking: e.masking, Drift: e.drift, FourEyes: c.FourEyes, Kinds: governance.Kinds()}
	e.inventory = &inventory.Inventory{Journal: j, People: e.people, Platforms: e.platforms, Rules: e.rules, Decisions: e.decisions,
		Masking: e.masking, Drift: e.drift, Governance: e.governance}
	e.inventory.Placed, _ = c.Store.(store.Placed)
	e.enrollment = &enrollment.Enrollment{Journal: j, People: e.people, Switches: e.switches}
	e.webhooks = &webhooks.Webhooks{Journal: j, Platforms: e.platforms, Provisioning: e.provisioning, Client: c.Webhooks, Key: c.Key}
	e.advice = &advice.Advice{Journal: j, Decisions: e.decisions, Assistant: c.Assistant}
	e.notices = &notices.Notices{Journal: j, People: e.people, Provisioning: e.provisioning, Decisions: e.decisions, Advice: e.advice,
		Channels: c.Channels, Rooms: c.Rooms, Defaults: c.Defaults, DigestAt: c.DigestAt}
	e.background = &background.Background{Journal: j, Sessions: e.sessions, Provisioning: e.provisioning, Decisions: e.decisions, Figures: e.figures, Proofs: e.proofs, Masking: e.masking,
		Drift: e.drift, Switches: e.switches, Governance: e.governance, Inventory: e.inventory, Enrollment: e.enrollment, Webhooks: e.webhooks, Advice: e.advice, Notices: e.notices, Poll: c.Poll}
}

// invert hands the lower rooms the few things of the upper ones that they call for.
func (e *Engine) invert() {
	e.journal.May = e.people.CheckActors
	e.journal.Announce = e.notices.RingTasks
	e.journal.Emitted = e.notices.NotifySoon
	e.people.Changed = func(ctx context.Context, who request.PersonID) {
		decisions.RecheckSoon(ctx, e.decisions, records.RechecksFor, who)
	}
	e.decisions.Risk = e.advice.Risk
	e.governance.Alterations = func() []governance.Alteration {
		return slices.Concat(e.governance.DefinitionAlterations(), e.inventory.Alterations(), e.webhooks.Alterations())
	}
}
