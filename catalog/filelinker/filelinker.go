// Package filelinker writes request links into a directory of files: the reference
// for linkers, and good for catalogs that import files.
//
// There is a folder for each connection, and in it a JSON file for each asset that
// has links. A file is replaced as a whole, or not at all.
package filelinker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/grantwright/grantwright/catalog"
)

// Linker is a catalog.Linker into a directory. Any number of goroutines and
// processes may use it.
type Linker struct{ dir string }

var _ catalog.Linker = (*Linker)(nil)

// New returns a Linker into a directory, which is made when it is first needed.
func New(dir string) *Linker { return &Linker{dir: dir} }

// Link writes a file for each asset.
func (l *Linker) Link(ctx context.Context, links []catalog.AssetLinks) []error {
	errs := make([]error, len(links))
	for i, one := range links {
		if errs[i] = ctx.Err(); errs[i] == nil {
			errs[i] = l.write(one)
		}
	}
	return errs
}

// Read returns the links of an asset as they stand; the error wraps fs.ErrNotExist
// where there are none.
func (l *Linker) Read(ref catalog.Ref) (links catalog.AssetLinks, err error) {
	path, err := l.path(ref)
	if err != nil {
		return links, err
	}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &links)
	}
	if err != nil {
		return links, fmt.Errorf("filelinker: %s: %w", ref, err)
	}
	return links, nil
}

func (l *Linker) write(links catalog.AssetLinks) error {
	path, err := l.path(links.Ref)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // so that a link reads as it is
	encoder.SetIndent("", "  ")
	if err = encoder.Encode(links); err == nil {
		err = replace(path, text.Bytes())
	}
	if err != nil {
		return fmt.Errorf("filelinker: %s: %w", links.Ref, err)
	}
	return nil
}

// replace puts a file in the place of another, which readers see until then.
func replace(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// path is where the links of an asset stand. What comes from a platform never
// leads out of the directory, and no two assets share a file, also where a file
// system takes no heed of case.
func (l *Linker) path(ref catalog.Ref) (string, error) {
	if same, err := catalog.ParseRef(string(ref)); err != nil || same != ref {
		return "", fmt.Errorf("filelinker: %w: %.80q", catalog.ErrRef, ref)
	}
	_, name, _ := strings.Cut(string(ref), ":")
	return filepath.Join(l.dir, ref.Connection(), escape(name)+".json"), nil
}

// longest is how long a name of a file may be: file systems take 255 bytes.
const longest = 200

// escape keeps lower case letters, digits, "_", "-" and single dots, and writes
// every other byte in hexadecimal. What becomes too long ends in a hash.
func escape(name string) string {
	var b strings.Builder
	for i, c := range []byte(name) {
		plain := c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' && i > 0 && name[i-1] != '.'
		if plain {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if b.Len() <= longest {
		return b.String()
	}
	sum := sha256.Sum256([]byte(name))
	return b.String()[:longest-65] + "~" + hex.EncodeToString(sum[:])
}
