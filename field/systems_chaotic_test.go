package field

import "math"

// law is a right-hand side of three states, or the next state of a map.
type law func(x, y, z float64, p map[string]float64) []float64

func init() {
	for name, f := range chaoticByHand {
		byHand[name] = func(_ float64, x []float64, p map[string]float64) []float64 {
			at := [3]float64{}
			copy(at[:], x)
			return f(at[0], at[1], at[2], p)
		}
	}
	byHand["hyper-rossler"] = func(_ float64, x []float64, p map[string]float64) []float64 {
		return []float64{-x[1] - x[2], x[0] + p["a"]*x[1] + x[3], p["b"] + x[0]*x[2], -p["c"]*x[2] + p["d"]*x[3]}
	}
	for _, name := range []string{"lorenz-96-5", "lorenz-96-6", "lorenz-96-8", "lorenz-96-10", "lorenz-96-20", "lorenz-96-40"} {
		byHand[name] = func(_ float64, x []float64, p map[string]float64) []float64 {
			n := len(x)
			dx := make([]float64, n)
			for i := range x {
				dx[i] = (x[(i+1)%n]-x[(i+n-2)%n])*x[(i+n-1)%n] - x[i] + p["F"]
			}
			return dx
		}
	}
	byHand["kuramoto-sivashinsky"] = func(_ float64, x []float64, p map[string]float64) []float64 { return waves(x, p["L"]) }
}

// waves is the equation of Kuramoto and Sivashinsky at points of the ring: u and its derivatives are
// summed up there, and what becomes of u is split into modes again.
func waves(x []float64, length float64) []float64 {
	const points = 64 // more than three times the modes: products do not alias
	modes, q := len(x)/2, 2*math.Pi/length
	dx := make([]float64, len(x))
	for j := range points {
		at, u, slope, second, fourth := length*float64(j)/points, 0.0, 0.0, 0.0, 0.0
		for k := range modes {
			w := q * float64(k+1)
			sin, cos := math.Sincos(w * at)
			v, d := 2*(x[k]*cos-x[modes+k]*sin), -2*w*(x[k]*sin+x[modes+k]*cos)
			u, slope, second, fourth = u+v, slope+d, second-w*w*v, fourth+w*w*w*w*v
		}
		rate := -u*slope - second - fourth
		for k := range modes {
			sin, cos := math.Sincos(q * float64(k+1) * at)
			dx[k] += rate * cos / points
			dx[modes+k] -= rate * sin / points
		}
	}
	return dx
}

var chaoticByHand = map[string]law{
	"thomas": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{math.Sin(y) - p["b"]*x, math.Sin(z) - p["b"]*y, math.Sin(x) - p["b"]*z}
	},
	"chua": func(x, y, z float64, p map[string]float64) []float64 {
		current := p["m1"] * x // outside of ±1; inside the slope is m0
		switch {
		case x > 1:
			current += p["m0"] - p["m1"]
		case x < -1:
			current -= p["m0"] - p["m1"]
		default:
			current = p["m0"] * x
		}
		return []float64{p["alpha"] * (y - x - current), x - y + z, -p["beta"] * y}
	},
	"hindmarsh-rose": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{y + x*x*(p["b"]-p["a"]*x) - z + p["I"], p["c"] - p["d"]*x*x - y, p["r"] * (p["s"]*(x-p["xr"]) - z)}
	},
	"halvorsen": func(x, y, z float64, p map[string]float64) []float64 {
		g := func(u, v, w float64) float64 { return -p["a"]*u - 4*(v+w) - v*v }
		return []float64{g(x, y, z), g(y, z, x), g(z, x, y)}
	},
	"aizawa": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{(z-p["b"])*x - p["d"]*y, p["d"]*x + (z-p["b"])*y,
			p["c"] + p["a"]*z - z*z*z/3 - (x*x+y*y)*(1+p["e"]*z) + p["f"]*z*x*x*x}
	},
	"chen": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{p["a"] * (y - x), (p["c"]-p["a"])*x - x*z + p["c"]*y, x*y - p["b"]*z}
	},
	"lu": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{p["a"] * (y - x), p["c"]*y - x*z, x*y - p["b"]*z}
	},
	"dadras": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{y - p["p"]*x + p["o"]*y*z, p["r"]*y - x*z + z, p["c"]*x*y - p["e"]*z}
	},
	"sprott-a": func(x, y, z float64, _ map[string]float64) []float64 { return []float64{y, y*z - x, 1 - y*y} },
	"sprott-b": func(x, y, z float64, _ map[string]float64) []float64 { return []float64{y * z, x - y, 1 - x*y} },
	"lorenz-84": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{p["a"]*(p["F"]-x) - y*y - z*z, (x-1)*y - p["b"]*x*z + p["G"], p["b"]*x*y + (x-1)*z}
	},
	"rabinovich-fabrikant": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{y*(z-1+x*x) + p["g"]*x, x*(3*z+1-x*x) + p["g"]*y, -2 * z * (p["a"] + x*y)}
	},
	"duffing": func(x, v, phase float64, p map[string]float64) []float64 {
		return []float64{v, x*(1-x*x) - p["delta"]*v + p["gamma"]*math.Cos(phase), p["omega"]}
	},
	"ueda": func(x, v, phase float64, p map[string]float64) []float64 {
		return []float64{v, p["B"]*math.Cos(phase) - x*x*x - p["k"]*v, 1}
	},
	"rucklidge": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{y*(p["l"]-z) - p["k"]*x, x, y*y - z}
	},
	"shimizu-morioka": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{y, x*(1-z) - p["a"]*y, x*x - p["b"]*z}
	},
	"burke-shaw": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{-p["s"] * (x + y), -y - p["s"]*x*z, p["s"]*x*y + p["v"]}
	},
	"moore-spiegel": func(x, y, z float64, _ map[string]float64) []float64 {
		return []float64{y, z, (9-x*x)*y - z - 5*x}
	},
	"rikitake": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{y*z - p["mu"]*x, (z-p["a"])*x - p["mu"]*y, 1 - x*y}
	},
	"hastings-powell": func(x, y, z float64, p map[string]float64) []float64 {
		eaten := p["a1"] * x * y / (1 + p["b1"]*x)
		hunted := p["a2"] * y * z / (1 + p["b2"]*y)
		return []float64{x - x*x - eaten, eaten - hunted - p["d1"]*y, hunted - p["d2"]*z}
	},
	"henon": func(x, y, _ float64, p map[string]float64) []float64 {
		return []float64{1 + y - p["a"]*x*x, p["b"] * x}
	},
	"logistic": func(x, _, _ float64, p map[string]float64) []float64 { return []float64{p["r"] * (x - x*x)} },
	"ikeda": func(x, y, _ float64, p map[string]float64) []float64 {
		s, c := math.Sincos(0.4 - 6/(1+x*x+y*y))
		return []float64{1 + p["u"]*(x*c-y*s), p["u"] * (x*s + y*c)}
	},
	"folded-towel": func(x, y, z float64, _ map[string]float64) []float64 {
		fold := (y + 0.35) * (1 - 2*z)
		return []float64{3.8*x*(1-x) - 0.05*fold, 0.1 * (fold - 1) * (1 - 1.9*x), 3.78*z*(1-z) + 0.2*y}
	},
	"henon-3d": func(x, y, z float64, p map[string]float64) []float64 {
		return []float64{p["a"] - y*y - p["b"]*z, x, y}
	},
	"standard": func(theta, momentum, _ float64, p map[string]float64) []float64 {
		momentum += p["k"] * math.Sin(theta)
		return []float64{theta + momentum, momentum}
	},
}
