package proof_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/grantwright/grantwright/client/api"
	"github.com/grantwright/grantwright/client/proof"
)

// log is a log of the test's own.
type log struct {
	signer note.Signer
	public string
	leaves []string
	stored []tlog.Hash
}

func newLog(t *testing.T, events int, word string) *log {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, "access.example.com/log")
	must(t, err)
	l := &log{public: public}
	l.signer, err = note.NewSigner(secret)
	must(t, err)
	for i := range events {
		leaf := fmt.Sprintf(`{"by":%q,"number":%d,"request":"R","seq":%d}`, word, i+1, i+1)
		more, err := tlog.StoredHashes(int64(i), []byte(leaf), l)
		must(t, err)
		l.leaves, l.stored = append(l.leaves, leaf), append(l.stored, more...)
	}
	return l
}

func (l *log) ReadHashes(at []int64) (all []tlog.Hash, _ error) {
	for _, i := range at {
		all = append(all, l.stored[i])
	}
	return all, nil
}

func (l *log) checkpoint(t *testing.T, size int64) string {
	t.Helper()
	root, err := tlog.TreeHash(size, l)
	must(t, err)
	text, err := note.Sign(&note.Note{Text: fmt.Sprintf("access.example.com/log\n%d\n%s\n", size, root)}, l.signer)
	must(t, err)
	return string(text)
}

// export are the lines of an export: the events, and the checkpoint.
func (l *log) export(t *testing.T) (lines []proof.Line) {
	t.Helper()
	for _, leaf := range l.leaves {
		h := tlog.RecordHash([]byte(leaf))
		lines = append(lines, proof.Line{Leaf: leaf, Hash: h[:]})
	}
	return append(lines, proof.Line{Checkpoint: l.checkpoint(t, int64(len(l.leaves)))})
}

func written(t *testing.T, lines []proof.Line) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	to := json.NewEncoder(&b)
	for _, l := range lines {
		must(t, to.Encode(l))
	}
	return &b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestExports edits an export, and wants each edit to be named.
func TestExports(t *testing.T) {
	t.Parallel()
	l, other := newLog(t, 20, "eve@example.com"), newLog(t, 20, "mallory@example.com")
	changed := func(n int, hashed bool) func([]proof.Line) []proof.Line {
		return func(all []proof.Line) []proof.Line {
			all[n-1].Leaf = strings.Replace(all[n-1].Leaf, "eve", "mallory", 1)
			if h := tlog.RecordHash([]byte(all[n-1].Leaf)); hashed {
				all[n-1].Hash = h[:]
			}
			return all
		}
	}
	for _, tt := range []struct {
		name string
		edit func([]proof.Line) []proof.Line
		o    proof.Options
		want string // one of the faults; empty: there is none
	}{
		{"nothing", nil, proof.Options{Key: l.public}, ""},
		{"nothing, since an earlier one", nil, proof.Options{Key: l.public, Since: l.checkpoint(t, 7)}, ""},
		{"nothing, since itself", nil, proof.Options{Key: l.public, Since: l.checkpoint(t, 20)}, ""},
		{"nothing, without a key", nil, proof.Options{}, ""},
		{"changed", changed(5, false), proof.Options{Key: l.public}, "event 5 was changed: it is not the one that was hashed"},
		{"changed, with its hash", changed(5, true), proof.Options{Key: l.public}, "the events are not those of the checkpoint: some were changed together with their hashes, or stand in another order"},
		{"no JSON", func(all []proof.Line) []proof.Line { all[4].Leaf = "{"; return all }, proof.Options{Key: l.public}, "event 5 cannot be read: it was changed"},
		{"removed", func(all []proof.Line) []proof.Line { return slices.Delete(all, 4, 5) }, proof.Options{Key: l.public}, "event 5 is missing"},
		{"several removed", func(all []proof.Line) []proof.Line { return slices.Delete(all, 4, 7) }, proof.Options{Key: l.public}, "events 5 to 7 are missing"},
		{"swapped", func(all []proof.Line) []proof.Line { all[4], all[5] = all[5], all[4]; return all }, proof.Options{Key: l.public}, "event 5 was reordered: it stands after event 6"},
		{"twice", func(all []proof.Line) []proof.Line { return slices.Insert(all, 5, all[4]) }, proof.Options{Key: l.public}, "event 5 stands there twice"},
		{"cut off", func(all []proof.Line) []proof.Line { return all[:12] }, proof.Options{Key: l.public}, "the file has no checkpoint: it was cut off after event 12"},
		{"cut off before the checkpoint", func(all []proof.Line) []proof.Line { return slices.Delete(all, 18, 20) }, proof.Options{Key: l.public}, "events 19 to 20 are missing: the file was cut off"},
		{"no events at all", func(all []proof.Line) []proof.Line { return all[20:] }, proof.Options{Key: l.public}, "events 1 to 20 are missing: the file was cut off"},
		{"events after the checkpoint", func(all []proof.Line) []proof.Line { return append(all, all[0]) }, proof.Options{Key: l.public}, "line 22 stands after the checkpoint"},
		{"a wrong key", nil, proof.Options{Key: other.public}, "the checkpoint is not signed by the key of the log"},
		{"a forged size", func(all []proof.Line) []proof.Line {
			all[20].Checkpoint = strings.Replace(all[20].Checkpoint, "\n20\n", "\n19\n", 1)
			return all
		}, proof.Options{Key: l.public}, "the checkpoint is not signed by the key of the log"},
		{"no checkpoint", func(all []proof.Line) []proof.Line { all[20].Checkpoint = "x"; return all }, proof.Options{Key: l.public}, "this is no checkpoint"},
		{"a fork", nil, proof.Options{Since: other.checkpoint(t, 7)}, "the log is another one: it does not begin with the 7 events of the earlier checkpoint"},
		{"an older export", func(all []proof.Line) []proof.Line {
			return append(all[:10], proof.Line{Checkpoint: l.checkpoint(t, 10)})
		}, proof.Options{Key: l.public, Since: l.checkpoint(t, 20)}, "the log has become shorter: the earlier checkpoint covers 20 events, this one 10"},
		{"an earlier one of another key", nil, proof.Options{Key: l.public, Since: other.checkpoint(t, 7)}, "the earlier checkpoint is not signed by the key of the log"},
	} {
		lines := l.export(t)
		if tt.edit != nil {
			lines = tt.edit(lines)
		}
		r, err := proof.Verify(written(t, lines), tt.o)
		if err != nil || tt.want == "" && len(r.Faults) > 0 || tt.want != "" && !slices.Contains(r.Faults, tt.want) {
			t.Errorf("%s: %q, %v, want %q", tt.name, r.Faults, err, tt.want)
		}
		if tt.want == "" && (r.Events != 20 || r.Checkpoint != 20 || r.Signed != (tt.o.Key != "")) {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
	later := l.export(t)
	later[20].Checkpoint = l.checkpoint(t, 15)
	if r, err := proof.Verify(written(t, later), proof.Options{Key: l.public}); err != nil || r.Later != 5 || len(r.Faults) > 0 {
		t.Errorf("five events are newer: %+v, %v", r, err)
	}
}

func (l *log) story(t *testing.T) api.Story {
	t.Helper()
	size := int64(len(l.leaves))
	s := api.Story{Request: "R", Checkpoint: l.checkpoint(t, size)}
	for i, leaf := range l.leaves[:6] {
		path, err := tlog.ProveRecord(size, int64(i), l)
		must(t, err)
		h := tlog.RecordHash([]byte(leaf))
		p := api.Proven{Leaf: leaf, Hash: h[:], Number: int64(i + 1)}
		for _, h := range path {
			p.Proof = append(p.Proof, h[:])
		}
		s.Events = append(s.Events, p)
	}
	return s
}

func TestStories(t *testing.T) {
	t.Parallel()
	l, other := newLog(t, 20, "eve@example.com"), newLog(t, 20, "mallory@example.com")
	for _, tt := range []struct {
		name string
		edit func(*api.Story)
		key  string
		want string
	}{
		{"nothing", func(*api.Story) {}, l.public, ""},
		{"changed", func(s *api.Story) { s.Events[2].Leaf = other.leaves[2] }, l.public, "event 3 does not stand in the log: it was changed, or it was never logged"},
		{"a proof of another", func(s *api.Story) { s.Events[2].Proof = s.Events[3].Proof }, l.public, "event 3 does not stand in the log: it was changed, or it was never logged"},
		{"a short hash", func(s *api.Story) { s.Events[2].Proof[0] = []byte("x") }, l.public, "event 3 does not stand in the log: it was changed, or it was never logged"},
		{"another number", func(s *api.Story) { s.Events[2].Number = 21 }, l.public, "event 21 does not stand in the log: it was changed, or it was never logged"},
		{"removed", func(s *api.Story) { s.Events = slices.Delete(s.Events, 2, 3) }, l.public, "before event 4, number 4 of the request, something was removed or reordered: it must be number 3"},
		{"the first removed", func(s *api.Story) { s.Events = s.Events[1:] }, l.public, "before event 2, number 2 of the request, something was removed or reordered: it must be number 1"},
		{"swapped", func(s *api.Story) { s.Events[2], s.Events[3] = s.Events[3], s.Events[2] }, l.public, "before event 4, number 4 of the request, something was removed or reordered: it must be number 3"},
		{"of another request", func(s *api.Story) { s.Request = "S" }, l.public, "event 1 is of another request: R"},
		{"a wrong key", func(*api.Story) {}, other.public, "the checkpoint is not signed by the key of the log"},
		{"another log", func(s *api.Story) { s.Checkpoint = other.checkpoint(t, 20) }, "", "event 1 does not stand in the log: it was changed, or it was never logged"},
	} {
		s := l.story(t)
		tt.edit(&s)
		for _, indent := range []string{"", "  "} { // whoever prints it prettily breaks nothing
			text, err := json.MarshalIndent(s, "", indent)
			must(t, err)
			r, err := proof.Verify(bytes.NewReader(text), proof.Options{Key: tt.key})
			if err != nil || tt.want == "" && len(r.Faults) > 0 || tt.want != "" && !slices.Contains(r.Faults, tt.want) {
				t.Errorf("%s: %q, %v, want %q", tt.name, r.Faults, err, tt.want)
			}
		}
	}
}

// TestWitnesses wants the signature of each witness that is named, on this checkpoint.
func TestWitnesses(t *testing.T) {
	t.Parallel()
	l := newLog(t, 20, "eve@example.com")
	of := func(name string) (note.Signer, string) {
		secret, public, err := note.GenerateKey(rand.Reader, name)
		must(t, err)
		signer, err := cosignature.NewSignerForCosignatureV1(secret)
		must(t, err)
		return signer, public
	}
	signer, public := of("witness.example.com")
	_, other := of("witness.example.com")
	cosigned := func(text string) string {
		body, _, _ := strings.Cut(text, "\n\n")
		signed, err := note.Sign(&note.Note{Text: body + "\n"}, signer)
		must(t, err)
		return text + strings.TrimPrefix(string(signed), body+"\n\n")
	}
	_, earlier, _ := strings.Cut(cosigned(l.checkpoint(t, 7)), "\n\n")
	plain := l.checkpoint(t, 20)
	for name, tt := range map[string]struct {
		checkpoint string
		witnesses  []string
		holds      bool
	}{
		"cosigned":                 {cosigned(plain), []string{public}, true},
		"cosigned, nobody asks":    {cosigned(plain), nil, true},
		"not cosigned":             {plain, []string{public}, false},
		"by another of its name":   {cosigned(plain), []string{other}, false},
		"one of two":               {cosigned(plain), []string{public, other}, false},
		"of an earlier checkpoint": {plain + earlier, []string{public}, false},
	} {
		lines := l.export(t)
		lines[len(lines)-1].Checkpoint = tt.checkpoint
		r, err := proof.Verify(written(t, lines), proof.Options{Key: l.public, Witnesses: tt.witnesses})
		must(t, err)
		if says := "the checkpoint is not signed by the witness witness.example.com"; tt.holds != (len(r.Faults) == 0) || !tt.holds && !slices.Contains(r.Faults, says) {
			t.Errorf("%s: %q", name, r.Faults)
		}
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	l := newLog(t, 3, "eve@example.com")
	for _, tt := range []struct {
		text string
		o    proof.Options
	}{
		{"", proof.Options{}}, {"x", proof.Options{}}, {`{"leaf":`, proof.Options{}}, {"{\"leaf\":\"{}\"}\nx\n", proof.Options{}},
		{"{}", proof.Options{Key: "x"}}, {"{}", proof.Options{Since: "x"}}, {"{}", proof.Options{Witnesses: []string{"x"}}}, {`{"events":[]}`, proof.Options{Since: l.checkpoint(t, 2)}},
	} {
		if r, err := proof.Verify(strings.NewReader(tt.text), tt.o); err == nil {
			t.Errorf("%q with %+v: %+v", tt.text, tt.o, r)
		}
	}
}
