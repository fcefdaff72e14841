package proof

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Key signs checkpoints with Ed25519, and knows its own signatures.
type Key struct {
	note.Signer
	Public string // as whoever verifies takes it

	verifier note.Verifier
}

// errKey says nothing of the text: it holds a secret.
var errKey = errors.New("proof: a key must read as package golang.org/x/mod/sumdb/note makes one: PRIVATE+KEY+…")

// ReadKey reads a private key in the text format of package golang.org/x/mod/sumdb/note, which
// holds the seed of Ed25519.
func ReadKey(text string) (k Key, err error) {
	if k.Signer, err = note.NewSigner(text); err != nil {
		return Key{}, errKey
	}
	parts := strings.SplitN(text, "+", 5) // base64 may hold a + too
	seed, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return Key{}, errKey
	}
	public := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	if k.Public, err = note.NewEd25519VerifierKey(k.Name(), public); err != nil {
		return Key{}, errKey
	}
	k.verifier, err = note.NewVerifier(k.Public)
	return k, err
}

// Verify reports whether a signature is of this key.
func (k Key) Verify(text, signature []byte) bool { return k.verifier.Verify(text, signature) }
