package proof

import (
	"fmt"
	"net/url"
	"strings"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// Witness cosigns checkpoints of the log once it has seen that each goes on from the one before
// (C2SP tlog-witness). Who trusts a witness needs to keep no checkpoints.
type Witness struct {
	Address string // the URL below which add-checkpoint is, over http or https
	Key     string // its public key, name+hash+base64, of Ed25519 or ML-DSA-44 (C2SP tlog-cosignature)
}

// Check refuses a witness that cannot be asked.
func (w Witness) Check() error {
	at, err := url.Parse(w.Address)
	if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" || at.User != nil || at.RawQuery != "" || at.Fragment != "" {
		return fmt.Errorf("the address of a witness must be a URL such as https://witness.example.com, without a login or a query")
	}
	if _, err := cosignature.NewVerifierForCosignatureV1(w.Key); err != nil {
		return fmt.Errorf("the key of the witness at %s must be its public key, NAME+HASH+KEY: %w", at.Host, err)
	}
	return nil
}

// Name is the name in the key of the witness.
func (w Witness) Name() string {
	name, _, _ := strings.Cut(w.Key, "+")
	return name
}

// Cosignatures are the lines of a signed note that the witness has signed it by; none are empty.
func (w Witness) Cosignatures(text string) (lines string) {
	key, err := cosignature.NewVerifierForCosignatureV1(w.Key)
	if err != nil {
		return ""
	}
	opened, err := note.Open([]byte(text), note.VerifierList(key))
	if err != nil {
		return ""
	}
	for _, s := range opened.Sigs {
		lines += "— " + s.Name + " " + s.Base64 + "\n"
	}
	return lines
}
