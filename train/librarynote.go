package train

import (
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/field"
)

// noteLibrary says what of a library was not tried: degrees that would have too
// many terms, and terms that the data cannot tell from simpler ones.
func (a *search) noteLibrary(best *candidate) []string {
	var out []string
	if lib, ok := a.p.Arch.(*field.PolyMLP); ok && lib.Degree == 0 {
		names := append(append([]string{}, a.p.Train[0].Names...), a.p.Train[0].Inputs...)
		const usual = 3
		if top := lib.Top(len(names)); top < usual {
			n := len(field.Terms(names, top+1, 0, false)) - len(field.Terms(names, top, 0, false))
			out = append(out, fmt.Sprintf("with %d columns polynomials stop at degree %d: the next would have %d more terms for each state; degree=%d asks for them", len(names), top, n, top+1))
		}
	}
	if s := best.b.librarySlopes(); s != nil {
		if text := best.redundantText(s, s.redundant()); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// redundantText names the first term that was left out, and what it is made of.
func (c *candidate) redundantText(s *slopes, off map[int][]int) string {
	keys := sortedKeys(off)
	if _, ok := c.p.Arch.(*field.PolyMLP); !ok || len(keys) == 0 {
		return ""
	}
	names := append(append([]string{}, c.p.Train[0].Names...), c.p.Train[0].Inputs...)
	if len(names) != c.p.Parts.Layers[0].Cols {
		return ""
	}
	seen := map[string]bool{}
	first := ""
	for _, k := range keys {
		name := c.p.termName(names, k)
		if seen[name] {
			continue
		}
		seen[name] = true
		if first != "" {
			continue
		}
		var parts []string
		for _, i := range s.combination(k, off[k]) {
			parts = append(parts, c.p.termName(names, i))
		}
		if len(parts) == 0 {
			continue
		}
		first = fmt.Sprintf("in these rows the term %s is made of %s and cannot be told from them; it is left out", name, strings.Join(parts, " and "))
	}
	if first != "" && len(seen) > 1 {
		first += fmt.Sprintf(", and so are %d more such terms", len(seen)-1)
	}
	return first
}

// termName is the term of a polynomial that entry i of θ multiplies.
func (p *Problem) termName(names []string, i int) string {
	for d, l := range p.Parts.Layers {
		switch {
		case !l.Sparse:
		case l.B >= 0 && i >= l.B && i < l.B+l.Rows:
			return "1"
		case i >= l.W && i < l.W+l.Rows*l.Cols:
			terms := field.Terms(names, d+1, 0, false)
			return terms[len(terms)-l.Cols+(i-l.W)%l.Cols].String()
		}
	}
	return "?"
}
