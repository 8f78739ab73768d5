package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// One number with one mark before three digits is read by what stands in its column, else in the
// file; where that does not tell, it is asked for.
func TestMarksBeforeThreeDigits(t *testing.T) {
	for name, c := range map[string]struct {
		text, decimal string
		want          []float64 // of column x; nil: it is asked for
		told          string
	}{
		"groups in the column":          {"t;x\n0;1.234,5\n1;12.346\n2;7\n", "", []float64{1234.5, 12346, 7}, "12.346 is 12346"},
		"groups in another column":      {"t;x;y\n0;12.346;1.000,5\n1;2,5;1\n2;3;1\n", "", []float64{12346, 2.5, 3}, "marks of thousands"},
		"several groups":                {"t;x\n0;1.234.567\n1;12.346\n2;0,5\n", "", []float64{1234567, 12346, 0.5}, "12346"},
		"points in the column":          {"t;x;y\n0;12.34;0,5\n1;12.346;1\n2;3;1\n", "", []float64{12.34, 12.346, 3}, ""},
		"no comma anywhere":             {"t;x\n0;12.346\n1;12.347\n2;12.348\n", "", []float64{12.346, 12.347, 12.348}, ""},
		"goes on past a thousand":       {"t;x\n0;895\n1;980\n2;1.040\n3;1.117\n", "", []float64{895, 980, 1040, 1117}, "1.040 is 1040"},
		"falls below a thousand":        {"t\tx\n0\t-1.117\n1\t-1.040\n2\t-980\n", "", []float64{-1117, -1040, -980}, "-1.117 is -1117"},
		"ungrouped below ten thousand":  {"t;x\n0;9876\n1;10.234\n2;11.001\n", "", []float64{9876, 10234, 11001}, "10.234 is 10234"},
		"past a thousand beside commas": {"t;x;y\n0;980;6,99\n1;1.040;7,1\n2;1.117;7\n", "", []float64{980, 1040, 1117}, "1.040 is 1040"},
		"decimals that go on":           {"t;x\n0;10\n1;9.512\n2;9.048\n", "", []float64{10, 9.512, 9.048}, ""},
		"too large without a mark":      {"t;x\n0;1500\n1;1.040\n2;1.117\n", "", []float64{1500, 1.04, 1.117}, ""},
		"bursts":                        {"t;x\n0;3\n1;5.020\n2;12\n3;1.040\n", "", nil, ""},
		"a zero among them":             {"t;x\n0;0\n1;5.020\n2;1.040\n", "", nil, ""},
		"bursts beside points":          {"t;x\n0.5;3\n1;5.020\n2;12\n3;1.040\n", "", []float64{3, 5.02, 12, 1.04}, ""},
		"past a thousand beside points": {"t;x\n0.5;980\n1;1.040\n2;1.117\n", "", nil, ""},
		"bursts between commas":         {"t,x\n0,3\n1,5.020\n2,12\n3,1.040\n", "", []float64{3, 5.02, 12, 1.04}, ""},
		"past a thousand in between":    {"t,x\n0,980\n1,1.040\n2,1.117\n", "", nil, ""},
		"said: thousands in between":    {"t,x\n0,980\n1,1.040\n2,1.117\n", "comma", []float64{980, 1040, 1117}, "1.040 is 1040"},
		"said: decimals in between":     {"t,x\n0,980\n1,1.040\n2,1.117\n", "point", []float64{980, 1.04, 1.117}, ""},
		"decimal commas beside":         {"t;x;y\n0;12.346;0,5\n1;12.347;1\n2;3;1\n", "", nil, ""},
		"decimal commas in the column":  {"t;x\n0;12.346\n1;0,5\n2;3\n", "", nil, ""},
		"quoted":                        {"t,x,y\n0,12.346,\"0,5\"\n1,12.347,1\n2,3,1\n", "", nil, ""},
		"both open":                     {"t;x\n0;12.346\n1;12,346\n2;3\n", "", nil, ""},
		"said: commas":                  {"t;x;y\n0;12.346;0,5\n1;12.347;1\n2;3;1\n", "comma", []float64{12346, 12347, 3}, "marks of thousands"},
		"said: either":                  {"t;x;y\n0;12.346;0,5\n1;12,347;1\n2;3;1\n", "either", []float64{12.346, 12.347, 3}, ""},
		"said: points":                  {"t;x\n0;12.346\n1;12,346\n2;3\n", "point", []float64{12.346, 12346, 3}, ""},
		"points in the other column":    {"t;x;y\n0;12,346;0.5\n1;3;1\n2;4;1\n", "", nil, ""},
		"points in a thousands column":  {"t;x;y\n0;998.5;0.5\n1;1,002;1\n2;999;1\n", "", []float64{998.5, 1002, 999}, "1,002 is 1002"},
		"commas of a thousand alone":    {"t;x\n0;1,234\n1;2,345\n2;3\n", "", []float64{1.234, 2.345, 3}, "decimal=point"},
		"below zero":                    {"t;x\n0;-1.234,5\n1;-12.346\n2;+1.000\n", "", []float64{-1234.5, -12346, 1000}, "12346"},
	} {
		told := ""
		got, err := Read(strings.NewReader(c.text), ReadOptions{Decimal: c.decimal, States: []string{"x"}, Time: "t", Note: func(text string) { told += text + "\n" }})
		switch {
		case c.want == nil:
			if err == nil || !strings.Contains(err.Error(), "nothing beside it tells") || !strings.Contains(err.Error(), "decimal=either") {
				t.Errorf("%s: read as %v, %v", name, got, err)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		default:
			wantNumbers(t, name, got[0].X, c.want...)
			if !strings.Contains(told, c.told) || c.told == "" && told != "" {
				t.Errorf("%s: told %q, want %q", name, told, c.told)
			}
		}
	}
}

// What tells may come after the rows that the dialect is guessed from, and each file has its own.
func TestMarksFarBelow(t *testing.T) {
	var b strings.Builder
	b.WriteString("t;x\n")
	for k := range 1500 {
		fmt.Fprintf(&b, "%d;%d\n", k, 900+k%7)
	}
	text := b.String()
	s := readOne(t, text+"1500;999.5\n1501;1,002\n", ReadOptions{})
	wantNumbers(t, "last", s.X[1500:], 999.5, 1002)
	s = readOne(t, text+"1500;999,5\n1501;1.002,5\n1502;1.003\n", ReadOptions{})
	wantNumbers(t, "last", s.X[1500:], 999.5, 1002.5, 1003)
	two, err := ReadFiles(texts("a", "t;x\n0;1.234,5\n1;1.235\n", "b", "t;x\n0;1.2345\n1;1.235\n"), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wantNumbers(t, "a", two[0].X, 1234.5, 1235)
	wantNumbers(t, "b", two[1].X, 1.2345, 1.235)
}

// What a tidy table holds is what its column of values holds, and questions about that remain.
func TestMarksOfTidyTables(t *testing.T) {
	head := "t;variable;value\n0;a;1.234,5\n0;b;0,25\n1;a;1.235\n1;b;0,5\n"
	s := readOne(t, head, ReadOptions{})
	wantNumbers(t, "tidy", s.X, 1234.5, 0.25, 1235, 0.5)
	if _, err := Read(strings.NewReader(strings.Replace(head, "1.234,5", "1", 1)), ReadOptions{}); err == nil || !strings.Contains(err.Error(), "nothing beside it tells") {
		t.Error(err)
	}
}

// grouping writes a whole number with points between its thousands.
func grouping(v float64) string {
	text := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "." + text[i:]
	}
	return text
}

// Counts with points between thousands are never taken for decimals, nor decimals for thousands,
// wherever a column has whole numbers beside those with three digits behind a point: smooth ones
// are read, others may be asked for. Three decimals everywhere are what they are.
func TestPointsBesideWholeNumbers(t *testing.T) {
	shortest := func(v float64) string { return strconv.FormatFloat(math.Round(1000*v)/1000, 'f', -1, 64) }
	fixed := func(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }
	growth := func(s *rand.Rand, noise float64) []float64 { // through a thousand, up or down
		rate, v := 0.02+0.3*s.Float64(), make([]float64, 40)
		from, sign := math.Log(1000)-rate*(5+30*s.Float64()), float64(2*s.IntN(2)-1)
		for k := range v {
			v[k] = math.Exp(from + rate*float64(k) + noise*s.NormFloat64())
		}
		if sign < 0 {
			slices.Reverse(v)
		}
		return v
	}
	for name, c := range map[string]struct {
		write func(float64) string
		unit  float64 // of a value, in those of growth
		noise float64
		asked bool // may be
	}{
		"smooth counts": {grouping, 1, 0.05, false}, "bursts of counts": {grouping, 1, 2, true},
		"three decimals": {fixed, 1e-3, 0.05, false}, "three decimals of bursts": {fixed, 1e-3, 2, false}, "large ones": {fixed, 0.1, 0.05, false},
		"shortest decimals": {shortest, 0.1, 0.05, false}, "of bursts": {shortest, 0.1, 2, true}, "without ends": {shortest, 0.01, 0.05, true},
	} {
		for seed := range uint64(200) {
			s := rand.New(rand.NewPCG(seed, 5))
			v, sep := growth(s, c.noise), []string{";", "\t", ","}[seed%3]
			if c.unit == 1 && seed%3 == 2 {
				sep = ";" // nobody separates such columns by commas
			}
			text, want := "t"+sep+"x\n", make([]float64, len(v))
			for k := range v {
				field := c.write(c.unit * v[k])
				text += fmt.Sprint(k) + sep + field + "\n"
				if c.unit == 1 {
					field = strings.ReplaceAll(field, ".", "")
				}
				want[k], _ = strconv.ParseFloat(field, 64)
			}
			got, err := Read(strings.NewReader(text), ReadOptions{})
			switch {
			case err != nil && !(c.asked && strings.Contains(err.Error(), "nothing beside it tells")):
				t.Fatalf("%s, %d: %v\n%s", name, seed, err, text)
			case err == nil && !slices.Equal(got[0].X, want):
				t.Fatalf("%s, %d: %v, want %v", name, seed, got[0].X, want)
			}
		}
	}
}

// The settings that are told read the same numbers without a guess.
func TestSettledMarksReadTheSame(t *testing.T) {
	for _, text := range []string{"t;x;y\n0;1.234,5;0,5\n1;12.346;1\n", "t,x\n0,\"1,234.5\"\n1,\"12,345\"\n", "t;x\n0;998.5\n1;1,002\n", "t;x;y\n0;12.34;0,5\n1;12.346;1\n",
		"t;x\n0;980\n1;1.040\n", "t;variable;value\n0;x;980\n1;x;1.040\n"} {
		var o ReadOptions
		first := readOne(t, text, ReadOptions{Settled: func(found ReadOptions) { o = found }})
		o.Settled = nil
		wantNumbers(t, text, readOne(t, text, o).X, first.X...)
	}
}

// Values below a limit are read as the limit, by column, in every dialect; the largest limit counts.
func TestValuesWrittenBelowALimit(t *testing.T) {
	for _, text := range []string{
		"t,x,y\n0,1.5,2\n1,<0.05,3\n2,<0.25,1\n3,,4\n", "t;x;y\n0;1,5;2\n1;< 0,05;3\n2;<=0,25;1\n3;NA;4\n",
		"t\tx\ty\n0\t1.5\t2\n1\t≤0.05\t3\n2\t\"< 0.25\"\t1\n3\t-\t4\n",
	} {
		told := ""
		s := readOne(t, text, ReadOptions{Note: func(text string) { told += text }})
		wantNumbers(t, text, s.X, 1.5, 2, 0.05, 3, 0.25, 1, math.NaN(), 4)
		wantNumbers(t, "limits", s.Below, 0.25, math.NaN())
		if !strings.Contains(told, `column "x": 2 values written as below a limit`) {
			t.Errorf("told %q", told)
		}
	}
	if s := readOne(t, "t,x\n0,1\n1,2\n", ReadOptions{}); s.Below != nil {
		t.Error(s.Below)
	}
	above := readOne(t, "t,x\n0,>9\n1,2\n2,≥ 9\n3,4\n", ReadOptions{Missing: []string{">9", "≥ 9"}})
	wantNumbers(t, "left out", above.X, math.NaN(), 2, math.NaN(), 4)
	s := readOne(t, "t,variable,value\n0,a,1\n0,b,<0.5\n1,a,2\n1,b,3\n", ReadOptions{})
	wantNumbers(t, "tidy", s.Below, math.NaN(), 0.5)
	if _, err := Read(strings.NewReader("t,x\n0,1\n<1,2\n"), ReadOptions{}); err == nil || !strings.Contains(err.Error(), "below a limit, which no time is") || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("a time below a limit: %v", err)
	}
	if _, err := Read(strings.NewReader("t,x\n0,1\n1,<low\n"), ReadOptions{}); err == nil {
		t.Error("<low is read")
	}
}
