package words

import (
	"math"
	"testing"
)

func TestMeasuredHasTheDigitsOfItsError(t *testing.T) {
	for _, c := range []struct {
		v, sd      float64
		value, err string
	}{
		{0.59931, 0.005686, "0.5993", "0.0057"},
		{2.66666380, 4.039e-07, "2.66666380", "0.00000040"},
		{298.7, 31.92, "299", "32"},
		{1234.5, 321, "1230", "320"},
		{-0.0001, 0.2, "0.00", "0.20"},
		{12.3, 0.0996, "12.30", "0.10"},
		{6.02214e23, 4e18, "6.022140e+23", "4.0e+18"},
		{3e-9, 1.2e-9, "3.0e-09", "1.2e-09"},
		{1.9, 0, "1.9", ""},
		{1.23456, math.NaN(), "1.235", ""},
		{math.NaN(), 1, "–", ""},
		{5, math.Inf(1), "5", ""},
	} {
		value, err := Measured(c.v, c.sd)
		if value != c.value || err != c.err {
			t.Errorf("%g ± %g: %s ± %s, want %s ± %s", c.v, c.sd, value, err, c.value, c.err)
		}
	}
}
