package request

import (
	"errors"
	"regexp"
	"slices"
	"time"
)

// The reasons for which a program gets no token. The last four are those of RFC 8628.
var (
	ErrCode      = errors.New("grantwright: the code is unknown, was used, is over, or its verifier is another")
	ErrPending   = errors.New("grantwright: nobody has let the device in yet")
	ErrSlowDown  = errors.New("grantwright: the device asks too often; it must wait 5 seconds longer from now on")
	ErrRefused   = errors.New("grantwright: the device was refused")
	ErrTokenOver = errors.New("grantwright: the device code is unknown, was used, or is over")
)

// The bounds of logins of programs.
const (
	ProgramCodeFor    = time.Minute      // that a code for a program holds
	DeviceCodeFor     = 10 * time.Minute // that a device waits at most
	DeviceInterval    = 5 * time.Second  // between two polls of a device, at first
	MaxDevices        = 500              // that wait at a time
	MaxProgramLogins  = 10               // of one person that are pending at a time
	MaxCodeGuesses    = 5                // wrong user codes of one person, within CodeGuessesFor
	CodeGuessesFor    = 10 * time.Minute
	defaultDeviceName = "A device"
)

// ProgramSettings is what somebody lets a program have that runs on their machine.
type ProgramSettings struct {
	Name      string
	Scope     TokenScope
	Days      int
	Challenge string // the S256 code challenge of RFC 7636
}

// Token are the settings of the token that the program will get.
func (p ProgramSettings) Token() TokenSettings {
	return TokenSettings{Name: p.Name, Scope: p.Scope, Days: p.Days}
}

var challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// IsChallenge reports whether a text may be an S256 code challenge: 32 bytes in base64url
// without padding (RFC 7636, section 4.2).
func IsChallenge(text string) bool { return challenge.MatchString(text) }

// Check refuses settings that lead to no token.
func (p ProgramSettings) Check(most int) error {
	if err := p.Token().Check(most); err != nil {
		return err
	}
	var c checker
	if !IsChallenge(p.Challenge) {
		c.fault("code_challenge", "must be the SHA-256 of the verifier in base64url without padding (RFC 7636)")
	}
	return c.err("token")
}

// DeviceSettings is what a device asks for.
type DeviceSettings struct {
	Name  string // as it calls itself; empty means A device
	Scope []string
}

// Complete fills in what is missing, and refuses what nobody can allow.
func (d DeviceSettings) Complete() (DeviceSettings, error) {
	if d.Name == "" {
		d.Name = defaultDeviceName
	}
	if len(d.Scope) == 0 {
		d.Scope = DefaultScope()
	}
	var c checker
	c.line("name", d.Name, maxTokenName)
	for _, class := range d.Scope {
		if !slices.Contains(ScopeClasses(), class) {
			c.fault("scope", "must be of read, ask, decide, govern and administer, with spaces between them")
			break
		}
	}
	return d, c.err("device")
}

// DefaultScope is what a program is offered that asks for nothing in particular.
func DefaultScope() []string { return []string{ScopeRead, ScopeAsk, ScopeDecide} }

// DeviceCodes are the codes of a device. Device is its secret; its user types User.
type DeviceCodes struct {
	Device   string
	User     string
	Lasts    time.Duration
	Interval time.Duration // between two polls, at least
}

// Device is a device that waits until somebody lets it in.
type Device struct {
	Name  string
	Scope []string // that it asks for
	Begun time.Time
	Until time.Time
}
