package report

import "fmt"

// check says which part of d has the wrong shape.
func check(d *Data) error {
	for i := range d.Recordings {
		if err := d.Recordings[i].check(); err != nil {
			return fmt.Errorf("report: recording %d: %w", i+1, err)
		}
	}
	if m := d.Multiples; m != nil && (len(m.Off) != len(d.Recordings) || max(m.Best, m.Typical, m.Worst) >= len(m.Off)) {
		return fmt.Errorf("report: errors of %d recordings, %d are drawn", len(m.Off), len(d.Recordings))
	}
	for i, p := range d.Portraits {
		n := len(p.FieldX)
		if len(p.DataX) != len(p.DataY) || len(p.OrbitX) != len(p.OrbitY) || len(p.ForecastX) != len(p.ForecastY) ||
			len(p.FieldY) != n || len(p.FieldDX) != n || len(p.FieldDY) != n {
			return fmt.Errorf("report: portrait %d: coordinates differ in length", i+1)
		}
	}
	if r := d.Rate; r != nil && len(r.X) != len(r.DX) {
		return fmt.Errorf("report: rate: %d states, %d rates", len(r.X), len(r.DX))
	}
	for i := range d.Losses {
		l := &d.Losses[i]
		n := len(l.Iteration)
		if len(l.Loss) != n || l.Lambda != nil && len(l.Lambda) != n || l.HeldOut != nil && len(l.HeldOut) != n {
			return fmt.Errorf("report: loss: columns differ in length from %d iterations", n)
		}
	}
	return checkSections(d.Sections)
}

func (r *Recording) check() error {
	s := r.Series
	if s == nil {
		return fmt.Errorf("no series")
	}
	n, c := len(s.T), len(s.Names)
	switch {
	case len(s.X) != n*c:
		return fmt.Errorf("%d values for %d rows of %d columns", len(s.X), n, c)
	case r.HeldOut < 0 || r.HeldOut > n:
		return fmt.Errorf("%d of %d rows held out", r.HeldOut, n)
	case r.AtRows != nil && len(r.AtRows) != n*c:
		return fmt.Errorf("model at %d values, want %d", len(r.AtRows), n*c)
	}
	all := []*Trajectory{&r.Fit, &r.Forecast, &r.Unseen}
	for i := range r.Baselines {
		all = append(all, &r.Baselines[i].Trajectory)
	}
	for _, t := range all {
		want := len(t.T) * c
		if len(t.X) != want || t.Lo != nil && len(t.Lo) != want || t.Hi != nil && len(t.Hi) != want {
			return fmt.Errorf("a trajectory of %d values for %d times of %d columns", len(t.X), len(t.T), c)
		}
	}
	return nil
}
