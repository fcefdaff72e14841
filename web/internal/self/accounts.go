package self

import (
	"context"
	"net/http"
	"time"

	"github.com/grantwright/grantwright/request"
)

// Account is somebody's account at a channel.
type Account struct {
	Channel string    `json:"channel"`
	Account string    `json:"account,omitempty" doc:"Missing if none is linked, nor about to be"`
	Linked  time.Time `json:"linked,omitzero" doc:"Missing until the code was repeated"`
	Until   time.Time `json:"until,omitzero" doc:"When the code is over that was sent"`
}

// Accounts are somebody's own, one for each channel at which accounts are linked.
type Accounts struct {
	Items []Account `json:"items" nullable:"false"`
}

// AccountBody names an account at a channel.
type AccountBody struct {
	Account string `json:"account" maxLength:"512" doc:"The id that the channel has for it" example:"U024BE7LH"`
}

// CodeBody repeats the code that was sent to an account.
type CodeBody struct {
	Code string `json:"code" maxLength:"64"`
}

// ChannelNamed is a route about one channel.
type ChannelNamed struct {
	Channel string `path:"channel" maxLength:"200" example:"slack"`
}

func (s *server) routeAccounts() {
	serve(s, http.MethodGet, "/accounts", "accounts", "Your accounts at the channels at which accounts are linked", s.accounts, described("Everyone has their own."))
	serve(s, http.MethodPost, "/accounts/{channel}", "link-account", "Begin to link an account of yours at a channel", s.linkAccount, answering(http.StatusNoContent),
		described("Your own. A code is sent to the account; confirm-account repeats it here."))
	serve(s, http.MethodPost, "/accounts/{channel}/confirm", "confirm-account", "Link the account to which a code was sent", s.confirmAccount, answering(http.StatusNoContent),
		described("Your own. Answers 409 for one that somebody else has linked."))
	serve(s, http.MethodDelete, "/accounts/{channel}", "unlink-account", "Let go of your account at a channel", s.unlinkAccount, answering(http.StatusNoContent), described("Your own."))
}

func (s *server) accounts(ctx context.Context, by request.Identity, _ *struct{}) (*shown[Accounts], error) {
	out := Accounts{Items: []Account{}}
	for _, channel := range s.Engine.Inbox().Linkable() {
		a, err := s.Engine.Inbox().Account(ctx, by, channel)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, Account{channel, a.Account, a.Linked, a.Until})
	}
	return &shown[Accounts]{out}, nil
}

func (s *server) linkAccount(ctx context.Context, by request.Identity, in *struct {
	ChannelNamed
	Body AccountBody
}) (*struct{}, error) {
	return nil, s.Engine.Inbox().Link(ctx, by, in.Channel, in.Body.Account)
}

func (s *server) confirmAccount(ctx context.Context, by request.Identity, in *struct {
	ChannelNamed
	Body CodeBody
}) (*struct{}, error) {
	return nil, s.Engine.Inbox().Confirm(ctx, by, in.Channel, in.Body.Code)
}

func (s *server) unlinkAccount(ctx context.Context, by request.Identity, in *ChannelNamed) (*struct{}, error) {
	return nil, s.Engine.Inbox().Unlink(ctx, by, in.Channel)
}
