package report

import "testing"

func TestFormulasAreTypeset(t *testing.T) {
	for in, want := range map[string]string{
		"d x/dt":                     "dx/dt",
		"− 6.813 + 0.5·x^2 − 2·y^-1": "−6.813 + 0.5·x² − 2·y⁻¹",
		"hare*(birth - eaten(hare))": "hare·(birth − eaten(hare))",
		"-c*z + d*x**3":              "−c·z + d·x³",
		"a*exp(-x) - 1e-3":           "a·exp(−x) − 1×10⁻³",
		"x^0.5 + y^n":                "x^0.5 + y^n",
		"network 2-32-2, gelu":       "network 2-32-2, gelu",
		"d hare/dt":                  "d hare/dt",
		"x'":                         "x'",
	} {
		if got := typeset(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestAlmostAllExplainedIsNotAll(t *testing.T) {
	for v, want := range map[float64]string{0.978: "0.978", 0.9996: "0.9996", 0.99999: "0.99999", 0.9999999: "> 0.99999", 1: "1.00", -1.2: "−1.20", 0.5: "0.500"} {
		if got := explained(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
}
