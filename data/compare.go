package data

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// CompareOptions adjust Compare.
type CompareOptions struct {
	// Interpolate takes the values between two rows of the first recording from the
	// straight line through them. Without it, times have to coincide.
	Interpolate bool
}

// Compare scores recordings against reference ones: those with the same ID, or the
// only one on each side; states with the same name; rows at the same time,
// within rounding, where both cover it. Variances are those of the whole reference.
// Columns and recordings that only got has do not matter; neither do bands
// (name_lo, name_hi, name_kind_lo, …) of the reference.
//
// Errors: a column, recording or value of the reference that got lacks;
// no common span of time; rows of both sides that fall between rows of the
// other, unless they are to be interpolated.
func Compare(got, reference []Series, o CompareOptions) (Scores, error) {
	a, b, err := Align(got, reference, o)
	if err != nil {
		return Scores{}, err
	}
	names := b[0].Names
	whole := make([]Series, len(reference))
	for n := range reference {
		if whole[n], err = reference[n].Pick(names); err != nil {
			return Scores{}, err
		}
	}
	scorer := NewScorer(names, NewMoments(whole...).Variance(), whole[0].Below)
	for n := range b {
		for i := range b[n].T {
			scorer.Add(a[n].Row(i), b[n].Row(i))
		}
	}
	return scorer.Scores(), nil
}

// Align returns the rows that both sides have: recordings, states and rows are
// matched as Compare says, with the times and states of the reference.
func Align(got, reference []Series, o CompareOptions) (a, b []Series, err error) {
	if len(got) == 0 || len(reference) == 0 {
		return nil, nil, fmt.Errorf("there is no recording to compare")
	}
	names := withoutBands(reference[0].Names)
	for n := range reference {
		ref, err := reference[n].Pick(names)
		if err != nil {
			return nil, nil, err
		}
		match, err := recordingFor(got, &ref, len(reference))
		if err != nil {
			return nil, nil, err
		}
		picked, err := match.Pick(names)
		if err != nil {
			return nil, nil, err
		}
		one, two, err := common(&picked, &ref, o)
		if err != nil {
			return nil, nil, inRecording(ref.ID, err)
		}
		a, b = append(a, *one), append(b, *two)
	}
	return a, b, nil
}

// withoutBands leaves out the limits of bands.
func withoutBands(names []string) []string {
	var out []string
	for _, name := range names {
		base, isLo := strings.CutSuffix(name, "_lo")
		if !isLo {
			base, _ = strings.CutSuffix(name, "_hi")
		}
		for _, kind := range []string{BandFit, BandPredictive} {
			if stem, ok := strings.CutSuffix(base, "_"+kind); ok && base != name && !slices.Contains(names, base) {
				base = stem
			}
		}
		if base == name || !slices.Contains(names, base) {
			out = append(out, name)
		}
	}
	return out
}

// Pick returns s with the named states only, in that order.
func (s *Series) Pick(names []string) (Series, error) {
	out := *s
	out.Names, out.Units, out.X = names, nil, make([]float64, 0, len(names)*s.Len())
	columns := make([]int, len(names))
	for k, name := range names {
		if columns[k] = slices.Index(s.Names, name); columns[k] < 0 {
			return out, fmt.Errorf("only one side has %q: %s; rename one, or leave it out with ignore=%s", name, unknown(name, s.Names), name)
		}
	}
	if s.Below != nil {
		out.Below = nil
		for _, c := range columns {
			out.Below = append(out.Below, s.Below[c])
		}
	}
	for i := range s.T {
		row := s.Row(i)
		for _, c := range columns {
			out.X = append(out.X, row[c])
		}
	}
	return out, nil
}

func recordingFor(got []Series, ref *Series, refs int) (*Series, error) {
	if len(got) == 1 && refs == 1 {
		return &got[0], nil
	}
	ids := make([]string, len(got))
	for n := range got {
		if ids[n] = got[n].ID; ids[n] == ref.ID {
			return &got[n], nil
		}
	}
	return nil, fmt.Errorf("only one side has recording %q (the other has: %s)", ref.ID, strings.Join(ids, ", "))
}

func inRecording(id string, err error) error {
	if id == "" {
		return err
	}
	return fmt.Errorf("recording %q: %w", id, err)
}

// pair is two recordings on one clock, that of the second.
type pair struct {
	got, ref *Series
	t        []float64 // times of got on the clock of ref
	tol      float64   // times closer than this are equal
}

// common are the rows that two recordings with the same columns have in common.
func common(got, ref *Series, o CompareOptions) (a, b *Series, err error) {
	p, err := newPair(got, ref)
	if err != nil {
		return nil, nil, err
	}
	from := max(p.t[0], ref.T[0]) - p.tol
	to := min(p.t[len(p.t)-1], ref.T[ref.Len()-1]) + p.tol
	if from > to {
		return nil, nil, fmt.Errorf("the two sides do not overlap in time: %s to %s and %s to %s",
			p.when(p.t[0]), p.when(p.t[len(p.t)-1]), p.when(ref.T[0]), p.when(ref.T[ref.Len()-1]))
	}
	if !o.Interpolate {
		if err := p.checkMatch(from, to); err != nil {
			return nil, nil, err
		}
	}
	one, two := *ref, *ref
	one.T, one.X, two.X = nil, nil, nil
	row := make([]float64, len(ref.Names))
	for i, at := range ref.T {
		if at < from || at > to {
			continue
		}
		j := near(p.t, at, p.tol)
		switch {
		case j >= 0:
			copy(row, got.Row(j))
		case o.Interpolate:
			p.between(row, at)
		default:
			continue
		}
		for c, v := range row {
			if math.IsNaN(v) && !math.IsNaN(ref.Row(i)[c]) {
				return nil, nil, fmt.Errorf("the compared side has no value of %q at time %s; a missing value cannot be scored", ref.Names[c], p.when(at))
			}
		}
		one.T, one.X, two.X = append(one.T, at), append(one.X, row...), append(two.X, ref.Row(i)...)
	}
	two.T, one.U, two.U, one.Inputs, two.Inputs = one.T, nil, nil, nil, nil
	return &one, &two, nil
}

func newPair(got, ref *Series) (*pair, error) {
	if got.Len() == 0 || ref.Len() == 0 {
		return nil, fmt.Errorf("a recording has no rows")
	}
	if got.Epoch.IsZero() != ref.Epoch.IsZero() {
		return nil, fmt.Errorf("one side counts time in numbers, the other in timestamps")
	}
	p := &pair{got: got, ref: ref, t: got.T}
	if !ref.Epoch.IsZero() {
		scale := unitSeconds(got.TUnit) / unitSeconds(ref.TUnit)
		offset := SecondsSince(got.Epoch, ref.Epoch) / unitSeconds(ref.TUnit)
		p.t = make([]float64, got.Len())
		for i, v := range got.T {
			p.t[i] = v*scale + offset
		}
	}
	for _, v := range [][]float64{p.t, ref.T} {
		p.tol = max(p.tol, 1e-9*math.Abs(v[0]), 1e-9*math.Abs(v[len(v)-1])) // nine digits, as printed files have
	}
	return p, nil
}

// checkMatch wants each row between from and to of at least one side to have a partner.
func (p *pair) checkMatch(from, to float64) error {
	a, okA := alone(p.t, p.ref.T, from, to, p.tol)
	b, okB := alone(p.ref.T, p.t, from, to, p.tol)
	if !okA || !okB {
		return nil
	}
	return fmt.Errorf("rows do not match: time %s is only on the compared side, time %s only in the reference; "+
		"ask for values between rows (--interpolate), or forecast at the times of the reference", p.when(a), p.when(b))
}

// when writes a time on the clock of the reference, as its file would.
func (p *pair) when(t float64) string {
	if p.ref.Epoch.IsZero() {
		return strconv.FormatFloat(t, 'g', -1, 64)
	}
	return Written(Stamp(p.ref.Epoch, t, p.ref.TUnit))
}

// alone returns the first time of a within the limits that b lacks.
func alone(a, b []float64, from, to, tol float64) (t float64, ok bool) {
	for _, v := range a {
		if v >= from && v <= to && near(b, v, tol) < 0 {
			return v, true
		}
	}
	return 0, false
}

// near returns the place in sorted times of the one nearest to at, or -1 if it is farther than tol.
func near(times []float64, at, tol float64) int {
	j := sort.SearchFloat64s(times, at)
	if j == len(times) || j > 0 && at-times[j-1] < times[j]-at {
		j--
	}
	if math.Abs(times[j]-at) > tol {
		return -1
	}
	return j
}

// between fills row with the straight line between the rows around time at.
func (p *pair) between(row []float64, at float64) {
	if len(p.t) == 1 {
		copy(row, p.got.Row(0))
		return
	}
	j := min(max(sort.SearchFloat64s(p.t, at), 1), len(p.t)-1)
	w := (at - p.t[j-1]) / (p.t[j] - p.t[j-1])
	a, b := p.got.Row(j-1), p.got.Row(j)
	for c := range row {
		row[c] = (1-w)*a[c] + w*b[c]
	}
}
