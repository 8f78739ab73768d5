package train

import (
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// untrained is a model of the problem that lacks only what training finds.
func (p *Problem) untrained(method string) *model.Model {
	first, loss := &p.Train[0], p.Loss
	if p.squares() {
		loss = ""
	}
	return &model.Model{Loss: loss, ArchName: p.ArchName, Arch: p.Arch, Parts: p.Parts, Units: first.Units, Time: first.Time, TUnit: first.TUnit, Epoch: first.Epoch, Dates: first.Dates,
		Hold: p.Hold, Solver: p.Solver, Embedding: first.Embedding, Components: first.Components, KnownStart: p.Initial == "known", IDName: first.IDName, From: model.Provenance{Method: method, Seed: p.Seed}}
}

// model cuts the unknowns z (a lane a member) of the kept members into θ and
// starts.
func (p *Problem) model(method string, z []float64, members int, kept []int) *model.Model {
	m := p.untrained(method)
	u, guess := p.ofRecordings(), p.startGuess()
	var ones [][]float64
	for _, j := range kept {
		one := ofMembers(z, members).Lane(nil, j)
		ones, m.Theta = append(ones, one), append(m.Theta, slices.Clone(u.thetaOf(one)))
	}
	for rec, s := range p.rows(true) {
		r := newRecord(&s)
		if p.labels != nil { // nothing goes on from them
			r.U = data.Series{}
		}
		for _, one := range ones {
			start := guess[rec]
			if u.starts > 0 {
				start = u.startOf(one, rec)
			}
			r.Start = append(r.Start, slices.Clone(start))
		}
		if p.Parts.Told() {
			for j := range r.Start {
				r.Start[j] = m.Tell(j, &s, p.alone(&s), 0)
			}
		}
		m.Records = append(m.Records, r)
	}
	return m
}

// newRecord describes a recording; its start is still missing.
func newRecord(s *data.Series) model.Record {
	return model.Record{ID: s.ID, T0: s.T[0], End: s.T[s.Len()-1], Rows: s.Len(), Step: s.Step(), U: *s}
}

// modelOf makes a model of the unknowns zs of members that were fitted to the
// segments of free.
func (p *Problem) modelOf(free *trajectoryResidual, zs ...[]float64) *model.Model {
	segs := free.segs
	m := p.untrained("auto")
	if p.process != nil {
		m.ProcessNoise, m.Noise = p.process.states, p.process.rows
	}
	for _, z := range zs {
		m.Theta = append(m.Theta, slices.Clone(free.u.thetaOf(z)))
	}
	for rec, s := range p.rows(true) {
		r := newRecord(&s)
		for i, seg := range segs {
			if seg.rec != rec {
				continue
			}
			var starts [][]float64
			for _, z := range zs {
				x := free.fixed[rec]
				if free.u.starts > 0 {
					x = free.u.startOf(z, i)
				}
				starts = append(starts, append([]float64{}, x...))
			}
			if seg.from == 0 {
				r.Start = starts
			} else {
				r.Anchors = append(r.Anchors, model.Anchor{T: s.T[seg.from], State: starts})
			}
		}
		for range len(zs) - len(r.Start) { // its first segment was not fitted
			r.Start = append(r.Start, append([]float64{}, free.fixed[rec]...))
		}
		m.Records = append(m.Records, r)
	}
	return m
}
