// Package opttest holds problems with known minima and the contract that every
// registered optimiser has to keep.
package opttest

import "math"

// Problem is a nonlinear least-squares problem with a known answer; it is an
// opt.Residual.
type Problem struct {
	Name  string
	Start []float64
	Cost  float64 // ½‖r‖² at the minimum
	Count int     // residuals
	// F writes residual i at z and, if row is not nil, its gradient.
	F func(i int, row, z []float64) float64
}

// Size returns the number of residuals and of unknowns.
func (p *Problem) Size() (m, n int) { return p.Count, len(p.Start) }

// Residuals implements opt.Residual.
func (p *Problem) Residuals(r, jac, z []float64, _ int) string {
	n := len(p.Start)
	for i := range p.Count {
		var row []float64
		if jac != nil {
			row = jac[i*n : (i+1)*n]
			clear(row)
		}
		r[i] = p.F(i, row, z)
	}
	return ""
}

// Problems returns test functions of Moré, Garbow, Hillstrom, ACM TOMS 7
// (1981) 17–41, with their minima from the same place, and a quadratic.
func Problems() []*Problem {
	return []*Problem{quadratic(), Rosenbrock(2), Rosenbrock(20), Beale(), Helix(), bard(), Kowalik(), box3D()}
}

// quadratic is a convex quadratic in six unknowns with condition number 400.
func quadratic() *Problem {
	return &Problem{Name: "quadratic", Start: []float64{2, -1, 3, 0, 5, -2}, Count: 6,
		F: func(i int, row, z []float64) float64 {
			w := 0.1 + 1.9*float64(i)/5
			if row != nil {
				row[i] = w
			}
			return w * (z[i] - float64(i%3))
		}}
}

// Rosenbrock is the extended Rosenbrock function (no. 1 and 21), n even.
func Rosenbrock(n int) *Problem {
	start := make([]float64, n)
	for i := 0; i < n; i += 2 {
		start[i], start[i+1] = -1.2, 1
	}
	return &Problem{Name: "rosenbrock", Start: start, Count: n, F: func(i int, row, z []float64) float64 {
		if i%2 == 1 {
			if row != nil {
				row[i-1] = -1
			}
			return 1 - z[i-1]
		}
		if row != nil {
			row[i], row[i+1] = -20*z[i], 10
		}
		return 10 * (z[i+1] - z[i]*z[i])
	}}
}

// Beale is no. 5.
func Beale() *Problem {
	y := []float64{1.5, 2.25, 2.625}
	return &Problem{Name: "beale", Start: []float64{1, 1}, Count: 3, F: func(i int, row, z []float64) float64 {
		e := float64(i + 1)
		power := math.Pow(z[1], e)
		if row != nil {
			row[0], row[1] = power-1, z[0]*e*math.Pow(z[1], e-1)
		}
		return y[i] - z[0]*(1-power)
	}}
}

// Helix is the helical valley, no. 7.
func Helix() *Problem {
	return &Problem{Name: "helix", Start: []float64{-1, 0, 0}, Count: 3, F: func(i int, row, z []float64) float64 {
		rho := math.Hypot(z[0], z[1])
		switch i {
		case 0:
			theta := math.Atan(z[1]/z[0]) / (2 * math.Pi)
			if z[0] < 0 {
				theta += 0.5
			}
			if row != nil {
				turn := 100 / (2 * math.Pi * rho * rho)
				row[0], row[1], row[2] = turn*z[1], -turn*z[0], 10
			}
			return 10 * (z[2] - 10*theta)
		case 1:
			if row != nil {
				row[0], row[1] = 10*z[0]/rho, 10*z[1]/rho
			}
			return 10 * (rho - 1)
		}
		if row != nil {
			row[2] = 1
		}
		return z[2]
	}}
}

// bard is no. 8.
func bard() *Problem {
	y := []float64{.14, .18, .22, .25, .29, .32, .35, .39, .37, .58, .73, .96, 1.34, 2.10, 4.39}
	return &Problem{Name: "bard", Start: []float64{1, 1, 1}, Cost: 8.21487e-3 / 2, Count: len(y),
		F: func(i int, row, z []float64) float64 {
			u, v := float64(i+1), float64(15-i)
			w := min(u, v)
			d := v*z[1] + w*z[2]
			if row != nil {
				row[0], row[1], row[2] = -1, u*v/(d*d), u*w/(d*d)
			}
			return y[i] - (z[0] + u/d)
		}}
}

// Kowalik is the function of Kowalik and Osborne, no. 15.
func Kowalik() *Problem {
	y := []float64{.1957, .1947, .1735, .1600, .0844, .0627, .0456, .0342, .0323, .0235, .0246}
	us := []float64{4, 2, 1, .5, .25, .167, .125, .1, .0833, .0714, .0625}
	return &Problem{Name: "kowalik", Start: []float64{.25, .39, .415, .39}, Cost: 3.07505e-4 / 2, Count: len(y),
		F: func(i int, row, z []float64) float64 {
			u := us[i]
			num, den := u*u+u*z[1], u*u+u*z[2]+z[3]
			if row != nil {
				row[0], row[1] = -num/den, -z[0]*u/den
				row[2], row[3] = z[0]*num*u/(den*den), z[0]*num/(den*den)
			}
			return y[i] - z[0]*num/den
		}}
}

// box3D is Box's three-dimensional function, no. 12, with ten residuals.
func box3D() *Problem {
	return &Problem{Name: "box3d", Start: []float64{0, 10, 20}, Count: 10, F: func(i int, row, z []float64) float64 {
		t := 0.1 * float64(i+1)
		a, b, c := math.Exp(-t*z[0]), math.Exp(-t*z[1]), math.Exp(-t)-math.Exp(-10*t)
		if row != nil {
			row[0], row[1], row[2] = -t*a, t*b, -c
		}
		return a - b - z[2]*c
	}}
}

// Meyer is no. 10: its unknowns differ in size by a factor of 10⁶.
func Meyer() *Problem {
	y := []float64{34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872}
	return &Problem{Name: "meyer", Start: []float64{0.02, 4000, 250}, Cost: 87.9458 / 2, Count: len(y),
		F: func(i int, row, z []float64) float64 {
			d := 45 + 5*float64(i+1) + z[2]
			e := math.Exp(z[1] / d)
			if row != nil {
				row[0], row[1], row[2] = e, z[0]*e/d, -z[0]*e*z[1]/(d*d)
			}
			return z[0]*e - y[i]
		}}
}

// Few has three residuals for six unknowns.
func Few() *Problem {
	return &Problem{Name: "few", Start: []float64{.1, .2, .3, -.1, -.2, -.3}, Count: 3,
		F: func(i int, row, z []float64) float64 {
			a, b := z[2*i], z[2*i+1]
			if row != nil {
				row[2*i], row[2*i+1] = math.Cos(a)*b, math.Sin(a)
				row[(2*i+2)%6] += 0.5
			}
			return math.Sin(a)*b + 0.5*z[(2*i+2)%6] - 1
		}}
}
