package page

import (
	"encoding/json"
	"strings"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/model"
)

// networks summarises the layers by the network they belong to: "nn.1" and
// "nn.2" are layers of nn, "1" and "2" of the whole model. The coefficients of
// a polynomial are no network.
func networks(m *model.Model) []report.Network {
	var out []report.Network
	beside := map[string]bool{} // names with a polynomial
	for _, l := range m.Parts.Layers {
		name, _, found := strings.Cut(l.Name, ".")
		if !found {
			name = m.ArchName
		}
		if l.Sparse {
			beside[name] = true
			continue
		}
		if len(out) == 0 || out[len(out)-1].Name != name {
			out = append(out, report.Network{Name: name, Sizes: []int{l.Cols}, Activation: activation(m, name)})
		}
		n := &out[len(out)-1]
		n.Sizes = append(n.Sizes, l.Rows)
		n.Parameters += l.Rows * (l.Cols + 1)
	}
	for i := range out {
		n := &out[i]
		if beside[n.Name] && !showsNetwork(m, n.Name) {
			n.Note = "too small to show beside its other terms"
		}
	}
	if _, ok := m.Arch.(*field.PolyMLP); ok && len(out) == 1 {
		out[0].Name = "network"
	}
	return out
}

// showsNetwork tells whether the explained model has the network part of the
// named network. In a black box every line is of the one network.
func showsNetwork(m *model.Model, name string) bool {
	for line := range strings.Lines(m.Text()) {
		if (strings.HasPrefix(line, name+"(") || strings.HasPrefix(line, "d ")) && strings.Contains(line, "network(") || strings.Contains(line, name+" network(") {
			return true
		}
	}
	return false
}

// activation of the named network, from the settings of the architecture.
func activation(m *model.Model, name string) string {
	var a struct {
		Activation string
		Networks   map[string]field.Network
	}
	text, err := json.Marshal(m.Arch)
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	if act := a.Networks[name].Activation; err == nil && act != "" {
		return act
	}
	return a.Activation
}
