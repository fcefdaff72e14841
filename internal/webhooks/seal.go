package webhooks

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/grantwright/grantwright/notify"
)

// seal encrypts a secret under the engine's key (AES-256-GCM), for one place: what
// is sealed for another cannot be opened there.
func (w *Webhooks) seal(secret, place string) (string, error) {
	aead, err := w.aead()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails
	return base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(secret), []byte(place))), nil
}

// unseal is the opposite of seal.
func (w *Webhooks) unseal(sealed, place string) (string, error) {
	aead, err := w.aead()
	if err != nil {
		return "", err
	}
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(text) < aead.NonceSize() {
		return "", errors.New("grantwright: a sealed secret is damaged")
	}
	secret, err := aead.Open(nil, text[:aead.NonceSize()], text[aead.NonceSize():], []byte(place))
	if err != nil {
		return "", errors.New("grantwright: a secret was sealed under another key than the one of now")
	}
	return string(secret), nil
}

func (w *Webhooks) aead() (cipher.AEAD, error) {
	if len(w.Key) == 0 {
		return nil, notify.ErrNoKey
	}
	block, err := aes.NewCipher(w.Key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// isReference reports whether text names a place where the operator keeps a secret.
func isReference(text string) bool {
	return strings.HasPrefix(text, "env:") || strings.HasPrefix(text, "file:")
}
