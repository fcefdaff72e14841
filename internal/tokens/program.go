package tokens

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// AllowProgram lets a program have a token that acts for whoever asks, and returns the code
// by which it fetches the token.
func (tk *Tokens) AllowProgram(ctx context.Context, by request.Identity, p request.ProgramSettings) (string, error) {
	if err := by.CheckPerson("let a program act for you"); err != nil {
		return "", err
	}
	if err := p.Check(tk.MaxDays); err != nil {
		return "", err
	}
	if err := tk.check(ctx, p.Token()); err != nil {
		return "", err
	}
	code := randomSecret()
	now := tk.Now()
	err := tk.Commit(ctx, func(c *store.Change) error {
		pending, err := records.ProgramLoginsOf.Find(ctx, tk.Store, by.Person(), store.Position{Order: store.OrderTime(now) + "~"}, request.MaxProgramLogins)
		if err != nil {
			return err
		}
		if len(pending) >= request.MaxProgramLogins {
			return fmt.Errorf("%w: %d programs wait for their tokens; try again in a minute", request.ErrTooOften, len(pending))
		}
		records.ProgramLogins.Insert(c, records.ProgramLogin{ID: digestOf(code), Person: by.Person(), Name: p.Name, Scope: p.Scope, Days: p.Days,
			Challenge: p.Challenge, Until: now.Add(request.ProgramCodeFor)})
		return tk.People.Remember(ctx, c, by)
	})
	if err != nil {
		return "", err
	}
	tk.cleanUpSoon()
	return code, nil
}

var verifierText = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// Exchange gives a program its token for a code and the verifier of its challenge, once. A
// wrong verifier ends the code. A code that comes again ends the token that it gave: one of
// the two who have it is a thief (RFC 6749, section 4.1.2).
func (tk *Tokens) Exchange(ctx context.Context, code, verifier string) (request.Token, string, error) {
	var made request.Token
	var secret string
	refused := false
	err := tk.Change(ctx, func(c *store.Change) error {
		refused = false
		read, err := records.ProgramLogins.Some(ctx, tk.Store, digestOf(code))
		if err != nil {
			return err
		}
		if len(read) == 0 {
			return request.ErrCode
		}
		l := read[0].Value
		switch {
		case l.Token != "":
			refused = true
			return tk.revokeStolen(ctx, c, l)
		case !tk.Now().Before(l.Until):
			return request.ErrCode
		case !verifies(verifier, l.Challenge):
			refused = true
			records.ProgramLogins.Delete(c, read[0])
			return nil
		}
		if made, secret, err = tk.addFor(ctx, c, l.Person, request.TokenSettings{Name: l.Name, Scope: l.Scope, Days: l.Days}); err != nil {
			return err
		}
		l.Token = made.ID
		records.ProgramLogins.Update(c, read[0], l)
		return nil
	})
	if err == nil && refused {
		err = request.ErrCode
	}
	if err != nil {
		return request.Token{}, "", err
	}
	return made, secret, nil
}

// addFor is add for somebody who has allowed it before, as they are now.
func (tk *Tokens) addFor(ctx context.Context, c *store.Change, person request.PersonID, s request.TokenSettings) (request.Token, string, error) {
	who, err := tk.known(ctx, person, request.Person)
	if err != nil {
		return request.Token{}, "", err
	}
	return tk.add(ctx, c, who, s)
}

// revokeStolen ends the token that a code gave, since the code came again.
func (tk *Tokens) revokeStolen(ctx context.Context, c *store.Change, l records.ProgramLogin) error {
	given, err := records.Tokens.Some(ctx, tk.Store, l.Token)
	if err != nil {
		return err
	}
	for _, t := range given {
		tk.revoke(c, request.SystemID, t)
	}
	return nil
}

// verifies compares a verifier with the S256 challenge of RFC 7636, section 4.6.
func verifies(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return verifierText.MatchString(verifier) && same(base64.RawURLEncoding.EncodeToString(sum[:]), challenge)
}

// cleanUpAfter is how long logins are kept that are over: a code that comes again is known
// meanwhile.
const cleanUpAfter = time.Hour

// cleanUpMost bounds what is deleted of each kind at a time.
const cleanUpMost = 100

// cleanUpSoon deletes in the background some logins that are long over.
func (tk *Tokens) cleanUpSoon() {
	tk.Background(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, tk.Timeout)
		defer cancel()
		if err := tk.cleanUp(ctx); err != nil {
			tk.Logger.DebugContext(ctx, "logins that are over are deleted later", "error", err)
		}
	})
}

func (tk *Tokens) cleanUp(ctx context.Context) error {
	return tk.Commit(ctx, func(c *store.Change) error {
		over := tk.Now().Add(-cleanUpAfter)
		programs, err := records.ProgramLoginsUntil.Find(ctx, tk.Store, "all", store.Position{}, cleanUpMost)
		if err != nil {
			return err
		}
		for _, p := range programs {
			if p.Value.Until.Before(over) {
				records.ProgramLogins.Delete(c, p)
			}
		}
		devices, err := records.DeviceLoginsUntil.Find(ctx, tk.Store, "all", store.Position{}, cleanUpMost)
		for _, d := range devices {
			if d.Value.Until.Before(over) {
				records.DeviceLogins.Delete(c, d)
			}
		}
		return err
	})
}
