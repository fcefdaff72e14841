package tokens

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// digits are those of base 62. A secret of these alone is one word to editors and shells.
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// The lengths of the parts of a secret, which stand in this order behind
// request.TokenPrefix: the id of the token, 32 bytes at random, and a checksum of all before
// it, by which a scanner tells a secret from a text that looks like one.
const (
	idDigits     = 26 // of rand.Text
	randomDigits = 43
	sumDigits    = 6
)

// newSecret makes the secret of a new token.
func newSecret() (id request.TokenID, secret string) {
	id = request.TokenID(rand.Text())
	text := request.TokenPrefix + string(id) + randomSecret()
	return id, text + checksum(text)
}

// idIn is the id of the token of a secret. A secret that is mistyped or cut off is refused
// without a look into the store.
func idIn(secret string) (request.TokenID, error) {
	const length = len(request.TokenPrefix) + idDigits + randomDigits + sumDigits
	text, whole := strings.CutPrefix(secret, request.TokenPrefix)
	if !whole || len(secret) != length || strings.Trim(text, digits) != "" {
		return "", fmt.Errorf("%w: it is not %s and %d letters and digits: it was cut off, or is none of ours", request.ErrToken, request.TokenPrefix, length-len(request.TokenPrefix))
	}
	body := secret[:length-sumDigits]
	if !same(secret[length-sumDigits:], checksum(body)) {
		return "", fmt.Errorf("%w: its checksum is wrong: it was mistyped", request.ErrToken)
	}
	return request.TokenID(text[:idDigits]), nil
}

func checksum(text string) string {
	return inDigits(new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(text)))), sumDigits)
}

// randomSecret is 32 bytes at random.
func randomSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return inDigits(new(big.Int).SetBytes(b[:]), randomDigits)
}

// random is a number from 0 to most-1.
func random(most *big.Int) *big.Int {
	n, err := rand.Int(rand.Reader, most)
	if err != nil {
		panic(errors.Join(errors.New("tokens: no randomness"), err)) // crypto/rand never fails
	}
	return n
}

// inDigits writes a number in base 62, with zeros before it.
func inDigits(n *big.Int, length int) string {
	text := make([]byte, length)
	base, digit := big.NewInt(int64(len(digits))), new(big.Int)
	n = new(big.Int).Set(n)
	for i := length - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		text[i] = digits[digit.Int64()]
	}
	return string(text)
}

// digestOf is what is stored of a secret.
func digestOf(secret string) string { return store.Digest(secret) }

// same compares secrets, or digests of them, in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// userLetters are those of user codes, as RFC 8628, section 6.1, has them: no vowels, which
// would make words, and nothing that looks like something else.
const userLetters = "BCDFGHJKLMNPQRSTVWXZ"

// userCodeLetters is the length of a user code without its hyphen: 34 bits.
const userCodeLetters = 8

// newUserCode is a code that a person types.
func newUserCode() string {
	text := make([]byte, 0, userCodeLetters+1)
	for i := range userCodeLetters {
		if i == userCodeLetters/2 {
			text = append(text, '-')
		}
		text = append(text, userLetters[random(big.NewInt(int64(len(userLetters)))).Int64()])
	}
	return string(text)
}

// userCodeDigest is what is stored of a user code, however it was typed.
func userCodeDigest(code string) string {
	letters := strings.Map(func(r rune) rune {
		if strings.ContainsRune(userLetters, r) {
			return r
		}
		return -1
	}, strings.ToUpper(code))
	return store.Digest("user code\n" + letters)
}
