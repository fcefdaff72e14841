package manifest

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFiles bounds the files of one folder.
const maxFiles = 200

// ReadFolder reads the files of a folder whose names end in .yaml or .yml, in the order of
// their names, as if they were one: each list may be split over them, and each may name what
// stands in another. Folders in it are not read. A name that two of them give is a fault which
// names both. Errors are those of Read, and those of the file system.
func ReadFolder(dir string) (*File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("manifest: reading %s: %w", dir, err)
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool {
		return e.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(e.Name()))
	})
	if len(entries) == 0 || len(entries) > maxFiles {
		return nil, fmt.Errorf("manifest: %s holds %d files whose names end in .yaml or .yml, must hold 1 to %d", dir, len(entries), maxFiles)
	}
	d := newDecoder(Definitions{})
	for _, e := range entries {
		if err := d.readPart(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return d.file()
}

// readPart reads one file of several.
func (d *decoder) readPart(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("manifest: reading %s: %w", path, err)
	}
	defer func() { _ = f.Close() }()
	return d.read(path, f)
}

// part is one of the files that are read as one. Their lines are counted on, so that the line
// of a node says in which it stands.
type part struct {
	name   string
	before int            // lines of the parts before it
	starts map[string]int // of each list: how many of it stand in the parts before
}

// shift counts the lines of a node, and of those in it, from the first part on.
func shift(n *yaml.Node, by int, seen map[*yaml.Node]bool) {
	if n == nil || seen[n] {
		return
	}
	seen[n] = true
	n.Line += by
	shift(n.Alias, by, seen)
	for _, child := range n.Content {
		shift(child, by, seen)
	}
}

// merge puts the lists of a part behind those of the parts before it.
func (d *decoder) merge(root *yaml.Node) {
	p := &d.parts[len(d.parts)-1]
	shift(root, p.before, map[*yaml.Node]bool{})
	if d.root == nil || empty(d.root) {
		d.root = root
		return
	}
	if empty(root) {
		return
	}
	for _, one := range []*yaml.Node{d.root, root} {
		if one.ShortTag() != "!!map" {
			d.misread(one, "", "must be a mapping of keys to values")
			return
		}
	}
	all, own := d.root, len(d.root.Content)
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		at := 0
		for at < own && all.Content[at].Value != key.Value {
			at += 2
		}
		if _, twice := p.starts[key.Value]; twice || at >= own { // at >= own: no part before it has the key
			all.Content = append(all.Content, key, value)
			continue
		}
		before, isList := listIn(all.Content[at+1])
		added, isToo := listIn(value)
		if !isList || !isToo {
			all.Content = append(all.Content, key, value)
			continue
		}
		p.starts[key.Value] = len(before)
		list := *all.Content[at+1]
		if list.Kind == yaml.AliasNode {
			list = *list.Alias
		}
		if empty(&list) {
			list = *value
		}
		list.Content = slices.Concat(before, added)
		all.Content[at+1] = &list
	}
}

// listIn are the elements of a list; a key without a value has none.
func listIn(n *yaml.Node) (elements []*yaml.Node, is bool) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n.Content, n.Kind == yaml.SequenceNode || empty(n)
}

// partAt is the part in which a line stands.
func (d *decoder) partAt(line int) part {
	at, is := slices.BinarySearchFunc(d.parts, line-1, func(p part, line int) int { return cmp.Compare(p.before, line) })
	if !is {
		at--
	}
	return d.parts[max(at, 0)]
}

var listed = regexp.MustCompile(`^(\w+)\[(\d+)\]`)

// local is a field of all parts as its own part counts it.
func (p part) local(field string) string {
	m := listed.FindStringSubmatch(field)
	if m == nil || p.starts[m[1]] == 0 {
		return field
	}
	index, _ := strconv.Atoi(m[2])
	return fmt.Sprintf("%s[%d]%s", m[1], index-p.starts[m[1]], strings.TrimPrefix(field, m[0]))
}

// lineFor says where an earlier line is, to a reader of a line: its number, and its part
// where that is another.
func (d *decoder) lineFor(line, reader int) string {
	at := d.partAt(line)
	if at.before == d.partAt(reader).before {
		return strconv.Itoa(line - at.before)
	}
	return fmt.Sprintf("%d of %s", line-at.before, at.name)
}

// otherIn is an earlier element of a list, to a reader of a field.
func (d *decoder) otherIn(list string, index int, reader string) string {
	field := fmt.Sprintf("%s[%d]", list, index)
	at := d.partAt(d.node(field).Line)
	if at.before == d.partAt(d.node(reader).Line).before {
		return at.local(field)
	}
	return at.local(field) + " in " + at.name
}
