package config

import (
	"errors"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxDepth bounds nesting; no configuration comes near it.
const maxDepth = 32

// maxText bounds the length of a configuration, in bytes.
const maxText = 1 << 20

// parse reads one YAML document. at is the file, or the argument it stands in.
func parse(at Place, text []byte) (*node, error) {
	switch {
	case len(text) > maxText:
		return nil, wrong(at, "is larger than 1 MiB; that is no configuration (data go to the key data)")
	case !utf8.Valid(text):
		return nil, wrong(at, "is not UTF-8 text; save it as UTF-8")
	case bracketsTooDeep(text):
		return nil, wrong(at, "is nested too deeply")
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
		if n > maxDepth {
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
	if depth > maxDepth {
		return nil, wrong(at, "is nested too deeply")
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
	out := &node{kind: table, at: at}
	for _, v := range values {
		place := r.place(v.Key.GetToken())
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			return nil, wrong(place, "merge keys (<<) are not used here; write the values out")
		}
		name := v.Key.GetToken().Value
		if out.look(name) != nil {
			return nil, wrong(place, "the key %q is there twice; remove one", name)
		}
		n, err := r.node(v.Value, depth+1)
		if err != nil {
			return nil, err
		}
		out.keys = append(out.keys, key{name, place, n})
	}
	return out, nil
}
