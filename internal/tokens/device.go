package tokens

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	codeTries   = 3               // to find a user code that nobody has
	pollSlack   = time.Second     // by which a poll may come early: networks are not even
	slowerBy    = 5 * time.Second // RFC 8628, section 3.5
	maxInterval = time.Minute
)

// BeginDevice makes the codes of a device that waits to be let in.
func (tk *Tokens) BeginDevice(ctx context.Context, d request.DeviceSettings) (request.DeviceCodes, error) {
	d, err := d.Complete()
	if err != nil {
		return request.DeviceCodes{}, err
	}
	codes := request.DeviceCodes{Device: randomSecret(), Lasts: request.DeviceCodeFor, Interval: request.DeviceInterval}
	for range codeTries {
		codes.User = newUserCode()
		err = tk.Commit(ctx, func(c *store.Change) error { return tk.addDevice(ctx, c, d, codes) })
		if taken := (*store.TakenError)(nil); !errors.As(err, &taken) {
			break
		}
	}
	if err != nil {
		return request.DeviceCodes{}, err
	}
	tk.cleanUpSoon()
	return codes, nil
}

func (tk *Tokens) addDevice(ctx context.Context, c *store.Change, d request.DeviceSettings, codes request.DeviceCodes) error {
	now := tk.Now()
	waiting, err := records.DeviceLoginsUntil.Find(ctx, tk.Store, "all", store.Position{Order: store.OrderTime(now) + "~"}, request.MaxDevices)
	if err != nil {
		return err
	}
	if len(waiting) >= request.MaxDevices {
		return fmt.Errorf("%w: %d devices wait to be let in; try again in some minutes", request.ErrTooOften, len(waiting))
	}
	records.DeviceLogins.Insert(c, records.DeviceLogin{ID: digestOf(codes.Device), UserCode: userCodeDigest(codes.User), Name: d.Name,
		Scope: request.TokenScope{Operations: d.Scope}, Begun: now, Until: now.Add(request.DeviceCodeFor), Interval: codes.Interval})
	return nil
}

// Device finds the device of a user code that waits to be let in. Somebody who enters wrong
// codes again and again has to wait.
func (tk *Tokens) Device(ctx context.Context, by request.Identity, userCode string) (request.Device, error) {
	var d records.DeviceLogin
	err := tk.byUserCode(ctx, by, userCode, func(_ *store.Change, read store.Stored[records.DeviceLogin]) error {
		d = read.Value
		return nil
	})
	return request.Device{Name: d.Name, Scope: d.Scope.Operations, Begun: d.Begun, Until: d.Until}, err
}

// AnswerDevice lets the device of a user code have a token that acts for whoever asks, or
// refuses it, for good.
func (tk *Tokens) AnswerDevice(ctx context.Context, by request.Identity, userCode string, allow bool, s request.TokenSettings) error {
	s.Service = nil
	if allow {
		if err := tk.check(ctx, s); err != nil {
			return err
		}
	}
	return tk.byUserCode(ctx, by, userCode, func(c *store.Change, read store.Stored[records.DeviceLogin]) error {
		d := read.Value
		if d.Refused = !allow; allow {
			d.Person, d.Name, d.Scope, d.Days = by.Person(), s.Name, s.Scope, s.Days
		}
		records.DeviceLogins.Update(c, read, d)
		return tk.People.Remember(ctx, c, by)
	})
}

// byUserCode does something with the device of a user code that nobody has answered, and
// counts a wrong code.
func (tk *Tokens) byUserCode(ctx context.Context, by request.Identity, userCode string, do func(*store.Change, store.Stored[records.DeviceLogin]) error) error {
	if err := by.CheckPerson("let a device act for you"); err != nil {
		return err
	}
	wrong := false
	err := tk.Commit(ctx, func(c *store.Change) error {
		guesses, err := records.Guesses.Some(ctx, tk.Store, by.Person())
		if err != nil {
			return err
		}
		now := tk.Now()
		if len(guesses) > 0 && guesses[0].Value.Wrong >= request.MaxCodeGuesses && now.Before(guesses[0].Value.Since.Add(request.CodeGuessesFor)) {
			return fmt.Errorf("%w: %d codes were wrong within a short time; try again in some minutes", request.ErrTooOften, guesses[0].Value.Wrong)
		}
		found, err := records.DeviceLoginsBy.Find(ctx, tk.Store, userCodeDigest(userCode), store.Position{}, 1)
		if err != nil {
			return err
		}
		wrong = len(found) == 0 || !now.Before(found[0].Value.Until) || found[0].Value.Person != "" || found[0].Value.Refused
		if wrong {
			tk.countWrong(c, by.Person(), guesses, now)
			return nil
		}
		return do(c, found[0])
	})
	if err == nil && wrong {
		err = &request.InvalidError{What: "device", Faults: []request.Fault{{Field: "user_code", Reason: "is none that waits: look at the device, and type it again; a code holds for ten minutes"}}}
	}
	return err
}

func (tk *Tokens) countWrong(c *store.Change, person request.PersonID, read []store.Stored[records.CodeGuesses], now time.Time) {
	if len(read) == 0 {
		records.Guesses.Insert(c, records.CodeGuesses{Person: person, Since: now, Wrong: 1})
		return
	}
	g := read[0].Value
	if !now.Before(g.Since.Add(request.CodeGuessesFor)) {
		g.Since, g.Wrong = now, 0
	}
	g.Wrong++
	records.Guesses.Update(c, read[0], g)
}

// PollDevice gives a device its token, once somebody has let it in; before, the error says
// how it stands.
func (tk *Tokens) PollDevice(ctx context.Context, deviceCode string) (request.Token, string, error) {
	var made request.Token
	var secret string
	var waits error
	err := tk.Change(ctx, func(c *store.Change) error {
		waits = nil
		read, err := records.DeviceLogins.Some(ctx, tk.Store, digestOf(deviceCode))
		if err != nil {
			return err
		}
		if len(read) == 0 || !tk.Now().Before(read[0].Value.Until) {
			return request.ErrTokenOver
		}
		d := read[0].Value
		switch {
		case d.Refused:
			waits = request.ErrRefused
			return nil // until it is over: the device may not have heard
		case d.Person == "":
			waits = tk.polled(c, read[0])
			return nil
		}
		made, secret, err = tk.addFor(ctx, c, d.Person, request.TokenSettings{Name: d.Name, Scope: d.Scope, Days: d.Days})
		records.DeviceLogins.Delete(c, read[0])
		return err
	})
	if err == nil {
		err = waits
	}
	if err != nil {
		return request.Token{}, "", err
	}
	return made, secret, nil
}

// polled notes that a device has asked before anybody has let it in. One that asks too often
// has to wait longer each time.
func (tk *Tokens) polled(c *store.Change, read store.Stored[records.DeviceLogin]) error {
	d, now := read.Value, tk.Now()
	early := !d.Polled.IsZero() && now.Before(d.Polled.Add(d.Interval-pollSlack))
	switch {
	case early && d.Interval >= maxInterval:
		return request.ErrSlowDown // nothing is written any more
	case early:
		d.Interval += slowerBy
	}
	d.Polled = now
	records.DeviceLogins.Update(c, read, d)
	if early {
		return request.ErrSlowDown
	}
	return request.ErrPending
}
