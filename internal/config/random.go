package config

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"

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

// random reads {draws: n, seed: s, of: {lr: {from: 0.001, to: 0.1, log: true}}}.
// The axis is called draw; a draw depends on the seed and its number alone, so
// that a study made longer keeps those it had.
func (s *sheet) random(k key) {
	what := struct {
		Draws int             `yaml:"draws"`
		Seed  uint64          `yaml:"seed"`
		Of    map[string]span `yaml:"of"`
	}{}
	before := len(s.d.errs)
	s.d.value(reflect.ValueOf(&what).Elem(), k.value, "random")
	of := k.value.look("of")
	if len(s.d.errs) == before && (what.Draws < 1 || what.Draws > maxTrials || len(what.Of) == 0) {
		s.d.fail(k.value.at, "random needs draws, 1 or more, and of, such as {draws: 20, of: {lr: {from: 0.001, to: 0.1, log: true}}}")
	}
	if len(s.d.errs) > before {
		return
	}
	for _, key := range of.keys {
		v := what.Of[key.name]
		if len(v.Choose) == 0 && (v.To <= v.From || math.IsInf(v.To-v.From, 0) || v.Log && v.From <= 0) {
			s.d.fail(key.at, "random: %s needs choose, or from below to (above 0 with log)", key.name)
			return
		}
	}
	a := axis{names: []string{"draw"}}
	for i := range what.Draws {
		o := option{labels: []study.Label{{Axis: "draw", Value: strconv.Itoa(i + 1)}}, set: &node{kind: table, at: k.at}}
		r := rand.New(rand.NewPCG(what.Seed, uint64(i)))
		for _, key := range of.keys {
			v := what.Of[key.name]
			o.put(key, &node{kind: scalar, at: key.at, text: v.draw(r)})
		}
		a.options = append(a.options, o)
	}
	for _, key := range of.keys {
		a.names = append(a.names, key.name)
	}
	s.add(k.at, a)
}

func (v *span) draw(r *rand.Rand) string {
	if len(v.Choose) > 0 {
		return v.Choose[r.IntN(len(v.Choose))]
	}
	u := r.Float64()
	x := v.From + u*(v.To-v.From)
	if v.Log {
		x = v.From * math.Pow(v.To/v.From, u)
	}
	if v.Whole {
		x = math.Round(x)
	}
	return strconv.FormatFloat(x, 'g', 6, 64) // six digits are enough to be found again
}
