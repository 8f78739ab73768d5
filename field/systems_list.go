package field

import (
	"maps"
	"math"
	"slices"
)

// register makes systems known by their names.
func register(all []System) {
	for _, s := range all {
		Systems.Register(s.Name, s.Doc, func() *System {
			c := s
			c.States, c.Start, c.Parameters = slices.Clone(s.States), slices.Clone(s.Start), maps.Clone(s.Parameters)
			return &c
		})
	}
}

var systems = []System{
	{
		Name: "lotka-volterra", Doc: "predators and prey, a cycle for every start",
		Source: "parameters and start of Rackauckas et al., arXiv:2001.04385 (2020)",
		States: []string{"prey", "predator"},
		Equations: `prey' = a*prey - b*prey*predator
predator' = c*prey*predator - d*predator`,
		Parameters: map[string]float64{"a": 1.3, "b": 0.9, "c": 0.8, "d": 1.8},
		Start:      []float64{0.44249296, 4.6280594}, Span: 6, Step: 0.1,
	},
	{
		Name: "lorenz", Doc: "convection in a layer, chaotic",
		Source: "Lorenz, J. Atmos. Sci. 20 (1963) 130",
		States: []string{"x", "y", "z"},
		Equations: `x' = sigma*(y - x)
y' = x*(rho - z) - y
z' = x*y - beta*z`,
		Parameters: map[string]float64{"sigma": 10, "rho": 28, "beta": 8.0 / 3},
		Start:      []float64{1.2, 2.1, 1.7}, Span: 30, Step: 0.02,
	},
	{
		Name: "van-der-pol", Doc: "an oscillator that keeps itself going",
		Source: "van der Pol, Phil. Mag. 2 (1926) 978",
		States: []string{"x", "v"},
		Equations: `x' = v
v' = mu*(1 - x^2)*v - x`,
		Parameters: map[string]float64{"mu": 1},
		Start:      []float64{2, 0}, Span: 30, Step: 0.1,
	},
	{
		Name: "van-der-pol-forced", Doc: "the van der Pol oscillator under a periodic force A·cos(omega·t)",
		Source: "van der Pol, van der Mark, Nature 120 (1927) 363",
		States: []string{"x", "v"},
		Equations: `x' = v
v' = mu*(1 - x^2)*v - x + A*cos(omega*t)`,
		Parameters: map[string]float64{"mu": 8.53, "A": 1.2, "omega": math.Pi / 5},
		Start:      []float64{2, 0}, Span: 200, Step: 0.1,
	},
	{
		Name: "double-pendulum", Doc: "two point masses on rods, angles from the vertical; chaotic at high energy",
		Source: "Lagrange's equations solved for the accelerations",
		States: []string{"theta1", "theta2", "omega1", "omega2"},
		Equations: `S = sin(theta2 - theta1)
C = cos(theta2 - theta1)
M = m1 + m2
theta1' = omega1
theta2' = omega2
omega1' = (m2*S*(l1*omega1^2*C + l2*omega2^2) + g*(m2*sin(theta2)*C - M*sin(theta1))) / (l1*(M - m2*C^2))
omega2' = (-m2*l2*omega2^2*S*C + M*(g*sin(theta1)*C - l1*omega1^2*S - g*sin(theta2))) / (l2*(M - m2*C^2))`,
		Parameters: map[string]float64{"m1": 1, "m2": 1, "l1": 1, "l2": 1, "g": 9.81},
		Start:      []float64{2, 2, 0, 0}, Span: 20, Step: 0.02,
	},
	{
		Name: "damped-oscillator", Doc: "a mass on a spring with friction",
		Source: "omega: frequency without friction; zeta: damping ratio",
		States: []string{"x", "v"},
		Equations: `x' = v
v' = -omega^2*x - 2*zeta*omega*v`,
		Parameters: map[string]float64{"omega": 1, "zeta": 0.1},
		Start:      []float64{1, 0}, Span: 30, Step: 0.1,
	},
	{
		Name: "spiral", Doc: "a cubic spiral into the origin",
		Source: "Chen et al., Neural Ordinary Differential Equations (2018), their example program",
		States: []string{"x", "y"},
		Equations: `x' = -damping*x^3 - rotation*y^3
y' = rotation*x^3 - damping*y^3`,
		Parameters: map[string]float64{"damping": 0.1, "rotation": 2},
		Start:      []float64{2, 0}, Span: 25, Step: 0.025,
	},
	{
		Name: "rossler", Doc: "one band that folds onto itself, chaotic",
		Source: "Rössler, Phys. Lett. A 57 (1976) 397; usual parameters",
		States: []string{"x", "y", "z"},
		Equations: `x' = -y - z
y' = x + a*y
z' = b + z*(x - c)`,
		Parameters: map[string]float64{"a": 0.2, "b": 0.2, "c": 5.7},
		Start:      []float64{1, 1, 1}, Span: 100, Step: 0.1,
	},
	{
		Name: "fitzhugh-nagumo", Doc: "a nerve cell that fires under a steady current",
		Source: "FitzHugh, Biophys. J. 1 (1961) 445; usual parameters",
		States: []string{"v", "w"},
		Equations: `v' = v - v^3/3 - w + I
w' = (v + a - b*w)/tau`,
		Parameters: map[string]float64{"a": 0.7, "b": 0.8, "tau": 12.5, "I": 0.5},
		Start:      []float64{-1, 1}, Span: 200, Step: 0.5,
	},
}
