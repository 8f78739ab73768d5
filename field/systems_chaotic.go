package field

import (
	"fmt"
	"math"
	"strings"
)

func init() {
	for _, n := range []int{5, 6, 8, 10, 20, 40} {
		systems = append(systems, *lorenz96(n))
	}
	register(append(append(systems, chaotic...), *kuramotoSivashinsky(16)))
}

// lorenz96 is a ring of n places.
func lorenz96(n int) *System {
	s := &System{Name: fmt.Sprintf("lorenz-96-%d", n), Doc: fmt.Sprintf("the atmosphere along a circle of latitude in %d places, chaotic", n),
		Source:     "Lorenz, ECMWF Seminar on Predictability (1996)",
		Parameters: map[string]float64{"F": 8}, Span: 50, Step: 0.05}
	var text strings.Builder
	at := func(i int) string { return fmt.Sprintf("x%d", (i+n)%n+1) }
	for i := range n {
		s.States = append(s.States, at(i))
		s.Start = append(s.Start, 8+0.3*math.Sin(float64(3*i*i+1)))
		fmt.Fprintf(&text, "%s' = (%s - %s)*%s - %s + F\n", at(i), at(i+1), at(i-2), at(i-1), at(i))
	}
	s.Equations = strings.TrimSpace(text.String())
	return s
}

// chaotic systems and maps; one of them is chaotic from some starts only.
var chaotic = []System{
	{
		Name: "thomas", Doc: "a particle in a cyclic lattice of sines, chaotic",
		Source: "Thomas, Int. J. Bifurcation Chaos 9 (1999) 1889",
		States: []string{"x", "y", "z"},
		Equations: `x' = sin(y) - b*x
y' = sin(z) - b*y
z' = sin(x) - b*z`,
		Parameters: map[string]float64{"b": 0.18},
		Start:      []float64{0.1, 1.1, -0.3}, Span: 400, Step: 0.2,
	},
	{
		Name: "chua", Doc: "a circuit with a piecewise linear resistor, chaotic (double scroll)",
		Source: "Matsumoto, IEEE Trans. Circuits Syst. 31 (1984) 1055; usual parameters",
		States: []string{"x", "y", "z"},
		Equations: `f = m1*x + (m0 - m1)*(abs(x + 1) - abs(x - 1))/2
x' = alpha*(y - x - f)
y' = x - y + z
z' = -beta*y`,
		Parameters: map[string]float64{"alpha": 15.6, "beta": 28, "m0": -8.0 / 7, "m1": -5.0 / 7},
		Start:      []float64{0.7, 0, 0}, Span: 100, Step: 0.02,
	},
	{
		Name: "hindmarsh-rose", Doc: "a nerve cell that fires in bursts, chaotic",
		Source: "Hindmarsh, Rose, Proc. R. Soc. B 221 (1984) 87",
		States: []string{"x", "y", "z"},
		Equations: `x' = y - a*x^3 + b*x^2 - z + I
y' = c - d*x^2 - y
z' = r*(s*(x - xr) - z)`,
		Parameters: map[string]float64{"a": 1, "b": 3, "c": 1, "d": 5, "r": 0.006, "s": 4, "xr": -1.6, "I": 3.2},
		Start:      []float64{-1, 0, 3}, Span: 1000, Step: 0.25,
	},
	{
		Name: "halvorsen", Doc: "a cyclically symmetric flow, chaotic",
		Source: "Sprott, Chaos and Time-Series Analysis (2003), section 4.8",
		States: []string{"x", "y", "z"},
		Equations: `x' = -a*x - 4*y - 4*z - y^2
y' = -a*y - 4*z - 4*x - z^2
z' = -a*z - 4*x - 4*y - x^2`,
		Parameters: map[string]float64{"a": 1.4},
		Start:      []float64{-1.48, -1.51, 2.04}, Span: 50, Step: 0.01,
	},
	{
		Name: "aizawa", Doc: "a sphere with a tube along its axis, chaotic",
		Source: "Aizawa, Uezu, Prog. Theor. Phys. 67 (1982) 982, in the form of Langford",
		States: []string{"x", "y", "z"},
		Equations: `x' = (z - b)*x - d*y
y' = d*x + (z - b)*y
z' = c + a*z - z^3/3 - (x^2 + y^2)*(1 + e*z) + f*z*x^3`,
		Parameters: map[string]float64{"a": 0.95, "b": 0.7, "c": 0.6, "d": 3.5, "e": 0.25, "f": 0.1},
		Start:      []float64{0.1, 0, 0}, Span: 100, Step: 0.02,
	},
	{
		Name: "chen", Doc: "an anti-controlled Lorenz system, chaotic",
		Source: "Chen, Ueta, Int. J. Bifurcation Chaos 9 (1999) 1465",
		States: []string{"x", "y", "z"},
		Equations: `x' = a*(y - x)
y' = (c - a)*x - x*z + c*y
z' = x*y - b*z`,
		Parameters: map[string]float64{"a": 35, "b": 3, "c": 28},
		Start:      []float64{-3, 2, 20}, Span: 20, Step: 0.005,
	},
	{
		Name: "lu", Doc: "between the systems of Lorenz and Chen, chaotic",
		Source: "Lü, Chen, Int. J. Bifurcation Chaos 12 (2002) 659",
		States: []string{"x", "y", "z"},
		Equations: `x' = a*(y - x)
y' = -x*z + c*y
z' = x*y - b*z`,
		Parameters: map[string]float64{"a": 36, "b": 3, "c": 20},
		Start:      []float64{1, 2, 20}, Span: 20, Step: 0.005,
	},
	{
		Name: "dadras", Doc: "three or four scrolls by one parameter, chaotic",
		Source: "Dadras, Momeni, Phys. Lett. A 373 (2009) 3637",
		States: []string{"x", "y", "z"},
		Equations: `x' = y - p*x + o*y*z
y' = r*y - x*z + z
z' = c*x*y - e*z`,
		Parameters: map[string]float64{"p": 3, "o": 2.7, "r": 1.7, "c": 2, "e": 9},
		Start:      []float64{1, 1, 1}, Span: 50, Step: 0.01,
	},
	{
		Name: "sprott-a", Doc: "a conservative flow of five terms (Nosé–Hoover), chaotic from this start",
		Source: "Sprott, Phys. Rev. E 50 (1994) R647",
		States: []string{"x", "y", "z"},
		Equations: `x' = y
y' = -x + y*z
z' = 1 - y^2`,
		Parameters: map[string]float64{},
		Start:      []float64{0, 5, 0}, Span: 200, Step: 0.05,
	},
	{
		Name: "sprott-b", Doc: "five terms, two of them products, chaotic",
		Source: "Sprott, Phys. Rev. E 50 (1994) R647",
		States: []string{"x", "y", "z"},
		Equations: `x' = y*z
y' = x - y
z' = 1 - x*y`,
		Parameters: map[string]float64{},
		Start:      []float64{0.05, 0.05, 0.05}, Span: 200, Step: 0.05,
	},
	{
		Name: "lorenz-84", Doc: "the circulation of the atmosphere in three numbers, chaotic",
		Source: "Lorenz, Tellus A 36 (1984) 98",
		States: []string{"x", "y", "z"},
		Equations: `x' = -a*x - y^2 - z^2 + a*F
y' = x*y - b*x*z - y + G
z' = b*x*y + x*z - z`,
		Parameters: map[string]float64{"a": 0.25, "b": 4, "F": 8, "G": 1},
		Start:      []float64{1, 1, 1}, Span: 200, Step: 0.05,
	},
	{
		Name: "hyper-rossler", Doc: "two directions that expand, hyperchaotic",
		Source: "Rössler, Phys. Lett. A 71 (1979) 155",
		States: []string{"x", "y", "z", "w"},
		Equations: `x' = -y - z
y' = x + a*y + w
z' = b + x*z
w' = -c*z + d*w`,
		Parameters: map[string]float64{"a": 0.25, "b": 3, "c": 0.5, "d": 0.05},
		Start:      []float64{-10, -6, 0, 10}, Span: 200, Step: 0.05,
	},
	{
		Name: "rabinovich-fabrikant", Doc: "waves in a plasma, chaotic",
		Source: "Rabinovich, Fabrikant, Sov. Phys. JETP 50 (1979) 311",
		States: []string{"x", "y", "z"},
		Equations: `x' = y*(z - 1 + x^2) + g*x
y' = x*(3*z + 1 - x^2) + g*y
z' = -2*z*(a + x*y)`,
		Parameters: map[string]float64{"g": 0.87, "a": 1.1},
		Start:      []float64{-1, 0, 0.5}, Span: 100, Step: 0.02,
	},
	{
		Name: "duffing", Doc: "a forced oscillator with two wells, chaotic",
		Source: "Holmes, Phil. Trans. R. Soc. A 292 (1979) 419; the phase of the force is a state",
		States: []string{"x", "v", "phi"},
		Equations: `x' = v
v' = x - x^3 - delta*v + gamma*cos(phi)
phi' = omega`,
		Parameters: map[string]float64{"delta": 0.3, "gamma": 0.5, "omega": 1.2},
		Start:      []float64{1, 0, 0}, Span: 200, Step: 0.05,
	},
	{
		Name: "ueda", Doc: "a forced oscillator with a cubic spring, chaotic",
		Source: "Ueda, J. Stat. Phys. 20 (1979) 181; the phase of the force is a state",
		States: []string{"x", "v", "phi"},
		Equations: `x' = v
v' = -x^3 - k*v + B*cos(phi)
phi' = 1`,
		Parameters: map[string]float64{"k": 0.05, "B": 7.5},
		Start:      []float64{1, 0, 0}, Span: 200, Step: 0.05,
	},
	{
		Name: "rucklidge", Doc: "convection in a magnetic field, chaotic",
		Source: "Rucklidge, J. Fluid Mech. 237 (1992) 209",
		States: []string{"x", "y", "z"},
		Equations: `x' = -k*x + l*y - y*z
y' = x
z' = -z + y^2`,
		Parameters: map[string]float64{"k": 2, "l": 6.7},
		Start:      []float64{1, 0, 4.5}, Span: 200, Step: 0.05,
	},
	{
		Name: "shimizu-morioka", Doc: "a simplified Lorenz system, chaotic",
		Source: "Shimizu, Morioka, Phys. Lett. A 76 (1980) 201",
		States: []string{"x", "y", "z"},
		Equations: `x' = y
y' = x - a*y - x*z
z' = -b*z + x^2`,
		Parameters: map[string]float64{"a": 0.85, "b": 0.5},
		Start:      []float64{0.1, 0.1, 0.5}, Span: 400, Step: 0.1,
	},
	{
		Name: "burke-shaw", Doc: "derived from the Lorenz system, chaotic",
		Source: "Shaw, Z. Naturforsch. A 36 (1981) 80",
		States: []string{"x", "y", "z"},
		Equations: `x' = -s*(x + y)
y' = -y - s*x*z
z' = s*x*y + v`,
		Parameters: map[string]float64{"s": 10, "v": 4.272},
		Start:      []float64{0.6, 0, 0}, Span: 50, Step: 0.01,
	},
	{
		Name: "moore-spiegel", Doc: "a star that pulsates, as one equation of third order, chaotic",
		Source: "Moore, Spiegel, Astrophys. J. 143 (1966) 871; one of the usual choices",
		States: []string{"x", "y", "z"},
		Equations: `x' = y
y' = z
z' = -z + 9*y - x^2*y - 5*x`,
		Parameters: map[string]float64{},
		Start:      []float64{0.1, 0, 0}, Span: 100, Step: 0.02,
	},
	{
		Name: "rikitake", Doc: "two dynamos, the poles of the Earth that change, chaotic",
		Source: "Rikitake, Math. Proc. Camb. Phil. Soc. 54 (1958) 89",
		States: []string{"x", "y", "z"},
		Equations: `x' = -mu*x + y*z
y' = -mu*y + x*(z - a)
z' = 1 - x*y`,
		Parameters: map[string]float64{"mu": 1, "a": 1},
		Start:      []float64{1, 0, 0.6}, Span: 200, Step: 0.05,
	},
	{
		Name: "hastings-powell", Doc: "a food chain of three, chaotic on three time scales",
		Source: "Hastings, Powell, Ecology 72 (1991) 896",
		States: []string{"x", "y", "z"},
		Equations: `f1 = a1*x/(1 + b1*x)
f2 = a2*y/(1 + b2*y)
x' = x*(1 - x) - f1*y
y' = f1*y - f2*z - d1*y
z' = f2*z - d2*z`,
		Parameters: map[string]float64{"a1": 5, "b1": 3, "a2": 0.1, "b2": 2, "d1": 0.4, "d2": 0.01},
		Start:      []float64{0.8, 0.2, 9.8}, Span: 5000, Step: 1,
	},
	{
		Name: "henon", Doc: "a map that stretches and folds the plane, chaotic",
		Source: "Hénon, Commun. Math. Phys. 50 (1976) 69",
		States: []string{"x", "y"},
		Equations: `x' = 1 - a*x^2 + y
y' = b*x`,
		Parameters: map[string]float64{"a": 1.4, "b": 0.3},
		Start:      []float64{0.1, 0.1}, Span: 1000, Step: 1, Map: true,
	},
	{
		Name: "logistic", Doc: "one population from year to year, chaotic",
		Source:     "May, Nature 261 (1976) 459",
		States:     []string{"x"},
		Equations:  `x' = r*x*(1 - x)`,
		Parameters: map[string]float64{"r": 4},
		Start:      []float64{0.2345678}, Span: 1000, Step: 1, Map: true,
	},
	{
		Name: "ikeda", Doc: "light in a ring resonator, a chaotic map",
		Source: "Ikeda, Opt. Commun. 30 (1979) 257, in its real form",
		States: []string{"x", "y"},
		Equations: `phase = 0.4 - 6/(1 + x^2 + y^2)
x' = 1 + u*(x*cos(phase) - y*sin(phase))
y' = u*(x*sin(phase) + y*cos(phase))`,
		Parameters: map[string]float64{"u": 0.9},
		Start:      []float64{0.1, 0.1}, Span: 1000, Step: 1, Map: true,
	},
	{
		Name: "folded-towel", Doc: "a map with two directions that expand",
		Source: "Rössler, Phys. Lett. A 71 (1979) 155",
		States: []string{"x", "y", "z"},
		Equations: `x' = 3.8*x*(1 - x) - 0.05*(y + 0.35)*(1 - 2*z)
y' = 0.1*((y + 0.35)*(1 - 2*z) - 1)*(1 - 1.9*x)
z' = 3.78*z*(1 - z) + 0.2*y`,
		Parameters: map[string]float64{},
		Start:      []float64{0.085, -0.121, 0.075}, Span: 1000, Step: 1, Map: true,
	},
	{
		Name: "henon-3d", Doc: "the generalised Hénon map, with two directions that expand",
		Source: "Baier, Klein, Phys. Lett. A 151 (1990) 281",
		States: []string{"x", "y", "z"},
		Equations: `x' = a - y^2 - b*z
y' = x
z' = y`,
		Parameters: map[string]float64{"a": 1.76, "b": 0.1},
		Start:      []float64{0.1, 0.1, 0.1}, Span: 1000, Step: 1, Map: true,
	},
	{
		Name: "standard", Doc: "a kicked rotor (Chirikov), regular or chaotic by its start",
		Source: "Chirikov, Phys. Rep. 52 (1979) 263",
		States: []string{"theta", "p"},
		Equations: `p1 = p + k*sin(theta)
theta' = theta + p1
p' = p1`,
		Parameters: map[string]float64{"k": 1},
		Start:      []float64{0.1, 0.2}, Span: 1000, Step: 1, Map: true,
	},
}
