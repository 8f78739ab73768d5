package data

import (
	"strings"
	"testing"
)

func ramp(n int) Series {
	s := Series{Time: "t", Names: []string{"x", "y"}, Inputs: []string{"u"}}
	for i := range n {
		v := float64(i)
		s.T, s.X, s.U = append(s.T, v), append(s.X, 10*v, 20*v), append(s.U, 30*v)
	}
	return s
}

func TestSplitHoldsOutTheTail(t *testing.T) {
	for _, c := range []struct {
		rows     int
		fraction float64
		held     int
	}{{61, 0.2, 12}, {21, 0.2, 4}, {10, 0.2, 3}, {7, 0.01, 3}, {100, 0.5, 50}, {50, 0, 0}, {4, 0, 0}} {
		s := ramp(c.rows)
		train, held, err := Split(s, c.fraction)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if held.Len() != c.held || train.Len() != c.rows-c.held {
			t.Errorf("%+v: %d + %d rows", c, train.Len(), held.Len())
		}
		wantNumbers(t, "T", append(train.T, held.T...), s.T...)
		wantNumbers(t, "X", append(train.X, held.X...), s.X...)
		wantNumbers(t, "U", append(train.U, held.U...), s.U...)
	}
}

func TestSplitRefusesTooFewRows(t *testing.T) {
	for _, c := range []struct {
		rows     int
		fraction float64
		want     string
	}{
		{6, 0.2, "6 rows: holding out 3 leaves 3"}, {3, 0, "take more rows"}, {20, 0.9, "smaller heldout="},
		{20, 1, "below 1"}, {20, -0.1, "at least 0"}, {20, nan, "fraction"},
	} {
		if _, _, err := Split(ramp(c.rows), c.fraction); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestAppendingToASliceLeavesTheRestAlone(t *testing.T) {
	s := ramp(10)
	part := s.Slice(0, 5)
	part.X = append(part.X, -1)
	part.T = append(part.T, -1)
	if s.X[10] != 50 || s.T[5] != 5 {
		t.Error("appending to the training rows wrote into the held-out rows")
	}
}

func TestGridIncludesItsEndOnWholeSteps(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		last float64
	}{
		{"0:12:0.1", 121, 12}, {"0:6:0.1", 61, 6}, {"0:1:0.3", 4, 0.9}, {"0.1:0.7:0.1", 7, 0.7},
		{"0:50:0.01", 5001, 50}, {"5:5:1", 1, 5}, {"-1:1:0.5", 5, 1}, {" 1900 : 1920 : 1 ", 21, 1920},
		{"1e6:1000001:0.1", 11, 1000001}, {"0:0.9999:0.1", 10, 0.9}, {"0:100000:0.1", 1000001, 100000},
		{"1e308:1.1e308:1e307", 2, 1.1e308}, {"1e17:1e17:1", 1, 1e17},
	} {
		g, err := Grid(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if len(g) != c.n {
			t.Errorf("%s: %d times, want %d", c.text, len(g), c.n)
			continue
		}
		wantNear(t, c.text, g[len(g)-1], c.last, 1e-9)
	}
	g, _ := Grid("2:3:0.1")
	for i, v := range g {
		if step := 0.1; v != 2+float64(float64(i)*step) {
			t.Errorf("time %d is %v, not a + i·step", i, v)
		}
	}
}

func TestGridRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"": "start:end:step", "0:1": "start:end:step", "0:1:2:3": "start:end:step", "0:x:1": `"x"`,
		"0:1:0": "not positive", "0:1:-1": "not positive", "1:0:0.1": "before its start", "0:inf:1": `"inf"`,
		"0:nan:1": `"nan"`, "0:1:1e-12": "larger step", "0:1e308:1e-308": "larger step",
		"1e17:1.1e17:1": "larger step", "1e17:100000000000000100:1": "too small to tell",
	} {
		if _, err := Grid(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
