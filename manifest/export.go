package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Export writes definitions as a file from which Read reads the same definitions.
func Export(w io.Writer, d Definitions) error {
	text, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	document, err := nodeOf(decoder)
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	if last := len(document.Content) - 2; len(d.Others) > 0 {
		document.Content = append(document.Content[:last], document.Content[last+1].Content...)
	}
	for i := 1; i < len(document.Content); i += 2 {
		for _, one := range document.Content[i].Content {
			dropKeys(one, elsewhereKeys...)
		}
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	return encoder.Close()
}

// nodeOf makes a node of the next value of JSON, and keeps the order of its fields.
func nodeOf(d *json.Decoder) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.MappingNode}
		if v == '[' {
			n.Kind = yaml.SequenceNode
		}
		for d.More() {
			inner, err := nodeOf(d)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, inner)
		}
		_, err = d.Token() // the end
		return n, err
	case string:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v, Style: styleOf(v)}, nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(token)}, nil
}

// plainly are texts that read as they are without quotes around them.
var plainly = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9 ,.?()/_-]*[A-Za-z0-9?.)])?$`)

// lines are texts that can stand as they are below their key.
var lines = regexp.MustCompile(`^[!-~][\n -~]*[!-~]\n?$`)

// quotable are texts that read best between single quotes.
var quotable = regexp.MustCompile(`^[!-&(-~]([ -&(-~]*[!-&(-~])?$`)

// styleOf writes a text without quotes where these change nothing.
func styleOf(text string) yaml.Style {
	switch {
	case strings.Contains(text, "\n") && lines.MatchString(text):
		return yaml.LiteralStyle
	case plainly.MatchString(text) && (&yaml.Node{Kind: yaml.ScalarNode, Value: text}).ShortTag() == "!!str":
		return 0
	}
	if quotable.MatchString(text) {
		return yaml.SingleQuotedStyle
	}
	return yaml.DoubleQuotedStyle
}

// dropKeys takes what is set elsewhere out of a mapping.
func dropKeys(n *yaml.Node, keys ...string) {
	var kept []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !slices.Contains(keys, n.Content[i].Value) {
			kept = append(kept, n.Content[i:i+2]...)
		}
	}
	n.Content = kept
}
