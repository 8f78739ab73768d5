package config

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/study"
)

// span says how one setting is drawn: from a list, or evenly between two
// numbers or their logarithms.
type span struct {
	Choose []string `yaml:"choose"`
	From   float64  `yaml:"from"`
	To     float64  `yaml:"to"`
	Log    bool     `yaml:"log"`
	Whole  bool     `yaml:"whole"`
}

// drawing is what an axis of draws holds.
type drawing struct {
	Draws int             `yaml:"draws"`
	Seed  uint64          `yaml:"seed"`
	Of    map[string]span `yaml:"of"`
}

// draws reads {draws: n, seed: s, of: {lr: {from: 0.001, to: 0.1, log: true}}} of kind random or
// sobol. The axis is called draw; a draw depends on the seed and its number alone, so
// that a study made longer keeps those it had.
func (s *sheet) draws(k key) {
	what := drawing{}
	before := len(s.d.errs)
	s.d.value(reflect.ValueOf(&what).Elem(), k.value, k.name)
	of := k.value.look("of")
	switch {
	case len(s.d.errs) > before:
	case what.Draws > maxTrials:
		s.d.fail(k.value.look("draws").at, "%s: draws: %d; a study has at most %d trials", k.name, what.Draws, maxTrials)
	case what.Draws < 1 || len(what.Of) == 0:
		s.d.fail(k.value.at, "%s needs draws, 1 or more, and of, such as {draws: 20, of: {lr: {from: 0.001, to: 0.1, log: true}}}", k.name)
	}
	if len(s.d.errs) > before {
		return
	}
	for _, key := range of.keys {
		v := what.Of[key.name]
		if why := v.wrong(); why != "" {
			s.d.fail(key.at, "%s: %s: %s", k.name, key.name, why)
		}
	}
	if k.name == "sobol" && len(of.keys) > num.SobolMost {
		s.d.fail(k.at, "sobol draws at most %d settings, these are %d; use random", num.SobolMost, len(of.keys))
	}
	if len(s.d.errs) > before {
		return
	}
	a := axis{names: []string{"draw"}}
	for i := range what.Draws {
		o := option{labels: []study.Label{{Axis: "draw", Value: strconv.Itoa(i + 1)}}, set: &node{kind: table, at: k.at}}
		draw := what.random(i)
		if k.name == "sobol" {
			draw = what.sobol(i, len(of.keys))
		}
		for _, key := range of.keys {
			v := what.Of[key.name]
			o.put(key, &node{kind: scalar, at: key.at, text: draw(&v)})
		}
		a.options = append(a.options, o)
	}
	for _, key := range of.keys {
		a.names = append(a.names, key.name)
	}
	s.add(k.at, a)
}

// random draws the settings of draw i, one after the other.
func (d *drawing) random(i int) func(*span) string {
	r := rand.New(rand.NewPCG(d.Seed, uint64(i)))
	return func(v *span) string {
		if len(v.Choose) > 0 {
			return v.Choose[r.IntN(len(v.Choose))]
		}
		return v.at(r.Float64())
	}
}

// sobol takes them from point i of a sequence that fills all of them evenly.
func (d *drawing) sobol(i, dimensions int) func(*span) string {
	u, j := num.Sobol(d.Seed, uint32(i), dimensions), 0
	return func(v *span) string {
		j++
		if n := len(v.Choose); n > 0 {
			return v.Choose[int(u[j-1]*float64(n))]
		}
		return v.at(u[j-1])
	}
}

// wrong says why nothing can be drawn; "" if it can.
func (v *span) wrong() string {
	ranged := v.From != 0 || v.To != 0 || v.Log || v.Whole
	switch {
	case v.Choose != nil && len(v.Choose) == 0:
		return "choose is an empty list; name what to choose from, as in {choose: [tanh, gelu]}"
	case len(v.Choose) > 0 && ranged:
		return "it has both choose and a range; leave one of the two out"
	case len(v.Choose) > 0:
		return ""
	case !ranged:
		return "it needs a list to choose from, such as {choose: [tanh, gelu]}, or a range such as {from: 0.001, to: 0.1, log: true}"
	case v.To <= v.From:
		return fmt.Sprintf("the range from %g to %g is empty; from must be below to", v.From, v.To)
	case v.Log && v.From <= 0:
		return fmt.Sprintf("from %g there is no logarithm; with log, from must be above 0", v.From)
	case math.IsInf(v.To-v.From, 0):
		return fmt.Sprintf("the range from %g to %g is too wide", v.From, v.To)
	case v.Whole && math.Floor(v.To) < math.Ceil(v.From):
		return fmt.Sprintf("there is no whole number from %g to %g", v.From, v.To)
	}
	return ""
}

// at is the value at a share u of the range, from 0 to 1.
func (v *span) at(u float64) string {
	x := v.From + u*(v.To-v.From)
	if v.Log {
		x = v.From * math.Pow(v.To/v.From, u)
	}
	if v.Whole {
		x = math.Round(x)
	}
	return strconv.FormatFloat(x, 'g', 6, 64) // six digits are enough to be found again
}
