package cli

import (
	"encoding/json"
	"math"
	"testing"
)

func TestNumbersThatDoNotExistAreNull(t *testing.T) {
	type inner struct {
		B []float64 `json:"b"`
	}
	v := struct {
		inner
		A    float64 `json:"a"`
		C    *inner  `json:"c"`
		D    any     `json:"d,omitempty"`
		E    string  `json:"e"`
		G    [][]float64
		None []float64 `json:"none"`
		h    float64
	}{inner{[]float64{1, math.NaN()}}, math.Inf(1), &inner{nil}, nil, "ü\"", [][]float64{{0.5}}, nil, 1}
	want := `{"b":[1,null],"a":null,"c":{"b":[]},"e":"ü\"","G":[[0.5]],"none":[]}`
	if got := finiteJSON(v); string(got) != want || !json.Valid(got) {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := finiteJSON((*inner)(nil)); string(got) != "null" {
		t.Errorf("nothing is %s", got)
	}
	_ = v.h
}
