package num

import "math"

// orthonormal2 is Orthonormalise in the plane: the second vector of a frame is the
// first one turned.
func orthonormal2(v []float64, k, lanes int, norms []float64) {
	for l := range lanes {
		x, y := v[l], v[lanes+l]
		length := math.Sqrt(x*x + y*y)
		if norms[l] *= length; length > 0 {
			x, y = x/length, y/length
			v[l], v[lanes+l] = x, y
		}
		if k < 2 {
			continue
		}
		a, b := v[2*lanes+l], v[3*lanes+l]
		if length == 0 {
			x, y = unit(b, -a) // there is no first direction: the second keeps its own
		}
		left := x*b - y*a
		norms[lanes+l] *= math.Abs(left)
		s := sign(left)
		v[2*lanes+l], v[3*lanes+l] = -s*y, s*x
	}
}

// sign is 0 of 0.
func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// unit is a direction of the plane; that of nothing is nothing.
func unit(x, y float64) (float64, float64) {
	if length := math.Sqrt(x*x + y*y); length > 0 {
		return x / length, y / length
	}
	return 0, 0
}

// vec3 is a vector of space.
type vec3 struct{ x, y, z float64 }

func (a vec3) dot(b vec3) float64 { return a.x*b.x + a.y*b.y + a.z*b.z }

func (a vec3) less(s float64, b vec3) vec3 { return vec3{a.x - s*b.x, a.y - s*b.y, a.z - s*b.z} }

func (a vec3) cross(b vec3) vec3 {
	return vec3{a.y*b.z - a.z*b.y, a.z*b.x - a.x*b.z, a.x*b.y - a.y*b.x}
}

// unit is a direction and a length; that of nothing is nothing.
func (a vec3) unit() (vec3, float64) {
	length := math.Sqrt(a.dot(a))
	if length == 0 {
		return a, 0
	}
	s := 1 / length
	return vec3{s * a.x, s * a.y, s * a.z}, length
}

// orthonormal3 is Orthonormalise in space: the third vector of a frame is the
// product of the other two.
func orthonormal3(v []float64, k, lanes int, norms []float64) {
	for l := range lanes {
		q, first := load3(v, 0, lanes, l).unit()
		norms[l] *= first
		store3(v, 0, lanes, l, q)
		if k < 2 {
			continue
		}
		r := load3(v, 1, lanes, l)
		r = r.less(q.dot(r), q)
		r, second := r.less(q.dot(r), q).unit()
		norms[lanes+l] *= second
		store3(v, 1, lanes, l, r)
		if k < 3 {
			continue
		}
		s := load3(v, 2, lanes, l)
		if first == 0 || second == 0 {
			s = s.less(q.dot(s), q)
			s, third := s.less(r.dot(s), r).unit()
			norms[2*lanes+l] *= third
			store3(v, 2, lanes, l, s)
			continue
		}
		n := q.cross(r)
		third := n.dot(s)
		norms[2*lanes+l] *= math.Abs(third)
		t := sign(third)
		store3(v, 2, lanes, l, vec3{t * n.x, t * n.y, t * n.z})
	}
}

// load3 is vector j of lane l.
func load3(v []float64, j, lanes, l int) vec3 {
	at := 3*j*lanes + l
	return vec3{v[at], v[at+lanes], v[at+2*lanes]}
}

func store3(v []float64, j, lanes, l int, a vec3) {
	at := 3*j*lanes + l
	v[at], v[at+lanes], v[at+2*lanes] = a.x, a.y, a.z
}
