package request

import "context"

type tokenKey struct{}

// WithToken is a context for the acts of whoever a token acts for: the log then names the
// token beside them. It is for whoever has authenticated the token.
func WithToken(ctx context.Context, t Token) context.Context {
	return context.WithValue(ctx, tokenKey{}, t)
}

// TokenIn is the token of a context.
func TokenIn(ctx context.Context) (Token, bool) {
	t, is := ctx.Value(tokenKey{}).(Token)
	return t, is
}
