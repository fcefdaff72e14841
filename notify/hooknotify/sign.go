package hooknotify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The sizes of a secret in bytes, by the specification of Standard Webhooks.
const (
	MinSecretBytes = 24
	MaxSecretBytes = 64
	newSecretBytes = 32
)

// secretPrefix is how the specification writes that something is a secret.
const secretPrefix = "whsec_"

// NewSecret makes a secret at random, as text.
func NewSecret() string {
	secret := make([]byte, newSecretBytes)
	rand.Read(secret) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(secret)
}

// ParseSecret reads a secret as receivers are given it: whsec_ and base64. The
// error does not repeat it.
func ParseSecret(text string) ([]byte, error) {
	encoded, is := strings.CutPrefix(text, secretPrefix)
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if !is || err != nil || len(secret) < MinSecretBytes || len(secret) > MaxSecretBytes {
		return nil, errors.New("a webhook secret must be whsec_ and the base64 of 24 to 64 bytes")
	}
	return secret, nil
}

// sign sets the headers of Standard Webhooks: one signature for each secret. It is
// of the id, the time and the body, with dots between.
func sign(h http.Header, call Call, at time.Time) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	var signatures []string
	for _, secret := range call.Secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(call.ID + "." + seconds + "."))
		mac.Write(call.Body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	h.Set("webhook-id", call.ID)
	h.Set("webhook-timestamp", seconds)
	h.Set("webhook-signature", strings.Join(signatures, " "))
}
