package study

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/num"
	say "github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// Band says what is known of the predictive band of a model, in the form of
// result.json. Numbers that do not exist are null; lists have an entry a column.
type Band struct {
	Nominal  *float64 `json:"nominal"`  // part of values it is to hold
	Measured *float64 `json:"measured"` // part of held-out values it held, see model.Band
	Values   int      `json:"values"`   // that was measured on, once for each forecast of them
	// Calibrated tells that its width comes from held-out rows alone, up to the
	// horizon CalibratedTo. Else it comes from the model, scaled by what held-out
	// rows there are.
	Calibrated   bool              `json:"calibrated"`
	CalibratedTo *float64          `json:"calibrated_to"`
	Groups       []model.BandGroup `json:"groups"` // by ascending horizon
	Noise        []*float64        `json:"noise"`
	Misfit       []model.Misfit    `json:"misfit,omitempty"`     // of each column, beside its noise; absent: none is seen
	Log          []bool            `json:"logarithms,omitempty"` // columns whose noise and misfit are those of their logarithms; absent: none
	CRPS         []*float64        `json:"crps"`                 // of the band
	Plain        []*float64        `json:"crps_plain"`           // of always saying mean and deviation of the training rows
}

func newBand(m *model.Model) *Band {
	b := m.Band
	if b == nil {
		return nil
	}
	noise, misfit, crps, plain := b.Noise, b.Misfit, b.CRPS, b.Plain
	if n := len(m.Columns()); m.Embedding != nil { // the others are what this column was before
		noise, misfit, crps, plain = first(noise, n), first(misfit, n), first(crps, n), first(plain, n)
	}
	out := &Band{Nominal: number(b.Nominal), Values: b.Values, Calibrated: b.CalibratedTo() > 0, Groups: append([]model.BandGroup{}, b.Groups...),
		Noise: numbers(noise), Misfit: misfit, Log: b.Log}
	if b.Values > 0 {
		out.Measured, out.CRPS, out.Plain = number(b.Measured), numbers(crps), numbers(plain)
		for c := range min(len(b.Each), len(out.CRPS)) {
			if b.Each[c] == 0 {
				out.CRPS[c] = nil
			}
		}
	}
	if out.Calibrated {
		out.CalibratedTo = number(b.CalibratedTo())
	}
	return out
}

// first is the beginning of a list.
func first[T any](list []T, n int) []T { return list[:min(n, len(list))] }

// untold is the share of a misfit below which noise is not told beside it.
const untold = 1e-3

// Left says in sentences how the rows of the named columns lie about the law, beside white noise.
func (b *Band) Left(names []string) (all []string) {
	if b == nil {
		return nil
	}
	for c, name := range names {
		of := ""
		if c < len(b.Log) && b.Log[c] {
			of = " of its logarithm"
			all = append(all, fmt.Sprintf("%s grows and shrinks by factors: its state is its logarithm, so that errors are parts of the value", name))
		}
		if c < len(b.Misfit) && b.Misfit[c].SD > 0 {
			m := &b.Misfit[c]
			if noise := num.FromNull(b.Noise[c]); !(noise > untold*m.SD) {
				all = append(all, fmt.Sprintf("rows of %s are off the law by a misfit of %s%s, which is the law's own and remembers for %s, and by no noise that can be told beside it: bands hold it", name, say.Short(m.SD), of, say.Short(m.Memory)))
				continue
			}
			all = append(all, fmt.Sprintf("rows of %s are off the law by noise of deviation %s%s and by a misfit of %s, which is the law's own and remembers for %s: bands hold both",
				name, say.Short(num.FromNull(b.Noise[c])), of, say.Short(m.SD), say.Short(m.Memory)))
		}
	}
	return all
}

func numbers(v []float64) []*float64 {
	out := []*float64{}
	for _, x := range v {
		out = append(out, number(x))
	}
	return out
}

// Signs is train.Signs in the form of result.json: figures that were not measured
// are null.
type Signs struct {
	Memory   *float64 `json:"residual_z"`      // lag-one correlation of what is left of the rows, in its deviations
	Run      *float64 `json:"residual_run"`    // rows for which it keeps its sign
	Of       string   `json:"residual_column"` // of these
	Misfit   *float64 `json:"misfit"`          // what is left of the rows, in deviations
	Period   *float64 `json:"period"`          // of it
	PeriodOf string   `json:"period_column"`   //
	Share    *float64 `json:"period_share"`    // of its variance
	Width    *float64 `json:"band_width"`      // of the next half of the record, noise apart, in deviations
	Worse    *float64 `json:"error_over_best_baseline"`
	Wild     string   `json:"wild"`
	Turns    int      `json:"turns"`
}

func newSigns(s *train.Signs) *Signs {
	if s == nil {
		return nil
	}
	return &Signs{number(s.Memory), number(s.Run), s.Of, number(s.Misfit), number(s.Period), s.PeriodOf, number(s.Share), number(s.Width), number(s.Worse), s.Wild, s.Turns}
}
