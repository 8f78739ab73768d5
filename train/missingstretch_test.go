package train

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// A column is not seen where the recording goes on without it for longer than
// its own values are apart; rows that no column has are a gap as any other.
func TestStretchesWithoutValuesAreFound(t *testing.T) {
	inf := math.Inf(1)
	for name, c := range map[string]struct {
		missing func(row int) bool
		want    []stretch
	}{
		"all there":           {func(int) bool { return false }, nil},
		"a few missing":       {func(i int) bool { return i == 3 || i == 9 || i == 10 || i == 40 }, nil},
		"no end":              {func(i int) bool { return i > 20 }, []stretch{{20, inf, 1}}},
		"no beginning":        {func(i int) bool { return i < 12 }, []stretch{{-inf, 12, 1}}},
		"a hole":              {func(i int) bool { return i > 10 && i < 20 }, []stretch{{10, 20, 1}}},
		"two holes":           {func(i int) bool { return i > 10 && i < 20 || i > 30 && i < 39 }, []stretch{{10, 20, 1}, {30, 39, 1}}},
		"every fourth":        {func(i int) bool { return i%4 != 0 }, nil},
		"every fourth, half":  {func(i int) bool { return i%4 != 0 || i > 16 }, []stretch{{16, inf, 4}}},
		"short at both sides": {func(i int) bool { return i < 3 || i > 36 }, nil},
	} {
		n := 41
		s := data.Series{Names: []string{"x", "y"}, Units: []string{"", ""}, Time: "t", T: steps(n, 1)}
		for i := range n {
			v := math.Sin(float64(i))
			if c.missing(i) {
				v = math.NaN()
			}
			s.X = append(s.X, v, math.Cos(float64(i)))
		}
		p := mustProblem(t, []data.Series{s}, tinyNet(0, false), func(s *Settings) { s.Scale, s.Heldout, s.Initial, s.Start = "none", 0, "known", []float64{0, 1} })
		if got := p.unseen(0, 0); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if got := p.unseen(0, 1); got != nil {
			t.Errorf("%s: the other column is not seen in %v", name, got)
		}
	}
	// Rows 4 and 5 are far apart, for all columns.
	s := single([]float64{0, 1, 2, 3, 4, 30, 31, 32, 33}, []float64{0, 1, 0, 1, 0, math.NaN(), 0, 1, 0})
	p := mustProblem(t, []data.Series{s}, tinyNet(0, false), func(s *Settings) { s.Scale, s.Heldout = "none", 0 })
	if got := p.unseen(0, 0); !reflect.DeepEqual(got, []stretch{{4, 31, 1}}) {
		t.Errorf("%v", got)
	}
}

func TestNothingIsDrawnToWhatIsNotSeen(t *testing.T) {
	p := variants(t)["half seen"]
	const members = 3
	in, err := p.coupling(members, -1)
	if err != nil {
		t.Fatal(err)
	}
	in.strength.gain = 2
	hidden := p.unseen(1, 1)
	if len(hidden) != 1 || !math.IsInf(hidden[0].hi, 1) {
		t.Fatalf("%v", hidden)
	}
	lanes := program.PadLanes(2 * members)
	u := program.NewBatch(in.inputs+2*in.states, lanes)
	for _, late := range []bool{false, true} {
		at := slices.Repeat([]float64{hidden[0].lo - 0.01}, lanes)
		if late {
			at[members] = hidden[0].lo + 1.01*hidden[0].fade // a lane of the second recording
			at[members+1] = hidden[0].lo + 0.25*hidden[0].fade
		}
		in.At(u, at)
		for l := range lanes {
			for c := range 2 {
				want := 2.0
				switch {
				case late && l == members && c == 1:
					want = 0
				case late && l == members+1 && c == 1:
					want = 1.5
				}
				if got := u.At(in.inputs+in.states+c, l); differs(got, want, 1e-12) {
					t.Errorf("lane %d, column %d: gain %g, want %g", l, c, got, want)
				}
			}
		}
	}
	in.strength.gain = math.Inf(1) // teacher forcing
	at := slices.Repeat([]float64{hidden[0].lo + 1.01*hidden[0].fade}, lanes)
	if in.At(u, at); u.At(in.inputs+in.states+1, members) != 0 || !math.IsInf(u.At(in.inputs+in.states, members), 1) {
		t.Errorf("of an infinite gain %g and %g are left", u.At(in.inputs+in.states, members), u.At(in.inputs+in.states+1, members))
	}
	part := in.Part(members, 2*members).(*coupled)
	for lane, b := range map[int]field.Breaker{members: in, 0: part} {
		all := b.Breaks(lane, math.Inf(-1), math.Inf(1))
		base := in.base.(field.Breaker).Breaks(members, math.Inf(-1), math.Inf(1))
		if !slices.IsSorted(all) || !slices.Contains(all, hidden[0].lo) || len(all) < len(base) {
			t.Errorf("breaks %v, of the inputs %v", all, base)
		}
	}
	if got := in.Breaks(0, math.Inf(-1), math.Inf(1)); slices.Contains(got, hidden[0].lo) {
		t.Error("the first recording breaks where the second is not seen")
	}
}

// Half of the record of the predators is missing. What is seen, and the
// equations, say what they did.
func TestMethodsDoWithoutWhatIsNotSeen(t *testing.T) {
	s := lotkaVolterra()
	s.noise = 0.01
	rec, truth := s.draw(1)
	for k := 30; k < rec.Len(); k++ {
		rec.Row(k)[1] = math.NaN()
	}
	arch := &field.Equations{Text: "x' = a*x - b*x*y\ny' = c*x*y - d*y",
		Parameters: map[string]field.Unknown{"a": {Start: 1}, "b": {Start: 1}, "c": {Start: 1}, "d": {Start: 1}}}
	p := mustProblem(t, []data.Series{rec}, arch, func(s *Settings) { s.Heldout = 0 })
	for _, name := range []string{"continuation", "homotopy", "gradient-matching,lm"} {
		r := fitted(t, defaults(t, name), p)
		if told := strings.Join(r.Warnings, "; "); strings.Contains(told, `column "y" has no values after time 2.9`) == strings.Contains(name, ",") {
			t.Errorf("%s: warnings %q", name, told)
		}
		f, err := r.Model.Forecast(0, rec.T, nil)
		if err != nil || f.Failed != "" {
			t.Fatal(name, err, f)
		}
		worst := 0.0
		for i, v := range f.X {
			worst = max(worst, math.Abs(v-truth[i]))
		}
		if worst > 0.5 {
			t.Errorf("%s: off by up to %g", name, worst)
		}
	}
}

func TestColumnsThatAreNeverSeenTogetherHaveNoSlopesToMatch(t *testing.T) {
	n := 40
	s := data.Series{Names: []string{"x", "y"}, Units: []string{"", ""}, Time: "t", T: steps(n, 1)}
	for i := range n {
		x, y := math.Sin(float64(i)), math.NaN()
		if i >= n/2 {
			x, y = math.NaN(), math.Cos(float64(i))
		}
		s.X = append(s.X, x, y)
	}
	p := mustProblem(t, []data.Series{s}, tinyNet(0, false), func(s *Settings) { s.Heldout, s.Initial, s.Start = 0, "known", []float64{0, 1} })
	if _, err := defaults(t, "gradient-matching").Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), "times at which all columns have values") {
		t.Error(err)
	}
}

func TestWhatIsNotHeldByTheCouplingIsTold(t *testing.T) {
	told := variants(t)["half seen"].undrawn()
	if len(told) != 1 || !strings.HasPrefix(told[0], `recording "1": column "y" has no values after time `) {
		t.Errorf("%q", told)
	}
	if told = variants(t)["hidden states"].undrawn(); len(told) != 1 || !strings.Contains(told[0], "2 of 4 are hidden") {
		t.Errorf("%q", told)
	}
	if told = variants(t)["three recordings"].undrawn(); told != nil {
		t.Errorf("%q", told)
	}
}
