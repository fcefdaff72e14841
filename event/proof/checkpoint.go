package proof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Signer signs checkpoints, as a signer of golang.org/x/mod/sumdb/note does: its name is the
// origin of the log, such as access.example.com/log. One that has Verify too, as its verifier,
// has the engine check its own signatures.
type Signer interface {
	Name() string
	KeyHash() uint32
	Sign(text []byte) (signature []byte, err error)
}

// Checkpoint is the root of the log at a size, signed.
type Checkpoint struct {
	Size int64     `json:"size"` // how many events it covers: those up to this number
	Root []byte    `json:"root"`
	At   time.Time `json:"at"`   // when it was signed; not part of what is signed
	Note string    `json:"note"` // the signed note, as C2SP tlog-checkpoint has it
}

// Sign makes the signed note of a checkpoint.
func Sign(s Signer, size int64, root []byte) (text string, err error) {
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", s.Name(), size, base64.StdEncoding.EncodeToString(root))}, s)
	return string(signed), err
}

// Signed reports whether a checkpoint bears a signature of a signer, which verify recognises.
func Signed(s Signer, verify func(text, signature []byte) bool, text string) bool {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier{s, verify}))
	return err == nil && len(opened.Sigs) > 0
}

// verifier is a note.Verifier of a signer.
type verifier struct {
	Signer
	verify func(text, signature []byte) bool
}

func (v verifier) Verify(text, signature []byte) bool { return v.verify(text, signature) }

// Read reads the origin, the size and the root of a checkpoint. It checks no signature.
func Read(text string) (origin string, size int64, root []byte, err error) {
	body, _, is := strings.Cut(text, "\n\n")
	lines := strings.Split(body, "\n")
	if !is || len(lines) < 3 {
		return "", 0, nil, errors.New("proof: this is no checkpoint: it has no origin, size, root and signature")
	}
	size, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return "", 0, nil, errors.New("proof: the size of the checkpoint is no number")
	}
	root, err = base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != hashBytes {
		return "", 0, nil, errors.New("proof: the root of the checkpoint is no hash")
	}
	return lines[0], size, root, nil
}

// Hashed is an event with the hash that the log keeps of it: a line of an export. The leaf is
// text inside the JSON, so that no program that reads and writes it spells it otherwise.
type Hashed struct {
	Leaf string `json:"leaf" doc:"The event as it is hashed, byte by byte: canonical JSON"`
	Hash []byte `json:"hash" doc:"SHA-256 over a zero byte and the leaf (RFC 6962)"`
}

// Proven is an event with the proof that it stands in the log of a checkpoint.
type Proven struct {
	Hashed
	Number int64    `json:"number"`
	Proof  [][]byte `json:"proof" nullable:"false" doc:"The hashes beside its way to the root, the lowest first"`
}

// Story is all that the log says of one request, or one event of it, with the proofs. It is
// checked without the engine: by the key of the log alone.
type Story struct {
	Request    string   `json:"request,omitempty" doc:"Missing: one event alone"`
	Checkpoint string   `json:"checkpoint" doc:"The signed note, as C2SP tlog-checkpoint has it"`
	Events     []Proven `json:"events" nullable:"false"`
	Later      int      `json:"later,omitempty" doc:"How many events are newer than the checkpoint, and left out"`
}

// Consistency proves that the log of one size begins with the log of another.
type Consistency struct {
	From     int64    `json:"from"`
	FromRoot []byte   `json:"fromRoot"`
	To       int64    `json:"to"`
	ToRoot   []byte   `json:"toRoot"`
	Proof    [][]byte `json:"proof" nullable:"false"`
}
