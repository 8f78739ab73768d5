// Package stiff has stiff and algebraic problems with known ends.
package stiff

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// Problem is a stiff problem and its solution at the end.
type Problem struct {
	Name       string
	States     []string
	Text       string // equations
	Parameters map[string]float64
	Algebraic  []string  // states of equations 0 = …
	Start, End []float64 // algebraic states begin with guesses
	Span       float64
	ATol       float64 // of the smallest component that counts, over rtol
}

// Problems are problems of the Bari test set and of Hairer and Wanner's second
// volume, with their published solutions, which radau5 meets at tolerances of 1e-12
// (TestStiffReferences); that of van der Pol's with μ = 10⁶ is ours.
//
// Sources: Mazzia, Magherini, Test Set for Initial Value Problem Solvers, release 2.4
// (2008); Hairer, Wanner, Solving Ordinary Differential Equations II, IV.10 and VI.
func Problems() []Problem {
	return append(kinetics(), circuits()...)
}

// Named is the one of that name.
func Named(name string) Problem {
	all := Problems()
	return all[slices.IndexFunc(all, func(p Problem) bool { return p.Name == name })]
}

// kinetics are reactions.
func kinetics() []Problem {
	return []Problem{
		{Name: "robertson", States: []string{"x", "y", "z"}, Span: 1e11, ATol: 1e-10,
			Text:       "x' = -a*x + b*y*z\ny' = a*x - b*y*z - c*y*y\nz' = c*y*y",
			Parameters: map[string]float64{"a": 0.04, "b": 1e4, "c": 3e7}, Start: []float64{1, 0, 0},
			End: []float64{0.2083340149701255e-07, 0.8333360770334713e-13, 0.9999999791665050}},
		{Name: "hires", States: []string{"a", "b", "c", "d", "e", "f", "g", "h"}, Span: 321.8122, ATol: 1e-4,
			Text: "a' = -1.71*a + 0.43*b + 8.32*c + 0.0007\nb' = 1.71*a - 8.75*b\nc' = -10.03*c + 0.43*d + 0.035*e\n" +
				"d' = 8.32*b + 1.71*c - 1.12*d\ne' = -1.745*e + 0.43*f + 0.43*g\n" +
				"f' = -k*f*h + 0.69*d + 1.71*e - 0.43*f + 0.69*g\ng' = k*f*h - 1.81*g\nh' = -k*f*h + 1.81*g",
			Parameters: map[string]float64{"k": 280}, Start: []float64{1, 0, 0, 0, 0, 0, 0, 0.0057},
			End: []float64{0.7371312573325668e-3, 0.1442485726316185e-3, 0.5888729740967575e-4, 0.1175651343283149e-2,
				0.2386356198831331e-2, 0.6238968252742796e-2, 0.2849998395185769e-2, 0.2850001604814231e-2}},
		{Name: "oregonator", States: []string{"x", "y", "z"}, Span: 360, ATol: 1e-2,
			Text: "x' = s*(y + x*(1 - q*x - y))\ny' = (z - (1 + x)*y)/s\nz' = w*(x - z)", Start: []float64{1, 2, 3},
			Parameters: map[string]float64{"s": 77.27, "q": 8.375e-6, "w": 0.161},
			End:        []float64{0.1000814870318523e1, 0.1228178521549917e4, 0.1320554942846706e3}},
		pollution(),
		{Name: "absorption", Text: absorption, Start: []float64{0.444, 0.00123, 0, 0.007, 0, 0}, Algebraic: []string{"y6"},
			States: []string{"y1", "y2", "y3", "y4", "y5", "y6"}, Parameters: map[string]float64{"k": 18.7}, Span: 180, ATol: 1e-3,
			End: []float64{0.1150794920661702, 0.1203831471567715e-2, 0.1611562887407974, 0.3656156421249283e-3, 0.1708010885264404e-1, 0.4873531310307455e-2}},
	}
}

// absorption is the chemical Akzo Nobel problem.
const absorption = `r1 = k*y1^4*sqrt(y2)
r2 = 0.58*y3*y4
r3 = 0.58/34.4*y1*y5
r4 = 0.09*y1*y4^2
r5 = 0.42*y6^2*sqrt(y2)
y1' = -2*r1 + r2 - r3 - r4
y2' = -0.5*r1 - r4 - 0.5*r5 + 3.3*(0.9/737 - y2)
y3' = r1 - r2 + r3
y4' = -r2 + r3 - 2*r4
y5' = r2 - r3 + r5
0 = 115.83*y1*y4 - y6`

// pollution is Verwer's model of the air: 25 reactions of 20 species.
func pollution() Problem {
	rates := []struct {
		k  float64
		of string
	}{
		{0.35, "y1"}, {26.6, "y2*y4"}, {12300, "y5*y2"}, {0.00086, "y7"}, {0.00082, "y7"}, {15000, "y7*y6"}, {0.00013, "y9"},
		{24000, "y9*y6"}, {16500, "y11*y2"}, {9000, "y11*y1"}, {0.022, "y13"}, {12000, "y10*y2"}, {1.88, "y14"}, {16300, "y1*y6"},
		{4.8e6, "y3"}, {0.00035, "y4"}, {0.0175, "y4"}, {1e8, "y16"}, {4.44e11, "y16"}, {1240, "y17*y6"}, {2.1, "y19"}, {5.78, "y19"},
		{0.0474, "y1*y4"}, {1780, "y19*y1"}, {3.12, "y20"},
	}
	changes := []string{
		"r2 + r3 + r9 + r11 + r12 + r22 + r25 - r1 - r10 - r14 - r23 - r24", "r1 + r21 - r2 - r3 - r9 - r12", "r1 + r17 + r19 + r22 - r15",
		"r15 - r2 - r16 - r17 - r23", "2*r4 + r6 + r7 + r13 + r20 - r3", "r3 + 2*r18 - r6 - r8 - r14 - r20", "r13 - r4 - r5 - r6",
		"r4 + r5 + r6 + r7", "-r7 - r8", "r7 + r9 - r12", "r8 + r11 - r9 - r10", "r9", "r10 - r11", "r12 - r13", "r14",
		"r16 - r18 - r19", "-r20", "r20", "r23 + r25 - r21 - r22 - r24", "r24 - r25",
	}
	p := Problem{Name: "pollution", Start: make([]float64, len(changes)), Span: 60, ATol: 1e-6, Parameters: map[string]float64{"k": 0.35},
		End: []float64{0.5646255480022769e-1, 0.1342484130422339, 0.4139734331099427e-8, 0.5523140207484359e-2, 0.2018977262302196e-6,
			0.1464541863493966e-6, 0.7784249118997964e-1, 0.3245075353396018, 0.7494013383880406e-2, 0.1622293157301561e-7,
			0.1135863833257075e-7, 0.2230505975721359e-2, 0.2087162882798630e-3, 0.1396921016840158e-4, 0.8964884856898295e-2,
			0.4352846369330103e-17, 0.6899219696263405e-2, 0.1007803037365946e-3, 0.1772146513969984e-5, 0.5682943292316392e-4}}
	var text strings.Builder
	for i, r := range rates {
		k := fmt.Sprint(r.k)
		if i == 0 {
			k = "k" // a parameter, to differentiate by
		}
		fmt.Fprintf(&text, "r%d = %s*%s\n", i+1, k, r.of)
	}
	for i, change := range changes {
		p.States = append(p.States, fmt.Sprint("y", i+1))
		fmt.Fprintf(&text, "y%d' = %s\n", i+1, change)
	}
	p.Text = text.String()
	for i, v := range map[int]float64{2: 0.2, 4: 0.04, 7: 0.1, 8: 0.3, 9: 0.01, 17: 0.007} {
		p.Start[i-1] = v
	}
	return p
}

// circuits oscillate by themselves or amplify.
func circuits() []Problem {
	vanDerPol := "x' = v\nv' = mu*(1 - x*x)*v - x"
	return []Problem{
		{Name: "van-der-pol-1e3", States: []string{"x", "v"}, Span: 2000, ATol: 1e-3,
			Text: vanDerPol, Parameters: map[string]float64{"mu": 1e3}, Start: []float64{2, 0},
			End: []float64{0.1706167732170483e1, -0.8928097010247975e-3}},
		{Name: "van-der-pol-1e6", States: []string{"x", "v"}, Span: 2e6, ATol: 1e-6,
			Text: vanDerPol, Parameters: map[string]float64{"mu": 1e6}, Start: []float64{2, 0},
			End: []float64{1.70554621754, -8.9347636254e-7}},
		amplifier(),
	}
}

// amplifier has two transistors. Voltages u1, u4 and u7 stand on one side of a capacitor each,
// whose voltages a, b and c have derivatives; no charge gathers between them.
func amplifier() Problem {
	// At the published end, of all eight nodes.
	u := []float64{-0.5562145012262709e-2, 0.3006522471903042e1, 0.2849958788608128e1, 0.2926422536206241e1,
		0.2704617865010554e1, 0.2761837778393145e1, 0.4770927631616772e1, 0.1236995868091548e1}
	return Problem{Name: "amplifier", States: []string{"a", "u3", "b", "u6", "c", "u1", "u4", "u7"}, Algebraic: []string{"u1", "u4", "u7"},
		Text: `in = 0.1*sin(200*pi*t)
u2 = u1 - a
u5 = u4 - b
u8 = u7 - c
i1 = beta*(exp((u2 - u3)/0.026) - 1)
i2 = beta*(exp((u5 - u6)/0.026) - 1)
a' = (in - u1)/1000/1e-6
u3' = (i1 - u3/9000)/2e-6
b' = ((6 - u4)/9000 - 0.99*i1)/3e-6
u6' = (i2 - u6/9000)/4e-6
c' = ((6 - u7)/9000 - 0.99*i2)/5e-6
0 = (in - u1)/1000 + (6 - 2*u2)/9000 - 0.01*i1
0 = (6 - u4)/9000 - 0.99*i1 + (6 - 2*u5)/9000 - 0.01*i2
0 = (6 - u7)/9000 - 0.99*i2 - u8/9000`,
		Parameters: map[string]float64{"beta": 1e-6}, Start: []float64{-3, 3, 3, 3, 6, 0, 6, 6}, Span: 0.2, ATol: 1e-3,
		End: []float64{u[0] - u[1], u[2], u[3] - u[4], u[5], u[6] - u[7], u[0], u[3], u[6]}}
}

// Correct is the least number of correct digits of the components at the end, those below the
// absolute tolerance apart.
func (p *Problem) Correct(x []float64, atol float64) float64 {
	least := 16.0
	for i, want := range p.End {
		if math.Abs(want) > atol {
			least = min(least, -math.Log10(math.Abs(x[i]/want-1)+1e-16))
		}
	}
	return least
}

// IVP starts every lane at the start, with the parameters as θ, and saves it at times.
func (p *Problem) IVP(lanes int, times ...float64) (*ode.IVP, error) {
	e := &field.Equations{Text: p.Text, Parameters: map[string]field.Unknown{}, Algebraic: map[string]float64{}}
	for name, v := range p.Parameters {
		e.Parameters[name] = field.Unknown{Start: v}
	}
	for i, name := range p.States {
		if slices.Contains(p.Algebraic, name) {
			e.Algebraic[name] = p.Start[i]
		}
	}
	parts, err := e.Build(field.Unscaled(p.States, nil))
	if err != nil {
		return nil, err
	}
	return &ode.IVP{Field: parts.NewField(lanes, false), X0: same(lanes, p.Start), Theta: same(1, parts.Theta0),
		T0: make([]float64, lanes), Times: same(lanes, times).V}, nil
}

// same has these numbers in every lane.
func same(lanes int, v []float64) field.Batch {
	b := program.NewBatch(len(v), lanes)
	for l := range lanes {
		b.SetLane(l, v)
	}
	return b
}
