package ode

import "github.com/entrain-dev/entrain/field"

// A lane that has ended, or failed, would be carried along by the others until
// the slowest of them ends. Instead the lanes that are still under way move
// together and go on in fewer lanes. A lane's numbers do not depend on its
// place, so nothing changes but the time it takes.

// company is what some of the lanes of a problem are integrated with.
type company struct {
	lanes   int
	field   known
	stepper able
	theta   Batch // the parameters of its lanes in an ensemble
	input   chosen
}

// known is a field and what else it can be.
type known struct {
	field.Field
	program field.Programmed // nil if it is none
	copier  field.Copier     // nil if it is none
}

func know(f field.Field) known {
	k := known{Field: f}
	k.program, _ = f.(field.Programmed)
	k.copier, _ = f.(field.Copier)
	return k
}

// is says that f is certainly the field that is known. An assertion may
// allocate, so there is not one in every integration.
func (k *known) is(f field.Field) bool {
	return alike(f, k.Field)
}

// companies has those that were needed so far, by lanes/8.
type companies struct {
	shape  field.Shape
	scheme *Scheme
	inside bool
	wants  Wants
	from   field.Copier // the field of all lanes; nil if it cannot be made for fewer
	made   []*company
}

func newCompanies(shape field.Shape, m *Scheme, inside bool) companies {
	return companies{shape: shape, scheme: m, inside: inside, made: make([]*company, shape.Lanes/8)}
}

// use sets the field that companies are made from.
func (c *companies) use(from field.Copier) {
	if c.shape.Lanes > 1 && from != c.from {
		c.from = from
		clear(c.made)
	}
}

// want says what is asked of steps from now on.
func (c *companies) want(w Wants) {
	c.wants = w
	for _, m := range c.made {
		if m != nil {
			m.stepper.prepare(w)
		}
	}
}

// of returns the company of that many lanes, which are fewer than all.
func (c *companies) of(lanes int) *company {
	if m := c.made[lanes/8]; m != nil {
		return m
	}
	shape := c.shape
	shape.Lanes = lanes
	m := &company{lanes: lanes, field: know(c.from.Copy(lanes)), stepper: newAble(c.scheme, shape, c.inside)}
	m.input = newChosen(c.shape, lanes)
	m.stepper.prepare(c.wants)
	c.made[lanes/8] = m
	return m
}

// seats is the number of lanes in which n are integrated: 8, and from 16 on
// powers of two and the numbers half way between them, so that a problem needs
// few sizes.
func seats(n int) int {
	m := 8
	for m < n {
		if m >= 16 && m/2*3 >= n {
			return m / 2 * 3
		}
		m *= 2
	}
	return m
}

// choose makes lane of[j] of the problem the j-th. The parameters of an
// ensemble are copied.
func (m *company) choose(p *IVP, of []int) (field.Input, Batch) {
	var in field.Input
	if p.Input != nil {
		m.input.choose(p, of)
		in = &m.input
	}
	if p.Theta.Lanes == 1 {
		return in, p.Theta
	}
	if m.theta.Rows != p.Theta.Rows {
		m.theta = newBatch(p.Theta.Rows, m.lanes)
	}
	gather(m.theta, p.Theta, of)
	return in, m.theta
}

// gather makes lane j of dst lane of[j] of src. The two may share memory if of
// ascends.
func gather(dst, src Batch, of []int) {
	for i := range dst.Rows {
		d, s := dst.V[i*dst.Lanes:(i+1)*dst.Lanes], src.V[i*src.Lanes:(i+1)*src.Lanes]
		for j, l := range of {
			d[j] = s[l]
		}
	}
}

// chosen gives some lanes the inputs that they have in a problem with more.
type chosen struct {
	in field.Input
	of []int
	t  []float64 // of all lanes of the problem
	u  Batch
}

func newChosen(shape field.Shape, lanes int) chosen {
	return chosen{of: make([]int, lanes), t: make([]float64, shape.Lanes), u: newBatch(shape.Input, shape.Lanes)}
}

func (c *chosen) choose(p *IVP, of []int) {
	c.in = p.Input
	copy(c.of, of)
	copy(c.t, p.T0)
}

// At asks for all lanes; those that are not here stay at some earlier time.
// Where a lane is here twice its first place counts.
func (c *chosen) At(u Batch, t []float64) {
	for j := len(c.of) - 1; j >= 0; j-- {
		c.t[c.of[j]] = t[j]
	}
	c.in.At(c.u, c.t)
	gather(u, c.u, c.of)
}

// narrow goes on without the lanes that have ended where that takes fewer
// seats.
func (s *Solver) narrow() {
	if len(s.of) <= 8 || s.companies.from == nil || s.delays.any() {
		return
	}
	n := 0
	for _, l := range s.of {
		if s.lane[l].active {
			n++
		}
	}
	if m := seats(n); n > 0 && m < len(s.of) {
		s.pick(n, m)
		s.move()
	}
}

// pick sets keep to the places of the n lanes under way and of as many others
// as there are seats left.
func (s *Solver) pick(n, seats int) {
	s.keep = s.keep[:0]
	spare := seats - n
	for j, l := range s.of {
		if !s.lane[l].active {
			if spare == 0 {
				continue
			}
			spare--
		}
		s.keep = append(s.keep, j)
	}
}

// move takes the lanes in places keep to a smaller company.
func (s *Solver) move() {
	s.count()
	c, st := s.companies.of(len(s.keep)), &s.step
	c.stepper.follow(&s.stepper, s.keep)
	x, t, start := st.From.X, st.From.T, st.Start
	for j, i := range s.keep {
		t[j], start[j], s.of[j] = t[i], start[i], s.of[i]
	}
	s.seat(c.lanes)
	gather(st.From.X, x, s.keep)
	s.ctrl.Keep(s.keep)
	s.stepper, st.Field, st.program = c.stepper, c.field.Field, c.field.program
	if s.insider != nil {
		s.insider = c.stepper.insider
	}
	st.Evals = s.evals
	st.Input, st.From.Theta = c.choose(s.p, s.of)
	if s.watch != nil {
		s.watch.narrowed(s.of)
	}
}

// seat makes room for that many lanes.
func (s *Solver) seat(lanes int) {
	s.step.seat(lanes)
	s.of, s.evals = s.of[:lanes], s.evals[:lanes]
	s.norm, s.h = s.norm[:lanes], s.h[:lanes]
	s.accept, s.inside = s.accept[:lanes], s.inside[:lanes]
}

func (s *Step) seat(lanes int) {
	s.From.T, s.H, s.To, s.Last = s.From.T[:lanes], s.H[:lanes], s.To[:lanes], s.Last[:lanes]
	s.Start, s.Status, s.Factors, s.Way = s.Start[:lanes], s.Status[:lanes], s.Factors[:lanes], s.Way[:lanes]
	s.From.X, s.X = lean(s.From.X, lanes), lean(s.X, lanes)
}

// lean is b's memory with another number of lanes.
func lean(b Batch, lanes int) Batch {
	return Batch{V: b.V[:b.Rows*lanes], Rows: b.Rows, Lanes: lanes}
}

// widest begins with all lanes.
func (s *Solver) widest() {
	for j := range s.of {
		s.of[j] = j
	}
	s.stepper = s.all
	if s.insider != nil {
		s.insider = s.all.insider
	}
	if !s.field.is(s.p.Field) {
		s.field = know(s.p.Field)
	}
	s.companies.use(s.field.copier)
}

// count adds the evaluations so far to those of the lanes.
func (s *Solver) count() {
	for j, l := range s.of {
		s.tr.Stats.Evals[l] += s.evals[j]
		s.evals[j] = 0
	}
}

// Follow takes over the slopes that the next step may use.
func (r *rungeKutta) Follow(from Stepper, of []int) {
	old := from.(*rungeKutta)
	if r.taped != nil {
		r.taped.settled = false
	}
	gather(r.k[0], old.k[0], of)
	gather(r.k[r.stages-1], old.k[r.stages-1], of)
}
