package entrain_test

import (
	"context"
	"fmt"
	"os"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/train"
)

// The whole way from a file to a forecast.
func Example() {
	file, err := os.Open("examples/lotka-volterra.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	series, err := data.Read(file, data.ReadOptions{File: "lotka-volterra.csv"})
	if err != nil {
		fmt.Println(err)
		return
	}
	black := &field.PolyMLP{MLP: field.MLP{Hidden: []int{8}, Activation: "tanh"}, Degree: 2}
	problem, err := train.NewProblem(series, "poly-mlp", black, train.DefaultSettings())
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := train.Auto{}.Fit(context.Background(), problem, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	forecast, err := result.Model.Forecast(0, []float64{6.5, 8, 9}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("held-out R² %.2f, %d members\n", result.Held.R2, result.Members)
	for i, t := range forecast.T {
		fmt.Printf("t = %.1f: x = %.1f, y = %.1f\n", t, forecast.Row(i)[0], forecast.Row(i)[1])
	}
	// Output:
	// held-out R² 1.00, 8 members
	// t = 6.5: x = 0.2, y = 0.9
	// t = 8.0: x = 1.0, y = 0.1
	// t = 9.0: x = 3.1, y = 0.1
}
