package config

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a node is.
type kind uint8

const (
	empty  kind = iota // nothing was written: the default stays
	scalar             // text
	list
	table
)

func (k kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a table of keys"}[k]
}

// node is a value as it was written.
type node struct {
	kind   kind
	at     Place
	text   string
	quoted bool // text was in quotes: it is never a number or a list
	items  []*node
	keys   []key // of a table, in order
}

type key struct {
	name  string
	at    Place
	value *node
}

// argument reads key=value, number i from 1 on. Dots in the key lead into
// tables; a value in brackets or braces is YAML.
func argument(text string, i int) (*node, error) {
	at := Place{Arg: i, Text: text}
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return nil, wrong(at, "is not a setting; settings are written key=value, such as seed=3")
	}
	switch { // what no file could say
	case strings.ContainsFunc(name, unicode.IsControl) || strings.ContainsRune(value, 0):
		return nil, wrong(at, "holds a control character; leave it out")
	case !utf8.ValidString(text):
		return nil, wrong(at, "is not UTF-8 text")
	}
	if strings.TrimSpace(value) == "" {
		return nil, wrong(at, "has no value; write one behind the equals sign, [] for an empty list, or leave %s= out", name)
	}
	leaf := &node{kind: scalar, at: at, text: value}
	if strings.HasPrefix(value, "[") || strings.HasPrefix(value, "{") {
		var err error
		if leaf, err = parse(at, []byte(value)); err != nil {
			return nil, err
		}
	}
	parts := strings.Split(name, ".")
	for n := len(parts) - 1; n >= 0; n-- {
		if parts[n] == "" {
			return nil, wrong(at, "the key %q has an empty part", name)
		}
		leaf = &node{kind: table, at: at, keys: []key{{parts[n], at, leaf}}}
	}
	return leaf, nil
}

// commas makes a list of a value such as 32,32.
func (n *node) commas() []*node {
	switch {
	case n.kind == list:
		return n.items
	case n.quoted || !strings.Contains(n.text, ","):
		return []*node{n}
	}
	var items []*node
	for part := range strings.SplitSeq(n.text, ",") {
		items = append(items, &node{kind: scalar, at: n.at, text: strings.TrimSpace(part)})
	}
	return items
}

// look returns the value of a key of a table, nil if there is none.
func (n *node) look(name string) *node {
	for i := range n.keys {
		if n.keys[i].name == name {
			return n.keys[i].value
		}
	}
	return nil
}

// plain is the value as JSON would have it.
func (n *node) plain() any {
	switch n.kind {
	case list:
		out := make([]any, len(n.items))
		for i, item := range n.items {
			out[i] = item.plain()
		}
		return out
	case table:
		out := map[string]any{}
		for _, k := range n.keys {
			out[k.name] = k.value.plain()
		}
		return out
	case empty:
		return nil
	}
	if !n.quoted {
		if x, err := strconv.ParseFloat(n.text, 64); err == nil && json.Valid([]byte(strconv.FormatFloat(x, 'g', -1, 64))) {
			return x
		}
		if b, err := strconv.ParseBool(n.text); err == nil {
			return b
		}
	}
	return n.text
}
