package cli

import (
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// A recording keeps its covariates beyond its rows, and what a plan has of other inputs follows.
func TestPlansKeepTheCovariatesOfRecordings(t *testing.T) {
	m := &model.Model{Parts: &field.Parts{Frame: field.Frame{Inputs: []string{"weight", "flow"}}}, Records: []model.Record{
		{U: data.Series{U: []float64{60, 1, 60, 2}}}, {U: data.Series{U: []float64{80, 3, 80, 5}}}}}
	if names, constant := variedInputs(m); !slices.Equal(names, []string{"flow"}) || !constant[0] || constant[1] {
		t.Fatal(names, constant)
	}
	past := &data.Series{Inputs: []string{"weight", "flow"}, T: []float64{0, 1}, U: []float64{80, 3, 80, 5}}
	future := &data.Series{Inputs: past.Inputs, T: []float64{1, 2, 3}, U: []float64{0, 9, 0, 7, 0, 8}}
	if got := joined(m, past, future); !slices.Equal(got.U, []float64{80, 3, 80, 5, 80, 7, 80, 8}) || !slices.Equal(got.T, []float64{0, 1, 2, 3}) {
		t.Errorf("%v at %v", got.U, got.T)
	}
	m.Records[1].U.U = []float64{60, 3, 60, 5} // the same in all: nothing is known of it
	if names, _ := variedInputs(m); len(names) != 2 {
		t.Error(names)
	}
}
