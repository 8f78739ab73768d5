package kernel

import "math"

// tsit5 is Tsitouras' method without its first stage: what each stage takes of the slopes before it, and last the end
// of the step. Source: see ode/tsit5.go, whose numbers these are.
var tsit5 = [6][]float64{
	{0.161},
	{-0.008480655492356988544426874250230, 0.3354806554923569885444268742502},
	{2.897153057105493432130432594192, -6.359448489975074843148159912383, 4.362295432869581411017727318190},
	{5.325864828439256604428877920840, -11.74888356406282787774717033978,
		7.495539342889836208304604784564, -0.09249506636175524925650207933207},
	{5.861455442946420028659251486982, -12.92096931784710929170611868178,
		8.159367898576158643180400794539, -0.07158497328140099722453054252582, -0.02826905039406838290900305721271},
	{0.09646076681806522951816731316512, 0.01, 0.4798896504144995747752495322905,
		1.379008574103741893192274821856, -3.290069515436080679901047585711, 2.324710524099773982415355918398},
}

// LorenzSteps is the yardstick against which whole steps are measured, written by hand for one problem: it takes steps
// of size h of Tsitouras' method for the Lorenz system with σ = 10, β = 8/3 and ρ of each lane, from x, and leaves the
// states in x and the slopes there in k. Products that are added are not rounded by themselves at any level.
// Shapes: x, k 3×lanes, rho lanes, and 8 divides lanes.
func LorenzSteps(x, k, rho []float64, h float64, steps int) {
	lanes := len(rho)
	if lanes%8 != 0 {
		panic("kernel: lanes must be a multiple of 8")
	}
	x, k = first(x, 3*lanes), first(k, 3*lanes)
	for l := range lanes {
		s := lorenzSlope([3]float64{x[l], x[lanes+l], x[2*lanes+l]}, rho[l])
		k[l], k[lanes+l], k[2*lanes+l] = s[0], s[1], s[2]
	}
	if steps < 1 || lanes == 0 || fastLorenz(x, k, rho, h, steps) {
		return
	}
	for l := range lanes {
		lorenzLane(x, k, rho, h, steps, l)
	}
}

func lorenzLane(x, k, rho []float64, h float64, steps, l int) {
	lanes := len(rho)
	var at [3]float64
	var slopes [7][3]float64
	for i := range at {
		at[i], slopes[0][i] = x[i*lanes+l], k[i*lanes+l]
	}
	for range steps {
		var to [3]float64
		for s, a := range tsit5 {
			for i := range to {
				sum := a[0] * slopes[0][i]
				for j, c := range a[1:] {
					sum = math.FMA(c, slopes[j+1][i], sum)
				}
				to[i] = math.FMA(sum, h, at[i])
			}
			slopes[s+1] = lorenzSlope(to, rho[l])
		}
		at, slopes[0] = to, slopes[6]
	}
	for i := range at {
		x[i*lanes+l], k[i*lanes+l] = at[i], slopes[0][i]
	}
}

func lorenzSlope(x [3]float64, rho float64) [3]float64 {
	return [3]float64{10 * (x[1] - x[0]), math.FMA(x[0], rho-x[2], -x[1]), math.FMA(x[0], x[1], -(8. / 3 * x[2]))}
}
