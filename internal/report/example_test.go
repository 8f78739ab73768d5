package report_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/report"
)

func Example() {
	d := &report.Data{
		Title: "cooling.csv",
		Story: "Vanilla training followed the held-out rows at once.",
		Recordings: []report.Recording{{
			Series:  &data.Series{Names: []string{"tea"}, Units: []string{"°C"}, Time: "t", TUnit: "min", T: []float64{0, 5, 10}, X: []float64{90, 62, 45}},
			HeldOut: 1,
			Fit:     report.Trajectory{T: []float64{0, 5, 10}, X: []float64{89, 62.5, 45.5}},
		}},
		Train: &report.Scores{MSE: 0.625, NRMSE: 0.0428, R2: 0.99817},
	}
	var page bytes.Buffer
	if err := report.Write(&page, d); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Contains(page.String(), "R² 0.998"))
	// Output: true
}
