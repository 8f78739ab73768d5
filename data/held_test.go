package data

import (
	"math"
	"strings"
	"testing"
)

func series(n int, f func(i int) float64) []float64 {
	var out []float64
	for i := range n {
		out = append(out, f(i))
	}
	return out
}

func TestShapesOfColumns(t *testing.T) {
	for name, c := range map[string]struct {
		v    []float64
		want Shape
	}{
		"doses":    {series(40, func(i int) float64 { return map[int]float64{0: 100, 15: 50, 30: 100}[i] }), Pulses},
		"set":      {series(60, func(i int) float64 { return []float64{20, 65, 30, 42}[i/15] }), Steps},
		"switch":   {series(60, func(i int) float64 { return float64(i / 12 % 2) }), Steps},
		"setpoint": {series(181, func(i int) float64 { return []float64{40, 55, 45}[min(i/60, 2)] }), Steps},
		"stairs":   {series(80, func(i int) float64 { return 20 + 10*float64(i/20) }), Steps},
		"uneven":   {series(90, func(i int) float64 { return []float64{1, 2, 4.5, 3, 5, 1}[i/15] }), Steps},
		"ramp":     {series(60, func(i int) float64 { return 0.1 * float64(i) }), Varied},
		"up, kept": {series(60, func(i int) float64 { return min(3, 0.1*float64(i)) }), Varied},
		"slope":    {series(200, func(i int) float64 { return math.Round(float64(i) / 15) }), Varied},
		"flicker":  {series(200, func(i int) float64 { return 1 + math.Round(math.Sin(float64(i)/30)+0.1*math.Sin(7*float64(i))) }), Varied},
		"fast":     {series(200, func(i int) float64 { return math.Round(5*math.Sin(float64(i)/40)) + float64(i%37/36) }), Varied},
		"sine":     {series(60, func(i int) float64 { return math.Sin(float64(i)) }), Varied},
		"rounded":  {series(200, func(i int) float64 { return math.Round(3 * math.Sin(float64(i)/40)) }), Varied},
		"constant": {series(60, func(i int) float64 { return 4 }), Varied},
		"random":   {series(60, func(i int) float64 { return float64(i * i % 7 % 2) }), Varied},
		"missing":  {series(60, func(i int) float64 { return []float64{1, 1, 1, math.NaN(), 1, 1, 9, 9, 9, 9}[i/6] }), Steps},
	} {
		if got := ShapeOf(c.v); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestColumnsThatAreSetAreTold(t *testing.T) {
	n := 60
	s := Series{Names: []string{"x", "setpoint"}, Inputs: []string{"dose", "wind"}}
	for i := range n {
		s.T = append(s.T, float64(i))
		s.X = append(s.X, math.Sin(float64(i)), []float64{20, 65, 30, 42}[i/15])
		s.U = append(s.U, map[int]float64{0: 100, 30: 50}[i], math.Cos(float64(i)))
	}
	found := SetColumns([]Series{s}, func(string) bool { return true })
	if len(found) != 2 || found[0].Column != "setpoint" || !strings.Contains(found[0].Message, "inputs=setpoint") ||
		found[1].Column != "dose" || !strings.Contains(found[1].Message, "hold=zero") || !strings.Contains(found[1].Message, "hold=dose:zero") {
		t.Errorf("%v", found)
	}
	if found := SetColumns([]Series{s}, func(name string) bool { return name != "dose" }); len(found) != 1 {
		t.Errorf("a held input: %v", found)
	}
}
