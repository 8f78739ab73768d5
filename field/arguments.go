package field

import "math"

// arguments are what is known of those of a network, in the order x, t, u: centre and
// deviation of each, 0 and 1 where nothing is known. Hidden states have 0 and 1.
type arguments struct {
	states, inputs int
	time           bool
	centre, spread []float64
}

// arguments reads them from the rows.
func (d *Drawing) arguments() arguments {
	p := d.Parts
	a := arguments{states: len(p.Frame.States), inputs: len(p.Frame.Inputs), time: p.Net != nil && p.Net.Time}
	for range a.input() + a.inputs {
		a.centre, a.spread = append(a.centre, 0), append(a.spread, 1)
	}
	f := d.Facts
	if f == nil || len(f.X) == 0 {
		return a
	}
	column := func(at int, of func(row int) float64) {
		sum, square, n := 0.0, 0.0, float64(len(f.X))
		for i := range f.X {
			sum += of(i)
		}
		for i := range f.X {
			e := of(i) - sum/n
			square += e * e
		}
		a.centre[at] = sum / n
		if sd := math.Sqrt(square / n); sd > 0 {
			a.spread[at] = sd
		}
	}
	for j := range f.X[0] {
		column(j, func(i int) float64 { return f.X[i][j] })
	}
	if a.time {
		column(a.states, func(i int) float64 { return f.T[i] })
	}
	for j := range a.inputs {
		column(a.input()+j, func(i int) float64 { return f.U[i][j] })
	}
	return a
}

// input is the place of the first input.
func (a *arguments) input() int {
	if a.time {
		return a.states + 1
	}
	return a.states
}

// size is how many there are.
func (a *arguments) size() int { return len(a.centre) }
