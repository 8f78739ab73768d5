package data

import (
	"math"
	"slices"
	"testing"
)

// Missing inputs are filled; where they end, rows that say nothing of the states are left out.
func TestInputsEndWhereTheyEnd(t *testing.T) {
	text := "t,x,u,v\n0,1,,5\n1,2,1,\n2,3,,\n4,4,4,2\n5,,,2\n6,,,\n"
	s := read(t, text, ReadOptions{Inputs: []string{"u", "v"}})
	nan := math.NaN()
	for hold, want := range map[bool][]float64{
		false: {1, 5, 1, 4.25, 2, 3.5, 4, 2},
		true:  {1, 5, 1, 5, 1, 5, 4, 2},
	} {
		f := FillInputs(s, []bool{hold, hold})
		if f[0].Len() != 4 || !slices.Equal(f[0].U, want) {
			t.Errorf("hold %v: %d rows, inputs %v, want %v", hold, f[0].Len(), f[0].U, want)
		}
	}
	if f := FillInputs(s, []bool{true, false}); !slices.Equal(f[0].U, []float64{1, 5, 1, 4.25, 1, 3.5, 4, 2}) {
		t.Errorf("the first held, the second joined: %v", f[0].U)
	}
	if len(s[0].U) != 12 || !math.IsNaN(s[0].U[0]) {
		t.Error("the recording itself was changed")
	}
	s[0].X[4], s[0].X[5] = nan, 7 // a state is known at the end: the input goes on
	if f := FillInputs(s, []bool{false, false}); f[0].Len() != 6 || f[0].U[10] != 4 {
		t.Errorf("%d rows, %v", f[0].Len(), f[0].U)
	}
}
