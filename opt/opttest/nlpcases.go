package opttest

// Hard returns programs without a regular solution, by what is wrong with them.
// Best is the objective where there is a minimum all the same.
func Hard() map[string]*Program {
	cases := map[string]*Program{
		"no point satisfies the row":        {Start: []float64{1}, Objective: "x1", Rows: []string{"x1^2 + 1 <= 0"}},
		"rows contradict":                   {Start: []float64{1, 1}, Objective: "x1^2 + x2^2", Rows: []string{"x1 + x2 = 1", "x1 + x2 = 2"}},
		"rows contradict bounds":            {Start: []float64{0.5, 0.5}, Objective: "x1 + x2", Rows: []string{"x1 + x2 >= 3"}, Bounds: []string{"0 <= x <= 1"}},
		"circles do not meet":               {Start: []float64{3, 2}, Objective: "x1*x2", Rows: []string{"x1^2 + x2^2 <= 1", "(x1 - 4)^2 + x2^2 <= 1"}},
		"falls along a line":                {Start: []float64{1}, Objective: "-x1", Bounds: []string{"x >= 0"}},
		"falls along rows":                  {Start: []float64{1, 2}, Objective: "-x1 - x2", Rows: []string{"x1 - x2 = 0"}},
		"equal rows":                        {Start: []float64{3, -1}, Objective: "x1^2 + 2*x2^2", Rows: []string{"x1 + x2 = 1", "x1 + x2 = 1"}, Best: 2.0 / 3},
		"equal rows, one scaled":            {Start: []float64{3, -1}, Objective: "x1^2 + 2*x2^2", Rows: []string{"x1 + x2 = 1", "3*x1 + 3*x2 = 3"}, Best: 2.0 / 3},
		"no slope at the minimum":           {Start: []float64{1}, Objective: "x1", Rows: []string{"x1^2 = 0"}},
		"no interior":                       {Start: []float64{2, 3}, Objective: "(x1 - 1)^2 + x2", Rows: []string{"x1 + x2 <= 1", "x1 + x2 >= 1"}, Best: -0.25},
		"point between two inequalities":    {Start: []float64{2, 3}, Objective: "x1 + x2", Rows: []string{"x1^2 + x2^2 <= 0"}},
		"fixed unknown":                     {Start: []float64{0, 3}, Objective: "(x1 - x2)^2 + x1^3", Bounds: []string{"2 <= x2 <= 2"}, Best: 1.935395069},
		"as many rows as unknowns":          {Start: []float64{2, 1}, Objective: "0*x1", Rows: []string{"x1^2 + x2^2 = 25", "x1*x2 = 9"}},
		"start outside a logarithm's reach": {Start: []float64{3}, Objective: "x1 - log(x1 - 1)", Best: 2},
		"start where nothing is defined":    {Start: []float64{-1}, Objective: "x1 - log(x1)"},
		"no unknown matters":                {Start: []float64{1, 2}, Objective: "(x1 - 1)^2", Rows: []string{"x1 <= 3"}},
	}
	for name, p := range cases {
		p.Name = name
	}
	return cases
}
