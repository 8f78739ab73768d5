package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/num"
	space "github.com/entrain-dev/entrain/linear"
)

// Records of the weather, of trade or of the sky go up or down slowly and repeat
// themselves every day or year: a level with a slope, and waves of one period. As a law it
// stands for the baseline that says the last season again.

const (
	seasonName  = "trend and season of every column"
	levelName   = "level and season of every column"
	seasonShare = 0.1 // of the variance about a bent line, from which on a period is a season
	seasonRows  = 24  // rows that a season needs
)

// seasonStart is a law of level and season.
type seasonStart struct {
	*lawStart
	name string
}

// season are the laws of level and season of each column, the likelier first: a second one, which
// goes on otherwise, where the rows decide little. None where no column has a season, where inputs
// move the columns, or where they cannot be found.
func (p *Problem) season() []seasonStart {
	first := &p.Train[0]
	if len(first.Inputs) > 0 || len(first.Names) > hiddenWide {
		return nil
	}
	periods := p.seasons()
	if periods == nil {
		return nil
	}
	laws, err := p.seasonLaws(periods)
	if err != nil { // others go on without it
		return nil
	}
	return laws
}

// fitSeason are the laws of columns with these periods.
func (p *Problem) fitSeason(periods []float64) ([]seasonStart, error) {
	found, err := space.Season(p.Train, space.SeasonOptions{Periods: periods, Stop: p.knownLaws().stop})
	if err != nil {
		return nil, err
	}
	var list []seasonStart
	for _, f := range found {
		if f.Waves == 0 {
			continue
		}
		law := &lawStart{fixed: true, unknowns: f.Unknowns + len(f.Law.Outputs)}
		if law.law, err = f.Law.Measured(); err == nil {
			err = law.follow(p.Train)
		}
		if err != nil {
			break
		}
		out := seasonStart{law, levelName}
		if f.Sloping {
			out.name = seasonName
		}
		list = append(list, out)
	}
	switch {
	case len(list) > 0: // what is left of them will do
		return list, nil
	case err == nil:
		err = fmt.Errorf("the rows are as likely without a season")
	}
	return nil, err
}

// seasons are the periods of the columns in the longest recording, 0 of a column that has
// none; nil if no column has one.
func (p *Problem) seasons() []float64 {
	s := &p.Train[0]
	for i := range p.Train {
		if p.Train[i].Len() > s.Len() {
			s = &p.Train[i]
		}
	}
	if s.Len() < seasonRows {
		return nil
	}
	out, any := make([]float64, len(s.Names)), false
	for c := range s.Names {
		if period, share, ok := periodOf(s.T, aboutBentLine(s.T, s.Column(c))); ok && share >= seasonShare {
			out[c], any = period, true
		}
	}
	if !any {
		return nil
	}
	return out
}

// aboutBentLine is y less the parabola that fits it best; NaN where y is.
func aboutBentLine(t, y []float64) []float64 {
	mid, half := (t[0]+t[len(t)-1])/2, (t[len(t)-1]-t[0])/2
	lu, told := num.NewLU(3), make([]float64, 3)
	row := func(at float64) [3]float64 {
		x := (at - mid) / half
		return [3]float64{1, x, x * x}
	}
	for i, v := range y {
		if math.IsNaN(v) {
			continue
		}
		r := row(t[i])
		for a := range r {
			told[a] += r[a] * v
			for b := range r {
				lu.Matrix()[3*a+b] += r[a] * r[b]
			}
		}
	}
	if !lu.Factor() { // fewer than three rows have a value
		return y
	}
	lu.Solve(told)
	out := make([]float64, len(y))
	for i, v := range y {
		r := row(t[i])
		out[i] = v - r[0]*told[0] - r[1]*told[1] - r[2]*told[2]
	}
	return out
}
