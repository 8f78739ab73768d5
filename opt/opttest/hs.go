package opttest

import (
	"fmt"
	"math"
	"strings"
)

// HockSchittkowski returns problems of the collection by Hock and Schittkowski
// with the book's starts and its optima, corrected where later ones are lower
// or more accurate (58, 59, 106, 109, 112, 116). The optima given for 70 and 105 do
// not belong to the data in circulation: at the solutions printed there the
// objectives are 0.01078 and 1136.67.
//
// Left out: 67 (a program that iterates), 85 (a hundred intermediate formulas),
// 87 (piecewise linear), 88 to 92 (roots of tan within integrals). There are no
// 82, 94, 115.
//
// Source: Hock, Schittkowski, Test Examples for Nonlinear Programming Codes,
// LNEMS 187, Springer 1981.
func HockSchittkowski() []*Program {
	var all []*Program
	for _, list := range [][]Program{hs1to49, hs50to86, hs93to119} {
		for _, p := range list {
			all = append(all, &p)
		}
	}
	return all
}

// sum joins a formula for i = from … to.
func sum(from, to int, formula func(i int) string) string {
	var terms []string
	for i := from; i <= to; i++ {
		terms = append(terms, "("+formula(i)+")")
	}
	return strings.Join(terms, " + ")
}

// linear is Σ coef[i]·x_(first+i), without zeros.
func linear(first int, coef []float64) string {
	var terms []string
	for i, c := range coef {
		if c != 0 {
			terms = append(terms, fmt.Sprintf("(%g)*x%d", c, first+i))
		}
	}
	return strings.Join(terms, " + ")
}

// atLeast makes rows "formula >= bound".
func atLeast(formulas []string, bounds ...float64) []string {
	rows := make([]string, len(formulas))
	for i, f := range formulas {
		rows[i] = fmt.Sprintf("%s >= %g", f, bounds[i])
	}
	return rows
}

func hs25() string {
	return sum(1, 99, func(i int) string {
		u := 25 + math.Pow(-50*math.Log(float64(i)/100), 2.0/3)
		return fmt.Sprintf("(exp(-(%.17g - x2)^x3/x1) - %d/100)^2", u, i)
	})
}

func hs57() string {
	a := []float64{8, 8, 10, 10, 10, 10, 12, 12, 12, 12, 14, 14, 14, 16, 16, 16, 18, 18, 20, 20, 20, 22, 22, 22,
		24, 24, 24, 26, 26, 26, 28, 28, 30, 30, 30, 32, 32, 34, 36, 36, 38, 38, 40, 42}
	b := []float64{49, 49, 48, 47, 48, 47, 46, 46, 45, 43, 45, 43, 43, 44, 43, 43, 46, 45, 42, 42, 43, 41, 41, 40,
		42, 40, 40, 41, 40, 41, 41, 40, 40, 40, 38, 41, 40, 40, 41, 38, 40, 40, 39, 39}
	return sum(0, 43, func(i int) string {
		return fmt.Sprintf("(%g/100 - x1 - (0.49 - x1)*exp(-x2*(%g)))^2", b[i], a[i]-8)
	})
}

func hs70() string {
	y := []float64{.00189, .1038, .268, .506, .577, .604, .725, .898, .947, .845, .702, .528, .385, .257, .159,
		.0869, .0453, .01509, .00189}
	return sum(0, 18, func(i int) string {
		c := max(0.1, float64(i))
		return fmt.Sprintf("((1 + 1/(12*x2))*x3*b^x2*(x2/6.2832)^0.5*(%g/7.658)^(x2 - 1)*exp(x2 - b*%g*x2/7.658)"+
			" + (1 + 1/(12*x1))*(1 - x3)*(b/x4)^x1*(x1/6.2832)^0.5*(%g/7.658)^(x1 - 1)*exp(x1 - b*%g*x1/(7.658*x4)) - %g)^2",
			c, c, c, c, y[i])
	})
}

// The data of the problems 86 and 117, which are dual to each other.
var (
	shellA = [10][5]float64{{-16, 2, 0, 1, 0}, {0, -2, 0, 4, 2}, {-3.5, 0, 2, 0, 0}, {0, -2, 0, -4, -1},
		{0, -9, -2, 1, -2.8}, {2, 0, -4, 0, 0}, {-1, -1, -1, -1, -1}, {-1, -2, -3, -2, -1}, {1, 2, 3, 4, 5}, {1, 1, 1, 1, 1}}
	shellB = []float64{-40, -2, -0.25, -4, -4, -1, -40, -60, 5, 1}
	shellC = [5][5]float64{{30, -20, -10, 32, -10}, {-20, 39, -6, -31, 32}, {-10, -6, 10, -6, -10},
		{32, -31, -6, 39, -20}, {-10, 32, -10, -20, 30}}
	shellD = []float64{4, 8, 10, 6, 2}
	shellE = []float64{-15, -27, -36, -18, -12}
)

// shellQuadratic is Σ c_ij x_(first+i) x_(first+j).
func shellQuadratic(first int) string {
	return sum(0, 4, func(i int) string {
		return fmt.Sprintf("x%d*(%s)", first+i, linear(first, shellC[i][:]))
	})
}

func shellCubic(first int) string {
	return sum(0, 4, func(i int) string { return fmt.Sprintf("%g*x%d^3", shellD[i], first+i) })
}

func hs86() string { return linear(1, shellE) + " + " + shellQuadratic(1) + " + " + shellCubic(1) }

func hs86Rows() []string {
	var rows []string
	for _, a := range shellA {
		rows = append(rows, linear(1, a[:]))
	}
	return atLeast(rows, shellB...)
}

func hs117() string {
	return "-(" + linear(1, shellB) + ") + " + shellQuadratic(11) + " + 2*(" + shellCubic(11) + ")"
}

func hs117Rows() []string {
	var rows []string
	for j := range 5 {
		column := make([]float64, 10)
		for k := range column {
			column[k] = shellA[k][j]
		}
		rows = append(rows, fmt.Sprintf("2*(%s) + 3*%g*x%d^2 - (%s) >= %g",
			linear(11, shellC[j][:]), shellD[j], 11+j, linear(1, column), -shellE[j]))
	}
	return rows
}

var hs95Rows = []string{
	"17.1*x1 + 38.2*x2 + 204.2*x3 + 212.3*x4 + 623.4*x5 + 1495.5*x6 - 169*x1*x3 - 3580*x3*x5 - 3810*x4*x5" +
		" - 18500*x4*x6 - 24300*x5*x6",
	"17.9*x1 + 36.8*x2 + 113.9*x3 + 169.7*x4 + 337.8*x5 + 1385.2*x6 - 139*x1*x3 - 2450*x4*x5 - 16600*x4*x6" +
		" - 17200*x5*x6",
	"-273*x2 - 70*x4 - 819*x5 + 26000*x4*x5",
	"159.9*x1 - 311*x2 + 587*x4 + 391*x5 + 2198*x6 - 14000*x1*x6",
}

// hs99 is the flight of a rocket: range r, height q and climbing speed s after
// each of seven phases.
func hs99() []string {
	a := []float64{50, 50, 75, 75, 75, 100, 100}
	t := []float64{0, 25, 50, 100, 150, 200, 290, 380}
	define := []string{"r1 = 0", "q1 = 0", "s1 = 0"}
	for i := 1; i <= 7; i++ {
		h := t[i] - t[i-1]
		define = append(define,
			fmt.Sprintf("r%d = r%d + %g*cos(x%d)", i+1, i, a[i-1]*h, i),
			fmt.Sprintf("q%d = q%d + %g*(%g*sin(x%d) - 32) + %g*s%d", i+1, i, h*h/2, a[i-1], i, h, i),
			fmt.Sprintf("s%d = s%d + %g*(%g*sin(x%d) - 32)", i+1, i, h, a[i-1], i))
	}
	return define
}

var hs101Rows = []string{
	"0.5*x1^0.5*x7/(x3*x6^2) + 0.7*x1^3*x2*x6*x7^0.5/x3^2 + 0.2*x3*x6^(2/3)*x7^0.25/(x2*x4^0.5) <= 1",
	"1.3*x2*x6/(x1^0.5*x3*x5) + 0.8*x3*x6^2/(x4*x5) + 3.1*x2^0.5*x6^(1/3)/(x1*x4^2*x5) <= 1",
	"2*x1*x5*x7^(1/3)/(x3^1.5*x6) + 0.1*x2*x5/(x3^0.5*x6*x7^0.5) + x2*x3^0.5*x5/x1 + 0.65*x3*x5*x7/(x2^2*x6) <= 1",
	"0.2*x2*x5^0.5*x7^(1/3)/(x1^2*x4) + 0.3*x1^0.5*x2^2*x3*x4^(1/3)*x7^0.25/x5^(2/3)" +
		" + 0.4*x3*x5*x7^0.75/(x1^3*x2^2) + 0.5*x4*x7^0.5/x3^2 <= 1",
	"100 <= f <= 3000",
}

// hs105 is the likelihood of a mixture of three normal distributions.
func hs105() string {
	counts := []struct{ value, n int }{{95, 1}, {105, 1}, {110, 4}, {115, 4}, {120, 15}, {125, 15}, {130, 15},
		{135, 13}, {140, 21}, {145, 12}, {150, 17}, {155, 4}, {160, 20}, {165, 8}, {170, 17}, {175, 8}, {180, 6},
		{185, 6}, {190, 7}, {195, 4}, {200, 3}, {205, 3}, {210, 8}, {215, 1}, {220, 6}, {230, 5}, {235, 1}, {240, 7},
		{245, 1}, {250, 2}}
	bell := func(share, mean, width string, y int) string {
		return fmt.Sprintf("%s/%s*exp(-(%d - %s)^2/(2*%s^2))", share, width, y, mean, width)
	}
	return sum(0, len(counts)-1, func(i int) string {
		y := counts[i].value
		return fmt.Sprintf("-%d*log((%s + %s + %s)/%.17g)", counts[i].n, bell("x1", "x3", "x6", y),
			bell("x2", "x4", "x7", y), bell("(1 - x1 - x2)", "x5", "x8", y), math.Sqrt(2*math.Pi))
	})
}

func hs110() string {
	return sum(1, 10, func(i int) string { return fmt.Sprintf("log(x%d - 2)^2 + log(10 - x%d)^2", i, i) }) +
		" - (x1*x2*x3*x4*x5*x6*x7*x8*x9*x10)^0.2"
}

var gibbs = []float64{-6.089, -17.164, -34.054, -5.914, -24.721, -14.986, -24.1, -10.708, -26.662, -22.179}

func hs111() string {
	all := sum(1, 10, func(k int) string { return fmt.Sprintf("exp(x%d)", k) })
	return sum(1, 10, func(j int) string { return fmt.Sprintf("exp(x%d)*(%g + x%d - log(%s))", j, gibbs[j-1], j, all) })
}

func hs112() string {
	all := sum(1, 10, func(k int) string { return fmt.Sprintf("x%d", k) })
	return sum(1, 10, func(j int) string { return fmt.Sprintf("x%d*(%g + log(x%d/(%s)))", j, gibbs[j-1], j, all) })
}

func hs118() string {
	return sum(0, 4, func(k int) string {
		return fmt.Sprintf("2.3*x%d + 0.0001*x%d^2 + 1.7*x%d + 0.0001*x%d^2 + 2.2*x%d + 0.00015*x%d^2",
			3*k+1, 3*k+1, 3*k+2, 3*k+2, 3*k+3, 3*k+3)
	})
}

func hs118Rows() []string {
	var rows []string
	for k := 1; k <= 4; k++ {
		rows = append(rows, fmt.Sprintf("-7 <= x%d - x%d <= 6", 3*k+1, 3*k-2),
			fmt.Sprintf("-7 <= x%d - x%d <= 7", 3*k+2, 3*k-1), fmt.Sprintf("-7 <= x%d - x%d <= 6", 3*k+3, 3*k))
	}
	for k, need := range []float64{60, 50, 70, 85, 100} {
		rows = append(rows, fmt.Sprintf("x%d + x%d + x%d >= %g", 3*k+1, 3*k+2, 3*k+3, need))
	}
	return rows
}

func hs118Bounds() []string {
	bounds := []string{"x >= 0", "8 <= x1 <= 21", "43 <= x2 <= 57", "3 <= x3 <= 16"}
	for k := 1; k <= 4; k++ {
		bounds = append(bounds, fmt.Sprintf("x%d <= 90", 3*k+1), fmt.Sprintf("x%d <= 120", 3*k+2),
			fmt.Sprintf("x%d <= 60", 3*k+3))
	}
	return bounds
}

func hs119() string {
	pairs := [][]int{{1, 4, 7, 8, 16}, {2, 3, 7, 10}, {3, 7, 9, 10, 14}, {4, 7, 11, 15}, {5, 6, 10, 12, 16}, {6, 8, 15},
		{7, 11, 13}, {8, 10, 15}, {9, 12, 16}, {10, 14}, {11, 13}, {12, 14}, {13, 14}, {14}, {15}, {16}}
	hill := func(i int) string { return fmt.Sprintf("(x%d^2 + x%d + 1)", i, i) }
	var terms []string
	for i, with := range pairs { // each row begins with the pair (i, i)
		// Each row begins with the pair (i, i).
		for _, j := range with {
			terms = append(terms, hill(i+1)+"*"+hill(j))
		}
	}
	return strings.Join(terms, " + ")
}

func hs119Rows() []string {
	b := [8][16]float64{
		{.22, .2, .19, .25, .15, .11, .12, .13, 1},
		{-1.46, 0, -1.3, 1.82, -1.15, 0, .8, 0, 0, 1},
		{1.29, -.89, 0, 0, -1.16, -.96, 0, -.49, 0, 0, 1},
		{-1.1, -1.06, .95, -.54, 0, -1.78, -.41, 0, 0, 0, 0, 1},
		{0, 0, 0, -1.43, 1.51, .59, -.33, -.43, 0, 0, 0, 0, 1},
		{0, -1.72, -.33, 0, 1.62, 1.24, .21, -.26, 0, 0, 0, 0, 0, 1},
		{1.12, 0, 0, .31, 0, 0, 1.12, 0, -.36, 0, 0, 0, 0, 0, 1},
		{0, .45, .26, -1.1, .58, 0, -1.03, .1, 0, 0, 0, 0, 0, 0, 0, 1},
	}
	var rows []string
	for i, c := range []float64{2.5, 1.1, -3.1, -3.5, 1.3, 2.1, 2.3, -1.5} {
		rows = append(rows, fmt.Sprintf("%s = %g", linear(1, b[i][:]), c))
	}
	return rows
}
