package opt

import "github.com/entrain-dev/entrain/internal/kernel"

// forward eliminates the group's rows from the right side x; sums gets what
// that takes from the border.
func (f *front) forward(x, sums []float64, next []int) {
	z, w := f.work[:f.nf], f.width
	for i, at := range f.order[:f.nf] {
		z[i] = x[at]
	}
	for k, t := range f.turn[:f.ne] {
		if t.s != 0 {
			z[k], z[k+1] = t.c*z[k]-t.s*z[k+1], t.s*z[k]+t.c*z[k+1]
		}
	}
	clear(f.sums)
	for k := range f.ne {
		row := f.v[k*w : (k+1)*w]
		kernel.AXPY(z[k+1:], -z[k], row[k+1:])
		kernel.AXPY(f.sums, -z[k], row[f.most:])
		kernel.AXPY(sums, -z[k], row[f.most+len(f.next):])
	}
	for i, at := range f.order[:f.nf] {
		x[at] = z[i]
	}
	for a, j := range f.next {
		x[next[j]] += f.sums[a]
	}
}

// backward solves for the group's rows, with the next group, rows left to it
// and the border known.
func (f *front) backward(x, shared []float64, next []int) {
	z, w := f.work[:f.nf], f.width
	for i, at := range f.order[:f.nf] {
		z[i] = x[at]
	}
	for a, j := range f.next {
		f.sums[a] = x[next[j]]
	}
	for k := f.ne - 1; k >= 0; k-- {
		row := f.v[k*w : (k+1)*w]
		z[k] = z[k]/f.pivot[k] - kernel.Dot(z[k+1:], row[k+1:]) - kernel.Dot(f.sums, row[f.most:]) -
			kernel.Dot(shared, row[f.most+len(f.next):])
	}
	for k, t := range f.turn[:f.ne] {
		if t.s != 0 {
			z[k], z[k+1] = t.c*z[k]+t.s*z[k+1], t.c*z[k+1]-t.s*z[k]
		}
	}
	for i, at := range f.order[:f.ne] {
		x[at] = z[i]
	}
}
