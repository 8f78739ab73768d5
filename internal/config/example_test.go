package config_test

import (
	"fmt"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/config"
)

func ExampleLoad() {
	file := []byte("data: lynx.csv\nseed: 3\nmodel: mlp\nhidden: [16, 16]\n")
	c, _ := config.Load("study/first.yaml", file, []string{"seed=4", "solver.rtol=1e-8"}, 2)
	fmt.Println(c.Data, c.Seed, c.Model.(*field.MLP).Hidden, c.Solver.RTol)

	_, err := config.Load("", nil, []string{"hiden=16"}, 2)
	fmt.Println(err)
	// Output:
	// study/lynx.csv 4 [16 16] 1e-08
	// argument 2 (hiden=16): unknown key "hiden"; did you mean "hidden"?
}
