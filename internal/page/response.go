package page

import (
	"fmt"
	"math"
	"math/cmplx"
	"strings"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/linear"
	"github.com/entrain-dev/entrain/model"
)

// Response is how measured columns answer inputs: at frequencies and to steps.
type Response struct {
	Place   Place        `json:"place"`
	Poles   []Pole       `json:"poles"`
	Stable  bool         `json:"stable"`
	Nyquist *float64     `json:"nyquist"` // half a turn a row, in turns a unit of time; null: not known
	Pairs   []PairAnswer `json:"pairs"`   // columns of the first input, then of the next
	Turns   []float64    `json:"frequency"`
	Times   []float64    `json:"time"`

	inputs, outputs []string
	unit            string
}

// Place is where a law was linearised.
type Place struct {
	Exact  bool               `json:"exact"` // the law is linear: any place has the same response
	Rests  bool               `json:"rests"`
	States map[string]float64 `json:"states"`
	Inputs map[string]float64 `json:"inputs"`
}

// Pole is one per unit of time, or the first of a pair.
type Pole struct {
	Re      float64  `json:"re"`
	Im      float64  `json:"im"`
	Turns   float64  `json:"turns"`   // of a pair, a unit of time
	Damping *float64 `json:"damping"` // −Re/|p|; null of a pole at zero
}

// PairAnswer is how a column answers an input. Steps are null where nothing ends.
type PairAnswer struct {
	Input     string    `json:"input"`
	Output    string    `json:"output"`
	Steady    *float64  `json:"steady"`    // where a unit step ends
	Rise      *float64  `json:"rise"`      // time from 10 to 90 %
	Settling  *float64  `json:"settling"`  // time until it stays within 2 %
	Overshoot *float64  `json:"overshoot"` // share of the way
	Direct    float64   `json:"direct"`    // what acts at once
	Gain      []float64 `json:"gain"`      // at frequencies, user units
	Phase     []float64 `json:"phase"`     // degrees, unwrapped
	Step      []float64 `json:"step"`      // at times behind a unit step
}

// How many frequencies and times there are, and how far steps of a stable law are shown, in times
// until the slowest has settled.
const (
	responseFrequencies = 200
	responseTimes       = 300
	responseSpan        = 1.25
)

// NewResponse is that of the first member of a model; with inputs nil, for nonlinear laws near rest
// with the mean inputs.
func NewResponse(m *model.Model, inputs []float64) (*Response, error) {
	if len(m.Parts.Frame.Inputs) == 0 {
		return nil, fmt.Errorf("the model has no inputs to respond to; name known columns with inputs=… and fit again")
	}
	l, err := m.Linearise(inputs)
	if err != nil {
		return nil, err
	}
	law := lawOf(l)
	r := &Response{Stable: true, inputs: l.Inputs, outputs: l.Columns, unit: m.TUnit}
	r.Place = Place{Exact: l.Exact, Rests: l.Rests, States: map[string]float64{}, Inputs: map[string]float64{}}
	for i, v := range l.X {
		r.Place.States[m.Parts.Frame.States[i]] = v
	}
	for i, v := range l.U {
		r.Place.Inputs[l.Inputs[i]] = v
	}
	r.poles(law)
	most := 0.0
	for _, one := range m.Records {
		if one.Step > 0 && (most == 0 || math.Pi/one.Step < most) {
			most = math.Pi / one.Step
		}
	}
	if most > 0 {
		turns := most / (2 * math.Pi)
		r.Nyquist = &turns
	}
	r.answers(law, law.Frequencies(most, responseFrequencies), l.D)
	return r, nil
}

// lawOf is a linearisation as a model of package linear.
func lawOf(l *model.Linearisation) *linear.Model {
	p, k, n := len(l.Columns), len(l.Inputs), l.N
	law := &linear.Model{Outputs: l.Columns, Inputs: l.Inputs, Shift: make([]float64, p), Scale: ones(p), UShift: make([]float64, k), UScale: ones(k),
		Hold: make([]bool, k), N: n, A: l.A, C: l.C, B: make([]float64, n*(k+1)), D: make([]float64, p*(k+1))}
	for i := range n { // a column for the constant, which is no deviation
		copy(law.B[i*(k+1):], l.B[i*k:(i+1)*k])
	}
	for i := range p {
		copy(law.D[i*(k+1):], l.D[i*k:(i+1)*k])
	}
	return law
}

func ones(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// poles are those that law has, rounding taken for zero.
func (r *Response) poles(law *linear.Model) {
	all, largest := law.Poles(), 0.0
	for _, p := range all {
		largest = max(largest, cmplx.Abs(p))
	}
	for _, p := range all {
		p = complex(num.Undusted(real(p), largest), num.Undusted(imag(p), largest))
		r.Stable = r.Stable && real(p) < 0
		if imag(p) < 0 {
			continue
		}
		one := Pole{Re: real(p), Im: imag(p), Turns: imag(p) / (2 * math.Pi)}
		if size := cmplx.Abs(p); size > 0 {
			d := -real(p) / size
			one.Damping = &d
		}
		r.Poles = append(r.Poles, one)
	}
}

// answers fills in what there is of each input and column.
func (r *Response) answers(law *linear.Model, omega, direct []float64) {
	p, k := len(r.outputs), len(r.inputs)
	var steps []linear.Step
	span := 3 * law.Slowest()
	if r.Stable {
		steps = law.Steps()
		longest := 0.0
		for _, s := range steps {
			if s.Settling > longest {
				longest = s.Settling
			}
		}
		if longest > 0 {
			span = responseSpan * longest
		}
	}
	if !(span > 0) {
		span = 1
	}
	for i := range responseTimes {
		r.Times = append(r.Times, span*float64(i)/(responseTimes-1))
	}
	var all [][]complex128
	for _, w := range omega {
		r.Turns, all = append(r.Turns, w/(2*math.Pi)), append(all, law.Response(w))
	}
	for c := range k {
		course := law.StepResponse(c, r.Times)
		for i := range p {
			a := PairAnswer{Input: r.inputs[c], Output: r.outputs[i], Direct: direct[i*k+c]}
			if steps != nil {
				s := steps[i*k+c]
				a.Steady, a.Rise, a.Settling, a.Overshoot = num.OrNull(s.Gain), num.OrNull(s.Rise), num.OrNull(s.Settling), num.OrNull(s.Overshoot)
			}
			for t := range r.Times {
				a.Step = append(a.Step, course[t*p+i])
			}
			for _, v := range all {
				a.Gain, a.Phase = append(a.Gain, cmplx.Abs(v[i*k+c])), append(a.Phase, cmplx.Phase(v[i*k+c]))
			}
			linear.Unwrap(a.Phase)
			for f := range a.Phase {
				a.Phase[f] *= 180 / math.Pi
			}
			r.Pairs = append(r.Pairs, a)
		}
	}
}

// Words say where a law was linearised and what to know of it.
func (r *Response) Words() []string {
	var out []string
	at := make([]string, 0, len(r.inputs)+len(r.outputs))
	for _, name := range r.inputs {
		at = append(at, name+" = "+words.Short(r.Place.Inputs[name]))
	}
	for _, name := range r.outputs {
		at = append(at, name+" = "+words.Short(r.Place.States[name]))
	}
	switch where := strings.Join(at, ", "); {
	case r.Place.Exact:
	case r.Place.Rests:
		out = append(out, "The law is not linear; this is what it does near rest at "+where+", for small changes.")
	default:
		out = append(out, "The law is not linear, and no state near the middle of the data rests; this is what its slopes say at "+where+".")
	}
	if !r.Stable {
		out = append(out, "A pole does not decay, so that steps do not end, and gains at frequencies are those of the law, which no experiment shows.")
	}
	if r.Nyquist != nil {
		for _, p := range r.Poles {
			if math.Hypot(p.Re, p.Im) > 2*math.Pi**r.Nyquist {
				out = append(out, "A pole is faster than the rows can tell: at frequencies above "+r.per(*r.Nyquist)+" they say nothing.")
				break
			}
		}
	}
	return out
}

// per is a frequency for people.
func (r *Response) per(v float64) string {
	if r.unit == "" {
		return words.Short(v) + " turns a unit of time"
	}
	return words.Short(v) + " turns per " + r.unit
}

// Sections are the charts: gain, phase and step of all columns for each of the first so many inputs
// and columns. Gains are in decibels, or on a logarithmic axis.
func (r *Response) Sections(most int, decibel bool) []report.Section {
	var out []report.Section
	frequency, time := "turns per "+r.unit, "time in "+r.unit
	if r.unit == "" {
		frequency, time = "turns a unit of time", "time"
	}
	p := len(r.outputs)
	for c, input := range r.inputs[:min(most, len(r.inputs))] {
		gain := &report.Curves{Title: "Gain of " + input, XName: frequency, YName: "gain", X: r.Turns, LogX: true, Log: !decibel, Mark: math.NaN()}
		phase := &report.Curves{Title: "Phase behind " + input, XName: frequency, YName: "degrees", X: r.Turns, LogX: true, Mark: math.NaN()}
		step := &report.Curves{Title: "Unit step of " + input, XName: time, YName: "moved by", X: r.Times, Mark: math.NaN()}
		if decibel {
			gain.YName = "gain in dB"
		}
		for _, a := range r.Pairs[c*p : c*p+min(p, most)] {
			v := a.Gain
			if decibel {
				v = Decibels(v)
			}
			for _, one := range []struct {
				to *report.Curves
				y  []float64
			}{{gain, v}, {phase, a.Phase}, {step, a.Step}} {
				one.to.Names, one.to.Y = append(one.to.Names, a.Output), append(one.to.Y, one.y)
			}
		}
		out = append(out, report.Section{Title: "Response to " + input, Hint: "Up to half a turn a row, which is all that rows can tell.", Plots: []report.Plot{gain, phase, step}})
	}
	return out
}

// mostInReport are the inputs and columns whose responses a report draws.
const mostInReport = 3

// responseSections are those of a linear law with inputs; nil for anything else.
func responseSections(m *model.Model) []report.Section {
	if m.ArchName != "linear" || len(m.Parts.Frame.Inputs) == 0 {
		return nil
	}
	r, err := NewResponse(m, nil)
	if err != nil {
		return nil
	}
	return r.Sections(mostInReport, false)
}

// Decibels are 20·log₁₀ of gains; of none, NaN.
func Decibels(gain []float64) []float64 {
	out := make([]float64, len(gain))
	for i, v := range gain {
		if out[i] = 20 * math.Log10(v); math.IsInf(out[i], 0) {
			out[i] = math.NaN()
		}
	}
	return out
}
