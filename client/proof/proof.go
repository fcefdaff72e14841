// Package proof checks what Grantwright says of its log, offline: an export of the log, or the
// story of a request, by the public key of the log alone. It links nothing of the engine, and
// takes another implementation of the tree (golang.org/x/mod/sumdb/tlog).
//
// The leaves of the tree are the events in canonical JSON; their hashes are those of RFC 6962,
// and a checkpoint is a signed note (C2SP tlog-checkpoint).
package proof

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/grantwright/grantwright/client/api"
)

// maxLine bounds a line of an export: an event is smaller than 1 MiB, and its text may double
// as JSON.
const maxLine = 4 << 20

// maxFaults bounds what a report names.
const maxFaults = 100

// maxMissing bounds a gap within which a later line may still be put in its place.
const maxMissing = 10_000

// Options say by what a file is checked.
type Options struct {
	Key   string // the public key of the log, as note.NewVerifier reads it; empty checks no signature
	Since string // an earlier checkpoint that the log must go on from; empty: none

	// Witnesses are the public keys of those who must have cosigned the checkpoint.
	Witnesses []string
}

// Report says what came of it. The file holds if there are no faults.
type Report struct {
	Events     int64    `json:"events"`     // that were checked
	Checkpoint int64    `json:"checkpoint"` // how many events the checkpoint covers
	Later      int64    `json:"later"`      // events that are newer than the checkpoint: nothing proves them
	Signed     bool     `json:"signed"`     // the checkpoint bears a signature of the key
	Since      int64    `json:"since"`      // how many events the earlier checkpoint covers; 0 without one
	Faults     []string `json:"faults"`     // in words, at most 100
}

func (r *Report) fault(format string, args ...any) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// Line is a line of an export: an event, or in the last line the checkpoint.
type Line struct {
	Leaf       string `json:"leaf,omitempty"`
	Hash       []byte `json:"hash,omitempty"`
	Checkpoint string `json:"checkpoint,omitempty"`
}

// Verify checks an export, or a story: it finds out which one it is. An error says that the
// file or an option cannot be read; what does not hold stands in the report.
func Verify(file io.Reader, o Options) (Report, error) {
	c := &check{report: Report{Faults: []string{}}, missing: map[int64]bool{}, next: 1}
	if err := c.options(o); err != nil {
		return c.report, err
	}
	text := bufio.NewReaderSize(file, 64<<10)
	first, err := text.Peek(16)
	if err != nil && !errors.Is(err, io.EOF) {
		return c.report, err
	}
	if strings.HasPrefix(string(first), `{"leaf"`) || isCheckpoint(text) {
		err = c.export(text)
	} else {
		err = c.story(text)
	}
	return c.report, err
}

// isCheckpoint reports whether there is a checkpoint alone: an export without any event.
func isCheckpoint(text *bufio.Reader) bool {
	start, err := text.Peek(text.Size())
	var l Line
	var s api.Story
	return errors.Is(err, io.EOF) && json.Unmarshal(start, &l) == nil && l.Checkpoint != "" && json.Unmarshal(start, &s) == nil && s.Events == nil
}

// check is one run of Verify.
type check struct {
	report  Report
	key     note.Verifier
	wanted  []note.Verifier // the witnesses
	since   *tlog.Tree
	next    int64          // the number of the next event
	missing map[int64]bool // numbers that were left out so far
	hashes  []tlog.Hash    // of the lines of an export, as they state them
}

func (c *check) options(o Options) (err error) {
	if o.Key != "" {
		if c.key, err = note.NewVerifier(strings.TrimSpace(o.Key)); err != nil {
			return fmt.Errorf("the key cannot be read: %w", err)
		}
	}
	for _, w := range o.Witnesses {
		key, err := cosignature.NewVerifierForCosignatureV1(strings.TrimSpace(w))
		if err != nil {
			return fmt.Errorf("the key of a witness cannot be read: %w", err)
		}
		c.wanted = append(c.wanted, key)
	}
	if o.Since != "" {
		tree, signed, err := c.open(o.Since)
		if err != nil {
			return fmt.Errorf("the earlier checkpoint: %w", err)
		}
		if c.key != nil && !signed {
			c.report.fault("the earlier checkpoint is not signed by the key of the log")
		}
		c.since, c.report.Since = &tree, tree.N
	}
	return nil
}

// open reads a checkpoint, and says whether the key has signed it.
func (c *check) open(text string) (tree tlog.Tree, signed bool, err error) {
	body, _, is := strings.Cut(text, "\n\n")
	lines := strings.Split(body, "\n")
	if !is || len(lines) < 3 {
		return tree, false, errors.New("this is no checkpoint")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil || tree.N < 0 {
		return tree, false, errors.New("the size of the checkpoint cannot be read")
	}
	if tree.Hash, err = tlog.ParseHash(lines[2]); err != nil {
		return tree, false, errors.New("the root of the checkpoint cannot be read")
	}
	if c.key != nil && lines[0] == c.key.Name() {
		n, err := note.Open([]byte(text), note.VerifierList(c.key))
		signed = err == nil && len(n.Sigs) > 0
	}
	return tree, signed, nil
}

// checkpoint opens the checkpoint of the file.
func (c *check) checkpoint(text string) (tlog.Tree, bool) {
	tree, signed, err := c.open(text)
	if err != nil {
		c.report.fault("%v", err)
		return tree, false
	}
	c.report.Checkpoint, c.report.Signed = tree.N, signed
	for _, w := range c.wanted {
		if n, err := note.Open([]byte(text), note.VerifierList(w)); err != nil || len(n.Sigs) == 0 {
			c.report.fault("the checkpoint is not signed by the witness %s", w.Name())
		}
	}
	if c.key != nil && !signed {
		c.report.fault("the checkpoint is not signed by the key of the log")
	}
	return tree, true
}

// story checks the proofs of a request.
func (c *check) story(text io.Reader) error {
	var s api.Story
	if err := json.NewDecoder(text).Decode(&s); err != nil {
		return fmt.Errorf("the file is neither an export nor a story: %w", err)
	}
	if c.since != nil {
		return errors.New("an earlier checkpoint is compared with an export, and not with a story")
	}
	tree, is := c.checkpoint(s.Checkpoint)
	if !is {
		return nil
	}
	c.report.Later = s.Later
	seq := int64(0)
	for _, e := range s.Events {
		c.report.Events++
		var path tlog.RecordProof
		for _, h := range e.Proof {
			if len(h) != tlog.HashSize {
				h = make([]byte, tlog.HashSize)
			}
			path = append(path, tlog.Hash(h))
		}
		if e.Number < 1 || e.Number > tree.N || tlog.CheckRecord(path, tree.N, tree.Hash, e.Number-1, tlog.RecordHash([]byte(e.Leaf))) != nil {
			c.report.fault("event %d does not stand in the log: it was changed, or it was never logged", e.Number)
			continue
		}
		of, err := fieldsOf(e.Leaf)
		switch {
		case err != nil || of.Number != e.Number:
			c.report.fault("event %d says another number: %d", e.Number, of.Number)
		case s.Request != "" && of.Request != s.Request:
			c.report.fault("event %d is of another request: %s", e.Number, of.Request)
		case s.Request != "" && of.Seq != seq+1:
			c.report.fault("before event %d, number %d of the request, something was removed or reordered: it must be number %d", e.Number, of.Seq, seq+1)
		}
		seq = of.Seq
	}
	return nil
}

// fields are those of an event that the check needs.
type fields struct {
	Number  int64  `json:"number"`
	Request string `json:"request"`
	Seq     int64  `json:"seq"`
}

func fieldsOf(leaf string) (f fields, err error) {
	err = json.Unmarshal([]byte(leaf), &f)
	return f, err
}

// export checks the lines of an export.
func (c *check) export(text io.Reader) error {
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	last := ""
	for n := 1; lines.Scan(); n++ {
		var l Line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return fmt.Errorf("line %d cannot be read: %w", n, err)
		}
		if l.Checkpoint != "" {
			last = l.Checkpoint
			continue
		}
		if last != "" {
			c.report.fault("line %d stands after the checkpoint", n)
		}
		c.line(l)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	for _, gap := range gaps(c.missing) {
		c.report.fault("%s missing", gap)
	}
	if last == "" {
		c.report.fault("the file has no checkpoint: it was cut off after event %d", c.next-1)
		return nil
	}
	c.compare(last)
	return nil
}

// line checks one event of an export: its place, and its hash.
func (c *check) line(l Line) {
	c.report.Events++
	of, err := fieldsOf(l.Leaf)
	switch {
	case err != nil || of.Number < 1:
		c.report.fault("event %d cannot be read: it was changed", c.next)
		of.Number = c.next
	case of.Number < c.next && c.missing[of.Number]:
		delete(c.missing, of.Number)
		c.report.fault("event %d was reordered: it stands after event %d", of.Number, c.next-1)
	case of.Number < c.next:
		c.report.fault("event %d stands there twice", of.Number)
	case of.Number-c.next > maxMissing:
		c.report.fault("events %d to %d are missing", c.next, of.Number-1)
	default:
		for n := c.next; n < of.Number; n++ {
			c.missing[n] = true
		}
	}
	c.next = max(c.next, of.Number+1)
	h := tlog.RecordHash([]byte(l.Leaf))
	if string(h[:]) != string(l.Hash) {
		c.report.fault("event %d was changed: it is not the one that was hashed", of.Number)
	}
	if len(l.Hash) == tlog.HashSize {
		h = tlog.Hash(l.Hash)
	}
	c.hashes = append(c.hashes, h)
}

// compare compares the roots of an export with its checkpoint, and with an earlier one.
func (c *check) compare(text string) {
	tree, is := c.checkpoint(text)
	if !is {
		return
	}
	c.report.Later = max(0, c.next-1-tree.N)
	if c.next-1 < tree.N {
		c.report.fault("events %d to %d are missing: the file was cut off", c.next, tree.N)
	}
	if int64(len(c.hashes)) != c.next-1 || int64(len(c.hashes)) < tree.N {
		return // what is missing was said
	}
	if root := rootOf(c.hashes[:tree.N]); root != tree.Hash {
		c.report.fault("the events are not those of the checkpoint: some were changed together with their hashes, or stand in another order")
	}
	if c.since == nil {
		return
	}
	if c.since.N > tree.N {
		c.report.fault("the log has become shorter: the earlier checkpoint covers %d events, this one %d", c.since.N, tree.N)
		return
	}
	if rootOf(c.hashes[:c.since.N]) != c.since.Hash {
		c.report.fault("the log is another one: it does not begin with the %d events of the earlier checkpoint", c.since.N)
	}
}

// edge holds the roots of the full subtrees from the left, the largest first.
type edge []struct {
	hash tlog.Hash
	size int64
}

// rootOf is the root of a tree with these leaves.
func rootOf(leaves []tlog.Hash) tlog.Hash {
	var e edge
	for _, h := range leaves {
		size := int64(1)
		for len(e) > 0 && e[len(e)-1].size == size {
			h, size = tlog.NodeHash(e[len(e)-1].hash, h), 2*size
			e = e[:len(e)-1]
		}
		e = append(e, struct {
			hash tlog.Hash
			size int64
		}{h, size})
	}
	if len(e) == 0 {
		root, _ := tlog.TreeHash(0, nil) // reads nothing
		return root
	}
	root := e[len(e)-1].hash
	for _, left := range slices.Backward(e[:len(e)-1]) {
		root = tlog.NodeHash(left.hash, root)
	}
	return root
}

// gaps puts numbers into words: each run of them is one.
func gaps(numbers map[int64]bool) (all []string) {
	sorted := make([]int64, 0, len(numbers))
	for n := range numbers {
		sorted = append(sorted, n)
	}
	slices.Sort(sorted)
	for i := 0; i < len(sorted); {
		j := i
		for j+1 < len(sorted) && sorted[j+1] == sorted[j]+1 {
			j++
		}
		if i == j {
			all = append(all, fmt.Sprintf("event %d is", sorted[i]))
		} else {
			all = append(all, fmt.Sprintf("events %d to %d are", sorted[i], sorted[j]))
		}
		i = j + 1
	}
	return all
}
