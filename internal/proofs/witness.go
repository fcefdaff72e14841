package proofs

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/internal/jsoncall"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// askTimeout bounds one call to a witness.
const askTimeout = 5 * time.Second

// cosign asks the witnesses that have not signed a checkpoint so far, and keeps what they answer
// with it. The error names those who did not sign; the others' signatures hold all the same.
func (p *Proofs) cosign(ctx context.Context, last store.Stored[proof.Checkpoint]) (proof.Checkpoint, error) {
	next := last.Value
	var missing []error
	for _, w := range p.Witnesses {
		if w.Cosignatures(next.Note) != "" {
			continue
		}
		lines, err := p.ask(ctx, w, next)
		if err != nil {
			missing = append(missing, fmt.Errorf("the witness %s has not signed the checkpoint of %d events: %w", w.Name(), next.Size, err))
			continue
		}
		next.Note += lines
	}
	if next.Note == last.Value.Note {
		return next, errors.Join(missing...)
	}
	var c store.Change
	records.Checkpoints.Update(&c, last, next)
	return next, errors.Join(append(missing, p.CommitOnce(ctx, &c))...)
}

// ask gets the signature of a witness. The witness says from which size on it wants to see that
// the log has grown: the first question names the size that it has signed to our knowledge.
func (p *Proofs) ask(ctx context.Context, w proof.Witness, last proof.Checkpoint) (lines string, err error) {
	p.mu.Lock()
	from := p.witnessed[w.Key]
	p.mu.Unlock()
	const questions = 2
	for range questions {
		body, err := p.question(ctx, from, last)
		if err != nil {
			return "", err
		}
		status, answer, err := post(ctx, w, body)
		if err != nil {
			return "", err
		}
		switch knows, isSize := strconv.ParseInt(strings.TrimSpace(string(answer)), 10, 64); {
		case status == http.StatusOK:
			if lines = w.Cosignatures(last.Note + string(answer)); lines == "" {
				return "", errors.New("its answer holds no signature of its key")
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.witnessed == nil {
				p.witnessed = map[string]int64{}
			}
			p.witnessed[w.Key] = last.Size
			return lines, nil
		case status != http.StatusConflict || isSize != nil || knows < 0:
			return "", fmt.Errorf("it answers %d", status)
		case knows > last.Size:
			return "", fmt.Errorf("%w: it has signed %d events of this log: was a backup restored?", proof.ErrBroken, knows)
		case knows == from:
			return "", fmt.Errorf("%w: it has signed another log of %d events", proof.ErrBroken, knows)
		default:
			from = knows
		}
	}
	return "", errors.New("its state changes while it is asked")
}

// post posts to a witness.
func post(ctx context.Context, w proof.Witness, body string) (status int, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return jsoncall.Call{Service: "the witness", Address: strings.TrimSuffix(w.Address, "/") + "/add-checkpoint", Type: "text/plain; charset=utf-8", Body: []byte(body)}.Post(ctx)
}

// question is the body of add-checkpoint: the old size, the proof that the log goes on from it,
// and the checkpoint.
func (p *Proofs) question(ctx context.Context, from int64, last proof.Checkpoint) (string, error) {
	var path [][]byte
	if from > 0 && from < last.Size {
		tree, err := p.tree(ctx)
		if err != nil {
			return "", err
		}
		if path, err = p.of(tree.Value.Size).Consistency(ctx, from, last.Size); err != nil {
			return "", err
		}
	}
	var body strings.Builder
	fmt.Fprintf(&body, "old %d\n", from)
	for _, hash := range path {
		body.WriteString(base64.StdEncoding.EncodeToString(hash) + "\n")
	}
	body.WriteString("\n" + last.Note)
	return body.String(), nil
}
