package cli

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// plantRows are those of y” = ω²·(3·u − y) − 2ζω·y' with ω = 2 and ζ = 0.2 under an input that jumps.
func plantRows() string {
	const omega, zeta, h = 2.0, 0.2, 0.0005
	b := &strings.Builder{}
	b.WriteString("t [s],u,y\n")
	y, v, u, s := 0.0, 0.0, 0.0, uint32(1)
	for k := range 500 {
		if k%20 == 0 {
			s = s*1664525 + 1013904223
			u = float64(s>>29) - 3
		}
		s = s*1664525 + 1013904223
		fmt.Fprintf(b, "%.1f,%g,%.6f\n", float64(k)*0.1, u, y+0.01*(float64(s)/math.MaxUint32-0.5))
		for range 200 {
			v += h * (omega*omega*(3*u-y) - 2*zeta*omega*v)
			y += h * v
		}
	}
	return b.String()
}

type responseJSON struct {
	Result struct {
		Stable bool
		Place  struct {
			Exact, Rests bool
			States       map[string]float64
		}
		Nyquist float64
		Poles   []struct{ Damping, Turns float64 }
		Pairs   []struct {
			Input, Output                     string
			Steady, Rise, Settling, Overshoot *float64
			Gain, Phase, Step                 []float64
		}
		Frequency, Time []float64
	}
}

func TestResponseOfALinearFit(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "plant.csv", plantRows())
	must(t, "fit", "plant.csv", "inputs=u", "model=linear", "hold=zero")
	var got responseJSON
	dynamicsOf(t, &got, "runs/001", "response", "--out", "analysis")
	r := got.Result
	if len(r.Pairs) != 1 || !r.Stable || !r.Place.Exact {
		t.Fatalf("%+v", r)
	}
	p := r.Pairs[0]
	if math.Abs(*p.Steady-3) > 0.02 || math.Abs(r.Poles[0].Damping-0.2) > 0.01 || math.Abs(r.Nyquist-5) > 1e-6 ||
		math.Abs(*p.Overshoot-math.Exp(-math.Pi*0.2/math.Sqrt(0.96))) > 0.01 {
		t.Errorf("gain %g, overshoot %g, Nyquist %g, poles %+v", *p.Steady, *p.Overshoot, r.Nyquist, r.Poles)
	}
	for k, f := range r.Frequency {
		w := 2 * math.Pi * f
		want := 12 / math.Hypot(4-w*w, 0.8*w)
		if w < 6 && math.Abs(p.Gain[k]-want) > 0.05*want {
			t.Errorf("gain %g at %g, not %g", p.Gain[k], f, want)
		}
	}
	if text := must(t, "show", "runs/001").out; !strings.Contains(text, "step of u: y rises (10 to 90 %) in 0.6") {
		t.Error(text)
	}
	if text, _ := os.ReadFile(filepath.Join("runs", "001", "report.html")); !strings.Contains(string(text), "Response to u") {
		t.Error("the report has no response")
	}
	lines := strings.Count(read(t, "analysis/response.csv"), "\n")
	if lines != 1+len(r.Frequency)+len(r.Time) {
		t.Errorf("%d lines of numbers", lines)
	}
	if o := entrain("analyse", "runs/001", "response", "v=1"); o.code != exitBad || !strings.Contains(o.err, `"v"`) {
		t.Errorf("%d %s", o.code, o.err)
	}
	if o := entrain("analyse", "lorenz", "response"); o.code != exitBad || !strings.Contains(o.err, "inputs=") {
		t.Errorf("%d %s", o.code, o.err)
	}
}
