package provision

import (
	"time"

	"github.com/grantwright/grantwright/request"
)

// Attest is what a person says of access that is given or taken by hand.
type Attest struct {
	Done bool   // it stands now, or is gone now; false if it could not be done
	Note string // needed if it could not be done

	// State is the one that the person saw the grant in. If the access was to be
	// given then, and is to be taken now, the attestation is refused: what was
	// given by hand must not count as taken. Zero leaves that open.
	State State
}

// DefaultGiveWithin and DefaultTakeWithin are how long people have for what they
// have to do by hand, unless the Config says otherwise.
const (
	DefaultGiveWithin = 48 * time.Hour
	DefaultTakeWithin = 24 * time.Hour
)

// Job is what a person has to do on a platform, with what it takes to do it.
type Job struct {
	Grant   Grant
	Request request.Request

	// Stands is what the principal should have from us on the asset once it is done,
	// from all grants together.
	Stands []Access

	// Masks are the masked assets at and below the asset, the first of many: access to them is
	// access to what shows them masked, and not to the assets themselves.
	Masks []request.AssetMasks

	Plan   Plan   // with the statements to run, where the platform can say
	NoPlan string // why there is no Plan, where there is none

	May     bool   // whoever asks may say that it is done: it concerns others
	Stopped string // why it must not be done now: the connection is frozen, the person is disabled, or a guardrail prevents it
}
