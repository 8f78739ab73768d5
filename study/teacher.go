package study

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// Teacher is a driven network that is drawn, not learnt: the system of studies of how networks
// start. Its poles lie where they are told to. Its rows to train on and those behind them are two
// trajectories with starts and inputs of their own, so that a trajectory through both means
// nothing: see Source.Windows.
//
// Source: Westny, Mohammadi, Jung, Frisk, ICML (2024), arXiv:2311.15890, after their program.
type Teacher struct {
	States     int     `json:"states" yaml:"states"`         // number of them, called x1, x2, …; 0 = 4
	Hidden     []int   `json:"hidden" yaml:"hidden"`         // units of the hidden layers; none = two layers of 128
	Activation string  `json:"activation" yaml:"activation"` // elementary function between layers; "" = tanh, which as the published elu has slope 1 and value 0 at 0
	Step       float64 `json:"step" yaml:"step"`             // time between rows, and the step that poles are meant for; 0 = 0.1
	Inside     int     `json:"inside" yaml:"inside"`         // poles lie in the stability region of a method of this order; 0 = anywhere
	Outside    int     `json:"outside" yaml:"outside"`       // poles lie outside that of a method of this order; 0 = anywhere
	Margin     float64 `json:"margin" yaml:"margin"`         // |R| is below 1 − margin inside, and 1 + margin or more outside
	Noise      float64 `json:"noise" yaml:"noise"`           // standard deviation of the noise on the pulses that drive it
	Seed       uint64  `json:"seed" yaml:"seed"`             // of weights, starts and noise; 0 = that of the fit
}

// Pulses of a teacher: of one period, their share of it between 0 and 1 as slowly as that.
const (
	pulsePeriod = 2
	pulseSlow   = 16
	mostNoise   = 1000 // beside pulses of height 1
)

// filled is the teacher with its defaults.
func (t Teacher) filled() Teacher {
	t.States, t.Activation, t.Step = cmp.Or(t.States, 4), cmp.Or(t.Activation, "tanh"), cmp.Or(t.Step, 0.1)
	if len(t.Hidden) == 0 {
		t.Hidden = []int{128, 128}
	}
	return t
}

// check reports what is wrong with a teacher, by drawing one.
func (t Teacher) check() error {
	if t.States < 0 || !(t.Noise >= 0) || math.IsInf(t.Noise, 0) || !(t.Step >= 0) || math.IsInf(t.Step, 0) {
		return fmt.Errorf("teacher: states=%d, step=%g, noise=%g: none is negative", t.States, t.Step, t.Noise)
	}
	if t.Noise > mostNoise {
		return fmt.Errorf("teacher: noise=%g: it disturbs pulses of height 1; %g is the most", t.Noise, float64(mostNoise))
	}
	_, err := t.draw()
	return err
}

// draw is the network as a model.
func (t Teacher) draw() (*model.Model, error) {
	t = t.filled()
	names := make([]string, t.States)
	for i := range names {
		names[i] = "x" + strconv.Itoa(i+1)
	}
	arch := &field.MLP{Hidden: t.Hidden, Activation: t.Activation}
	parts, err := arch.Build(field.Unscaled(names, []string{"u"}))
	if err != nil {
		return nil, fmt.Errorf("teacher: %w", err)
	}
	anywhere := func(complex128) complex128 { return 0 }
	scheme := fmt.Sprintf("stability:complex,margin=%g,order=%d,exclude=%d", t.Margin, t.Inside, t.Outside)
	theta, err := field.DrawKnowing(parts, scheme, &field.Facts{Stability: anywhere, Step: t.Step}, t.Seed, 0)
	if err != nil {
		return nil, fmt.Errorf("teacher: %w", err)
	}
	return &model.Model{ArchName: "mlp", Arch: arch, Parts: parts, Time: "t", Hold: "linear", Theta: [][]float64{theta},
		Solver: ode.Options{Solver: "dopri5", RTol: 1e-7, ATol: 1e-9}}, nil
}

// rows are the trajectory to train on, and behind it another one.
func (t Teacher) rows(train, test int) (data.Series, error) {
	m, err := t.draw()
	if err != nil {
		return data.Series{}, err
	}
	t = t.filled()
	out := data.Series{Names: m.Parts.Frame.States, Inputs: []string{"u"}, Time: "t"}
	for i := range train + test {
		out.T = append(out.T, float64(i)*t.Step)
	}
	for k, part := range [][2]int{{0, train}, {train, train + test}} {
		s := out
		s.T = out.T[part[0]:part[1]]
		if s.Len() == 0 {
			continue
		}
		s.U = t.pulses(s.T, k)
		f, err := m.Integrate("", s.T[0], [][]float64{t.start(k)}, s.T, &s)
		if err != nil {
			return out, fmt.Errorf("teacher: %w", err)
		}
		if f.Failed != "" {
			return out, fmt.Errorf("the trajectory of the teacher of seed %d ends early: %s", t.Seed, f.Failed)
		}
		out.X, out.U = append(out.X, f.X...), append(out.U, s.U...)
	}
	return out, nil
}

// start is that of trajectory k, uniform between 0 and 1.
func (t Teacher) start(k int) []float64 {
	r, x := num.Stream(t.Seed, "teacher start", uint64(k)), make([]float64, t.States)
	for i := range x {
		x[i] = r.Float64()
	}
	return x
}

// pulses are the input of trajectory k: ±1 with noise, whose share of each period moves as a sine
// wave over the first and as a cosine over the second.
func (t Teacher) pulses(times []float64, k int) []float64 {
	r, wave := num.Stream(t.Seed, "teacher input", uint64(k)), math.Sin
	if k > 0 {
		wave = math.Cos
	}
	out := make([]float64, 0, len(times))
	for i := range times {
		at := float64(i) * t.Step
		v := -1.0
		if math.Mod(at, pulsePeriod)/pulsePeriod < (1+wave(2*math.Pi*at/pulseSlow))/2 {
			v = 1
		}
		out = append(out, v+t.Noise*r.NormFloat64())
	}
	return out
}

// taught is what a fit is to learn from a teacher, and what it is tested against.
func (s *Source) taught() (data.Series, *Test, error) {
	rows, err := s.Teacher.rows(s.Rows, s.Test)
	if err != nil {
		return data.Series{}, nil, err
	}
	return rows.Slice(0, s.Rows), &Test{Rows: rows, Truth: slices.Clone(rows.X), Trained: s.Rows, Ahead: s.Windows, Apart: true}, nil
}
