package config

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/entrain-dev/entrain/internal/budget"
)

// parse reads one YAML document. at is the file, or the argument it stands in.
func parse(at Place, text []byte) (*node, error) {
	switch {
	case len(text) > budget.ConfigBytes:
		return nil, wrong(at, "is larger than 1 MiB; that is no configuration (data go to the key data)")
	case !utf8.Valid(text):
		return nil, wrong(at, "is not UTF-8 text; save it as UTF-8")
	case bytes.IndexByte(text, 0) >= 0:
		return nil, wrong(at, "holds a zero byte: it is no text")
	case tooMany(text):
		return nil, wrong(at, "holds more than %d lines and values; that is no configuration (data go to the key data)", budget.ConfigNodes)
	case bracketsTooDeep(text) || at.Arg == 0 && linesTooDeep(text):
		return nil, wrong(at, "is nested too deeply: %d tables or lists in one another are the most", budget.ConfigDepth)
	}
	f, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntax(at, err)
	}
	r := reader{at}
	switch len(f.Docs) {
	case 0:
		return &node{at: at}, nil
	case 1:
		return r.node(f.Docs[0].Body, 0)
	}
	return nil, wrong(at, "holds %d documents (separated by ---); one is needed", len(f.Docs))
}

// tooMany guards the parser, which takes some hundred bytes for every token.
func tooMany(text []byte) bool {
	return bytes.Count(text, []byte{'\n'})+bytes.Count(text, []byte{','})+bytes.Count(text, []byte(": ")) > budget.ConfigNodes
}

// linesTooDeep is bracketsTooDeep for blocks: lines indented ever more, and the
// marks "- ", "? " and "key: " one after another in a line. The parser
// takes memory that grows with the square of their number.
func linesTooDeep(text []byte) bool {
	var indents []int
	for line := range bytes.Lines(text) {
		rest := bytes.TrimLeft(line, " ")
		indent := len(line) - len(rest)
		if trimmed := bytes.TrimSpace(rest); len(trimmed) == 0 || trimmed[0] == '#' {
			continue
		}
		for len(indents) > 0 && indents[len(indents)-1] >= indent {
			indents = indents[:len(indents)-1]
		}
		indents = append(indents, indent)
		for len(rest) > 1 && (rest[0] == '-' || rest[0] == '?') && (rest[1] == ' ' || rest[1] == '\t') {
			after := bytes.TrimLeft(rest[2:], " \t")
			indent += len(rest) - len(after)
			indents, rest = append(indents, indent), after
			if len(indents) > budget.ConfigDepth {
				return true
			}
		}
		if end := bytes.IndexAny(rest, "[{'\"#"); end >= 0 {
			rest = rest[:end]
		}
		if len(indents)+bytes.Count(rest, []byte(": ")) > budget.ConfigDepth {
			return true
		}
	}
	return false
}

// bracketsTooDeep guards the parser, which recurses, from hostile text.
func bracketsTooDeep(text []byte) bool {
	n := 0
	for _, b := range text {
		switch b {
		case '[', '{':
			n++
		case ']', '}':
			n--
		}
		if n > budget.ConfigDepth {
			return true
		}
	}
	return false
}

func syntax(at Place, err error) error {
	var s yaml.Error
	if !errors.As(err, &s) {
		return wrong(at, "is not YAML: %v", err)
	}
	return wrong(reader{at}.place(s.GetToken()), "is not YAML: %s", s.GetMessage())
}

type reader struct{ at Place }

func (r reader) place(t *token.Token) Place {
	p := r.at
	if t != nil && t.Position != nil && p.Arg == 0 {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	return p
}

func (r reader) node(n ast.Node, depth int) (*node, error) {
	if n == nil {
		return &node{at: r.at}, nil
	}
	at := r.place(n.GetToken())
	if depth > budget.ConfigDepth {
		return nil, wrong(at, "is nested too deeply: %d tables or lists in one another are the most", budget.ConfigDepth)
	}
	switch v := n.(type) {
	case *ast.NullNode:
		return &node{at: at}, nil
	case *ast.StringNode:
		t := v.Token.Type
		return &node{kind: scalar, at: at, text: v.Value, quoted: t == token.SingleQuoteType || t == token.DoubleQuoteType}, nil
	case *ast.LiteralNode:
		return &node{kind: scalar, at: at, text: v.Value.Value, quoted: true}, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return &node{kind: scalar, at: at, text: n.GetToken().Value}, nil
	case *ast.SequenceNode:
		return r.list(v, at, depth)
	case *ast.MappingNode:
		return r.table(v.Values, at, depth)
	case *ast.MappingValueNode:
		return r.table([]*ast.MappingValueNode{v}, at, depth)
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return nil, wrong(at, "anchors, aliases and tags (&, *, !) are not used here; write the value out")
	}
	return nil, wrong(at, "a %s cannot stand here", n.Type())
}

func (r reader) list(v *ast.SequenceNode, at Place, depth int) (*node, error) {
	out := &node{kind: list, at: at}
	for _, item := range v.Values {
		n, err := r.node(item, depth+1)
		if err != nil {
			return nil, err
		}
		out.items = append(out.items, n)
	}
	return out, nil
}

func (r reader) table(values []*ast.MappingValueNode, at Place, depth int) (*node, error) {
	out, seen := &node{kind: table, at: at}, map[string]bool{}
	for _, v := range values {
		place := r.place(v.Key.GetToken())
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			return nil, wrong(place, "merge keys (<<) are not used here; write the values out")
		}
		name := v.Key.GetToken().Value
		if seen[name] {
			return nil, wrong(place, "the key %q is there twice; remove one", name)
		}
		seen[name] = true
		n, err := r.node(v.Value, depth+1)
		if err != nil {
			return nil, err
		}
		out.keys = append(out.keys, key{name, place, n})
	}
	return out, nil
}
