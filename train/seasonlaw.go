package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	space "github.com/entrain-dev/entrain/linear"
	"github.com/entrain-dev/entrain/model"
)

// Records of the weather, of trade or of the sky go up or down slowly and repeat
// themselves every day or year: a level with a slope, and waves of one period. As a law it
// stands for the baseline that says the last season again.

const (
	seasonName    = "trend and season of every column"
	levelName     = "level and season of every column"
	seasonShare   = 0.1 // of the variance about a bent line, from which on a period is a season
	seasonRows    = 24  // rows that a season needs
	fastestSeason = 1.9 // rows of the fastest wave: a little less than two, which times are rounded to
	seasonWide    = 1.5 // times the least value is the largest, of what is tried in logarithms
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

// fitSeason are the laws of columns with these periods, about their logarithms where that is likelier.
func (p *Problem) fitSeason(periods []float64) ([]seasonStart, error) {
	found, err := space.Season(p.Train, space.SeasonOptions{Periods: periods, Stop: p.knownLaws().stop})
	if err != nil {
		return nil, err
	}
	rows := p.Train
	logs := p.seasonLogs(periods)
	if logs != nil {
		of := inLogs(rows, logs)
		other, err := space.Season(of, space.SeasonOptions{Periods: periods, Stop: p.knownLaws().stop})
		if err == nil && other[0].Waves > 0 && other[0].Criterion+ofLogs(rows, of, logs) < found[0].Criterion {
			found, rows = other, of
		} else {
			logs = nil
		}
	}
	var list []seasonStart
	for _, f := range found {
		if f.Waves == 0 {
			continue
		}
		law := &lawStart{fixed: true, season: true, unknowns: f.Unknowns + len(f.Law.Outputs), logs: logs}
		if law.law, err = f.Law.Measured(); err == nil {
			err = law.follow(rows)
		}
		if err != nil {
			break
		}
		out := seasonStart{law, levelName}
		if f.Sloping {
			out.name = seasonName
		}
		if logs != nil {
			out.name += ", in logarithms"
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

// seasonLogs are the columns with a season whose logarithms may have one that is steadier: all
// positive, and the largest some times the least; nil if there are none.
func (p *Problem) seasonLogs(periods []float64) (logs []string) {
	moments := data.NewMoments(p.rows(true)...)
	for c, name := range p.Train[0].Names {
		if periods[c] > 0 && p.hasLogarithms(c, moments, seasonWide) {
			logs = append(logs, name)
		}
	}
	return logs
}

// inLogs are rows with the named columns as logarithms.
func inLogs(rows []data.Series, names []string) []data.Series {
	if len(names) == 0 {
		return rows
	}
	as := &model.Band{}
	for _, name := range rows[0].Names {
		as.Log = append(as.Log, slices.Contains(names, name))
	}
	return asBand(as, rows)
}

// ofLogs is what Schwarz's criterion of the named columns in logarithms lacks to be that of the
// columns, each in units of its own deviation: twice the logarithm of the derivative.
func ofLogs(rows, logged []data.Series, names []string) (sum float64) {
	plain, logs := data.NewMoments(rows...).SD, data.NewMoments(logged...).SD
	for i := range rows {
		s := &logged[i]
		for c, name := range s.Names {
			if !slices.Contains(names, name) {
				continue
			}
			for _, v := range s.Column(c) {
				if isNumber(v) {
					sum += 2 * (v + math.Log(logs[c]/plain[c]))
				}
			}
		}
	}
	return sum
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
		period, share, ok := periodWith(s.T, aboutBentLine(s.T, s.Column(c)), fastestSeason)
		if !ok || share < seasonShare {
			continue
		}
		if out[c], any = period, true; period < leastCycle*s.Step() { // the second wave of a quarterly season
			out[c] = 2 * period
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
