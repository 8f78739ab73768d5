package field

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/program"
)

// Classifier is a latent state h that the columns of a recording drive, from rest at its first row
// on, dh/dt = network(h, u), and a read-out of it. At the last row that tells what the recording is
// called: of classes the logarithms of their probabilities, log softmax(W·h + b); of a number
// W·h + b, scaled.
//
// Beside h stand, with Summary, the integrals of 1, u, u² and t·u, from which the read-out knows mean,
// deviation and trend of each column: what a regression on such features knows is a model of this
// kind with no network, and where it begins.
//
// Its measured states are the classes, or the number, which are seen of h; its inputs are the
// columns, joined between rows as hold= says.
//
// Source: Kidger, Morrill, Foster, Lyons, NeurIPS 2020 (sequences as controls of a differential
// equation). Differs from them in: u itself drives h, not du/dt, so that its mean can be read.
type Classifier struct {
	Units      int      `json:"units" yaml:"units"`               // of the latent state
	Hidden     []int    `json:"hidden" yaml:"hidden"`             // units of the hidden layers of the network
	Activation string   `json:"activation" yaml:"activation"`     // elementary function between layers
	Classes    []string `json:"classes,omitempty" yaml:"classes"` // what recordings are called; none named: what their labels say
	Summary    bool     `json:"summary" yaml:"summary"`           // mean, deviation and trend of each column go to the read-out too
	// Typical are the centre and the spread of these features over the training recordings, user
	// units: of each column those of mean, deviation and trend. nil: 0 and 1.
	Typical []float64 `json:"typical,omitempty" yaml:"-"`
}

func init() {
	Architectures.Register("classifier", "tells what whole recordings are called (label=): their columns drive a latent state, which is read at the end", func() Architecture {
		return &Classifier{Units: 16, Hidden: []int{32}, Activation: "tanh", Summary: true}
	})
}

// mostLogit bounds what goes into an exponential, smoothly.
const mostLogit = 30

// Build implements Architecture.
func (m *Classifier) Build(f Frame) (*Parts, error) {
	switch {
	case m.Units < 1 || m.Units+m.integrals(len(f.Inputs)) > budget.States-len(f.States):
		return nil, fmt.Errorf("units=%d: a latent state has 1 at least, and a model at most %d states", m.Units, budget.States)
	case len(f.Inputs) == 0:
		return nil, fmt.Errorf("model=classifier: no column is left to drive its state; name them with inputs=, and the column of the labels with label=")
	case len(m.Classes) > 0 && len(m.Classes) != len(f.States):
		return nil, fmt.Errorf("classes: %d are named, but there are %d", len(m.Classes), len(f.States))
	case m.Typical != nil && len(m.Typical) != 2*Features*len(f.Inputs):
		return nil, fmt.Errorf("the features of %d columns have %d numbers, but there are %d", len(f.Inputs), 2*Features*len(f.Inputs), len(m.Typical))
	}
	shape := MLP{Hidden: m.Hidden, Activation: m.Activation}
	sizes, kind, err := shape.shape(m.Units+len(f.Inputs), m.Units)
	if err != nil {
		return nil, err
	}
	seen, columns := len(f.States), len(f.Inputs)
	more := m.integrals(columns)
	p := &Parts{Frame: withHidden(withHidden(f, "latent", m.Units), "sum", more), Start: make([]float64, m.Units+more)}
	p.Theta0 = make([]float64, networkSize(sizes)+networkSize([]int{m.Units, seen})+m.features(columns)*seen)
	b := program.New()
	x, theta := b.Batched("x", seen+m.Units+more, 1), b.Shared("theta", len(p.Theta0), 1)
	u := b.Batched("u", columns, 1)
	dh, layers := network(b, theta, 0, sizes, kind, b.Concat(b.Slice(x, seen, m.Units, 1), u))
	if more > 0 {
		dh = b.Concat(dh, b.Const(1, 1, 1), u, b.Act(program.Square, u), b.Mul(repeated(b, b.Slice(x, seen+m.Units, 1, 1), columns), u))
	}
	b.Output("dx", b.Pad(dh, seen, seen+m.Units+more, 1))
	if p.Field, err = b.Done(); err != nil {
		return nil, err
	}
	p.Layers = layers
	p.Text = fmt.Sprintf("d(latent)/dt = network %s of %d latent states and (%s); at the end of a recording %s", shape.words(sizes[0], m.Units), m.Units, joined(f.Inputs), m.says(f))
	return p, m.observe(p, seen, networkSize(sizes))
}

// Features is how many of a column the read-out knows: mean, deviation and trend.
const Features = 3

// integrals are the states that the features need, and features how many these are.
func (m *Classifier) integrals(columns int) int {
	if !m.Summary {
		return 0
	}
	return 1 + Features*columns
}

func (m *Classifier) features(columns int) int {
	if !m.Summary {
		return 0
	}
	return Features * columns
}

// repeated is one value in n rows.
func repeated(b *program.Builder, one program.Value, n int) program.Value {
	all := make([]program.Value, n)
	for i := range all {
		all[i] = one
	}
	return b.Concat(all...)
}

// shortest and flattest keep quotients and roots of what has no length, or never changes, finite;
// in scaled units.
const (
	shortest = 1e-9
	flattest = 1e-6
)

// summary are the features, centred and scaled, of integrals that begin at row lo of x.
//
//	mean = ∫u/T,  deviation = √(∫u²/T − mean²),  trend = 2∫t·u/T² − mean
func (m *Classifier) summary(b *program.Builder, f *Frame, x program.Value, lo int) program.Value {
	n := len(f.Inputs)
	at := func(i int) program.Value { return b.Slice(x, lo+1+i*n, n, 1) }
	per := repeated(b, b.Act(program.Reciprocal, b.Add(b.Slice(x, lo, 1, 1), b.Const(shortest, 1, 1))), n)
	mean := b.Mul(at(0), per)
	deviation := b.Act(program.Sqrt, b.Act(program.Abs, b.Add(b.Sub(b.Mul(at(1), per), b.Act(program.Square, mean)), b.Const(flattest, n, 1))))
	trend := b.Sub(b.Scale(2, b.Mul(b.Mul(at(2), per), per)), mean)
	var all []program.Value
	for c := range n {
		for i, v := range []program.Value{mean, deviation, trend} {
			centre, spread, shift := 0.0, 1.0, 0.0
			if m.Typical != nil {
				centre, spread = m.Typical[2*(Features*c+i)], m.Typical[2*(Features*c+i)+1]
			}
			if i == 0 {
				shift = f.UShift[c]
			}
			all = append(all, b.Add(b.Scale(f.UScale[c]/spread, b.Slice(v, c, 1, 1)), b.Const((shift-centre)/spread, 1, 1)))
		}
	}
	return b.Concat(all...)
}

// says is what is read, in words.
func (m *Classifier) says(f Frame) string {
	more := ""
	if m.Summary {
		more = " + V·(mean, deviation, trend of each column)"
	}
	if len(m.Classes) == 0 {
		return joined(f.States) + " = W·latent + b" + more
	}
	return "the probabilities of (" + joined(m.Classes) + ") = softmax(W·latent + b" + more + ")"
}

// observe is the read-out, whose weights lie in θ from entry lo on.
func (m *Classifier) observe(p *Parts, seen, lo int) error {
	b := program.New()
	all := len(p.Frame.States)
	x, theta := b.Batched("x", all, 1), b.Shared("theta", len(p.Theta0), 1)
	y, layers := network(b, theta, lo, []int{m.Units, seen}, program.Tanh, b.Slice(x, seen, m.Units, 1))
	layers[0].Name = "read-out"
	if n := m.features(len(p.Frame.Inputs)); n > 0 {
		at := lo + networkSize([]int{m.Units, seen})
		y = b.Add(y, b.MatVec(b.Slice(theta, at, seen, n), m.summary(b, &p.Frame, x, seen+m.Units)))
		layers = append(layers, Layer{Name: "summary", Rows: seen, Cols: n, W: at, B: -1, Last: true, Sparse: true})
	}
	if len(m.Classes) > 0 {
		y = logSoftmax(b, y)
	}
	b.Output("dx", b.Concat(y, b.Slice(x, seen, all-seen, 1)))
	p.Layers, p.Observed = append(p.Layers, layers...), make([]bool, all)
	for i := range seen {
		p.Observed[i] = true
	}
	var err error
	p.Observe, err = b.Done()
	return err
}

// logSoftmax is z − log Σ exp z, of z that is bounded.
func logSoftmax(b *program.Builder, z program.Value) program.Value {
	z = b.Scale(mostLogit, b.Act(program.Tanh, b.Scale(1.0/mostLogit, z)))
	var parts []program.Value
	sum, e := program.Value{}, b.Act(program.Exp, z)
	for i := range b.Rows(z) {
		if one := b.Slice(e, i, 1, 1); i == 0 {
			sum = one
		} else {
			sum = b.Add(sum, one)
		}
	}
	total := b.Act(program.Log, sum)
	for i := range b.Rows(z) {
		parts = append(parts, b.Sub(b.Slice(z, i, 1, 1), total))
	}
	return b.Concat(parts...)
}
