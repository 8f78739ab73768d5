package data

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestCheckListsAllProblems(t *testing.T) {
	const text = "t,flat,empty,late,sparse,u\n" +
		"0,1,,,1,1\n1,1,,2,,\n2,1,,3,,3\n3,1,,4,,4\n100,1,,4,2,5\n"
	s := read(t, text, ReadOptions{Inputs: []string{"u"}})
	found := Check(s)
	for _, want := range []struct {
		severity Severity
		text     string
	}{
		{Error, `column "flat": all values are 1; a constant`},
		{Error, `column "empty": all values are missing`},
		{Warning, `column "late": the value at the start (time 0) is missing, the first is at time 1`},
		{Warning, `column "sparse": 3 of 5 values are missing`},
		{Warning, "5 rows are few"},
		{Warning, `column "t": there is a gap of 97 after time 3, 97 times`},
		{Warning, `column "u": 1 value of the input missing`},
	} {
		ok := false
		for _, p := range found {
			ok = ok || p.Severity == want.severity && strings.HasPrefix(p.String(), want.text)
		}
		if !ok {
			t.Errorf("no %s %q in %v", want.severity, want.text, found)
		}
	}
	for i := 1; i < len(found); i++ {
		if found[i].Severity > found[i-1].Severity {
			t.Error("an error comes after a warning")
		}
	}
	if flat := Flat(s); !slices.Equal(flat, []string{"flat", "empty"}) || Flat(nil) != nil {
		t.Errorf("flat are %v", flat)
	}
	if err := FirstError(found); err == nil || !strings.Contains(err.Error(), "flat") {
		t.Errorf("first error: %v", err)
	}
}

func TestCheckAcceptsGoodRecordings(t *testing.T) {
	var b strings.Builder
	b.WriteString("t,x,u\n")
	for i := range 12 {
		b.WriteString(formatNumber(float64(i)) + "," + formatNumber(float64(i*i)) + ",1\n")
	}
	if p := Check(read(t, b.String(), ReadOptions{Inputs: []string{"u"}})); p != nil {
		t.Errorf("problems %v", p)
	}
	if FirstError(nil) != nil {
		t.Error("no problem is an error")
	}
}

func TestCheckNamesTheRecording(t *testing.T) {
	s := read(t, "id,t,x,u\na,0,1,\na,1,2,1\nb,0,3,1\nb,1,4,1\nb,2,5,1\nb,3,6,\n", ReadOptions{Inputs: []string{"u"}})
	var all []string
	for _, p := range Check(s) {
		all = append(all, p.String())
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{`recording "a": 2 rows: too few`, `recording "a": column "u": 1 value of the input missing`, `recording "b": column "u"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestCheckOfHandMadeSeries(t *testing.T) {
	if p := Check(nil); len(p) != 1 || p[0].Severity != Error {
		t.Errorf("no recordings: %v", p)
	}
	if p := Check([]Series{{Names: []string{"x"}}}); FirstError(p) == nil {
		t.Errorf("no rows: %v", p)
	}
	s := Series{Time: "t", Names: []string{"x"}, T: []float64{0, 1, 1, 2}, X: []float64{1, 2, 3, 4}}
	if err := FirstError(Check([]Series{s})); err == nil || !strings.Contains(err.Error(), "does not increase from 1 (row 2) to 1") {
		t.Errorf("equal times: %v", err)
	}
}

// Times between which no number lies, or a rate would have none, are refused.
func TestTimesThatCannotBeComputedWithAreRefused(t *testing.T) {
	for step, t0 := range map[float64]float64{1: 1e15, 1e-300: 0, 5e-324: 0, 1e70: 0} {
		s := Series{Time: "t", Names: []string{"x"}}
		for i := range 20 {
			s.T, s.X = append(s.T, t0+step*float64(i)), append(s.X, math.Sin(float64(i)))
		}
		if FirstError(Check([]Series{s})) == nil {
			t.Errorf("steps of %g from %g on are accepted", step, t0)
		}
	}
}

func TestSpikesAndCoarseTimesAreTold(t *testing.T) {
	wave := func(spike, t0, step float64) []Series {
		s := Series{Names: []string{"x"}}
		for i := range 50 {
			s.T, s.X = append(s.T, t0+step*float64(i)), append(s.X, math.Sin(0.3*float64(i)))
		}
		s.X[20] = spike
		return []Series{s}
	}
	growth := wave(0.3, 0, 1)
	for i := range growth[0].X {
		growth[0].X[i] = math.Exp(0.5 * float64(i))
	}
	for _, c := range []struct {
		s    []Series
		want string
	}{
		{wave(1e12, 0, 1), "far from all others"}, {wave(0.3, 1e9, 1e-5), "exact to"},
		{wave(3, 0, 1), ""}, {wave(0.3, 1e9, 1), ""}, {growth, ""},
	} {
		found := Check(c.s)
		switch {
		case c.want == "" && len(found) > 0:
			t.Errorf("%v", found)
		case c.want != "" && (len(found) != 1 || found[0].Severity != Warning || !strings.Contains(found[0].Message, c.want)):
			t.Errorf("%v, want one warning of %q", found, c.want)
		}
	}
}

// One gross value among others is told, wherever inside it stands; a jump, a law of decades and
// values that recur are not mistaken for one.
func TestAGrossValueIsTold(t *testing.T) {
	of := func(f func(k int) float64) []Series {
		s := Series{Names: []string{"x"}}
		for k := range 60 {
			s.T, s.X = append(s.T, float64(k)), append(s.X, f(k))
		}
		return []Series{s}
	}
	decay := func(k int) float64 { return 3 * math.Exp(-0.05*float64(k)) }
	for name, c := range map[string]struct {
		f    func(k int) float64
		told bool
	}{
		"large":      {func(k int) float64 { return map[bool]float64{true: 1000, false: decay(k)}[k == 30] }, true},
		"negative":   {func(k int) float64 { return map[bool]float64{true: -40, false: decay(k)}[k == 2] }, true},
		"a decay":    {decay, false},
		"decades":    {func(k int) float64 { return math.Exp(float64(k)) }, false},
		"a jump":     {func(k int) float64 { return map[bool]float64{true: 1000, false: decay(k)}[k > 50] }, false},
		"two pulses": {func(k int) float64 { return map[bool]float64{true: 1000, false: decay(k)}[k%20 == 10] }, false},
		"a start":    {func(k int) float64 { return map[bool]float64{true: 1000, false: decay(k)}[k == 0] }, false},
	} {
		told := false
		for _, p := range Check(of(c.f)) {
			told = told || strings.Contains(p.Message, "far from all others")
		}
		if told != c.told {
			t.Errorf("%s: told %v", name, told)
		}
	}
}
