package odetest

import (
	"math"

	"github.com/entrain-dev/entrain/field"
)

// Driven is x' = a (u(t) − x) + b y, y' = −x y − sin t with θ = (a, b).
func Driven(lanes int) *Lane {
	return NewLane(field.Shape{State: 2, Input: 1, Theta: 2, Lanes: lanes},
		func(dx []float64, t float64, x, u, p []float64) {
			dx[0], dx[1] = p[0]*(u[0]-x[0])+p[1]*x[1], -x[0]*x[1]-math.Sin(t)
		},
		func(jx, ju, jt []float64, _ float64, x, u, p []float64) {
			copy(jx, []float64{-p[0], p[1], -x[1], -x[0]})
			ju[0] = p[0]
			jt[0], jt[1] = u[0]-x[0], x[1]
		})
}

// Stairs is the input ⌊t/Width⌋ mod 3, shifted by Late for each lane.
type Stairs struct{ Width, Late float64 }

func (s Stairs) jump(k float64, lane int) float64 { return k*s.Width + float64(lane)*s.Late }

// At is the value from the jump on, exactly where Breaks says it jumps.
func (s Stairs) At(u field.Batch, t []float64) {
	for l, v := range t {
		k := math.Round((v - s.jump(0, l)) / s.Width)
		if s.jump(k, l) > v {
			k--
		}
		u.V[l] = math.Mod(k+30, 3)
	}
}

// Breaks are the jumps.
func (s Stairs) Breaks(lane int, t0, t1 float64) []float64 {
	var b []float64
	for k := math.Floor((t0 - s.jump(0, lane)) / s.Width); s.jump(k, lane) < t1; k++ {
		if t := s.jump(k, lane); t > t0 {
			b = append(b, t)
		}
	}
	return b
}
