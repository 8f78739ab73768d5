package field

import (
	"fmt"
	"maps"
	"slices"

	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/program"
)

// resolveNetworks finds the networks of the text and places them in θ after
// the parameters, in the order of their use.
func (m *equationModel) resolveNetworks() error {
	elementary := program.Functions()
	for k := range m.lines {
		l := &m.lines[k]
		var err error
		l.expr.Walk(func(c *program.Expr) {
			if err == nil && c.Form == program.Call && !slices.Contains(elementary, c.Name) && !m.isValue(c.Name) {
				err = m.call(l, c)
			}
		})
		if err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(m.config.Networks) {
		if slices.Contains(elementary, name) {
			return fmt.Errorf("networks: %s is the name of an elementary function; choose another", name)
		}
		if m.net(name) == nil {
			return fmt.Errorf("networks: %s is in no equation", name)
		}
	}
	for i := range m.nets {
		if err := m.place(&m.nets[i]); err != nil {
			return fmt.Errorf("networks: %s: %w", m.nets[i].name, err)
		}
	}
	return nil
}

func (m *equationModel) net(name string) *equationNet {
	for i := range m.nets {
		if m.nets[i].name == name {
			return &m.nets[i]
		}
	}
	return nil
}

// call takes note of a call of a network; until place, sizes is the number of
// arguments and that of outputs used.
func (m *equationModel) call(l *equationLine, c *program.Expr) error {
	n := m.net(c.Name)
	if n == nil {
		if _, declared := m.config.Networks[c.Name]; !declared && !looksLikeNetwork(c.Name) {
			known := append(sortedKeys(m.config.Networks), program.Functions()...)
			if _, ok := registry.Suggest(c.Name, known); ok {
				s, _ := registry.Suggest(c.Name, append(m.valueNames(), known...)) // or nearer to a number
				return l.errorAt(l.offset+c.Column, "did you mean "+s+"? A network of this name must be listed under networks", "unknown function %s", c.Name)
			}
		}
		m.nets = append(m.nets, equationNet{name: c.Name, sizes: []int{len(c.Args), 1}})
		n = &m.nets[len(m.nets)-1]
	}
	if len(c.Args) != n.sizes[0] {
		return l.errorAt(l.offset+c.Column, "", "%s has %d arguments here but %d above", c.Name, len(c.Args), n.sizes[0])
	}
	n.sizes[1] = max(n.sizes[1], c.Index+1)
	return nil
}

// maxUnits bounds a layer, so that a slip of the pen does not fill the memory.
const maxUnits = 1 << 14

func (m *equationModel) place(n *equationNet) error {
	c := m.config.Networks[n.name]
	hidden, outputs := c.Hidden, n.sizes[1]
	switch {
	case len(hidden) == 0:
		hidden = []int{16}
	case len(hidden) == 1 && hidden[0] == 0:
		hidden = nil
	}
	if c.Outputs > 0 {
		outputs = c.Outputs
	}
	for _, h := range append([]int{outputs}, hidden...) {
		if h < 1 || h > maxUnits {
			return fmt.Errorf("a layer of %d units; choose between 1 and %d", h, maxUnits)
		}
	}
	n.act = program.Tanh
	if c.Activation != "" {
		k, ok := program.KindByName(c.Activation)
		if !ok {
			var names []string
			for _, k := range program.Kinds() {
				names = append(names, k.String())
			}
			return &registry.UnknownError{Kind: "activation", Name: c.Activation, Known: names}
		}
		n.act = k
	}
	if c.Degree < -1 || c.Degree > maxDegree {
		return fmt.Errorf("degree=%d: choose between 1 and %d, or -1 for no polynomial beside the network", c.Degree, maxDegree)
	}
	if err := affordablePolynomial(outputs, n.sizes[0], c.Degree); err != nil {
		return err
	}
	if err := affordableNetwork(slices.Concat(n.sizes[:1], hidden, []int{outputs}), float64(m.size)); err != nil {
		return err
	}
	var size int
	n.poly, size = polynomialLayers(m.size, outputs, n.sizes[0], c.Degree)
	m.size += size
	n.sizes = slices.Concat(n.sizes[:1], hidden, []int{outputs})
	n.lo = m.size
	m.size += networkSize(n.sizes)
	return nil
}

// Library is a model whose networks have polynomials beside them.
type Library struct {
	*Equations
	Degree int // of the largest polynomial
}

// Libraries returns e with a polynomial beside every network whose degree is
// not given, for each degree that makes sense, the highest first: the unknown
// part of a partly known law is often itself a term or two.
func (e *Equations) Libraries(f Frame) []Library {
	lines, err := e.parse()
	if err != nil {
		return nil
	}
	m, err := e.resolve(f, lines)
	if err != nil {
		return nil
	}
	var list []Library
	for degree := maxDegree; degree >= 1; degree-- {
		q, top := *e, 0
		q.Networks = maps.Clone(e.Networks)
		for _, n := range m.nets {
			c := e.Networks[n.name]
			if highest := highestDegree(n.sizes[0]); c.Degree == 0 {
				c.Degree = min(degree, highest)
				top = max(top, c.Degree)
			}
			if q.Networks == nil {
				q.Networks = map[string]Network{}
			}
			q.Networks[n.name] = c
		}
		if top == degree {
			list = append(list, Library{&q, degree})
		}
	}
	return list
}
