package train

import (
	"math/rand/v2"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// nodeLanes is how many nodes are evaluated side by side: few enough for caches.
const nodeLanes = 64

// nodes evaluates a right-hand side, or another function of the same arguments, and its
// first and second derivatives at many points with the same parameters, each a lane.
// Times and inputs are set once.
type nodes struct {
	count, states, theta int
	rows                 int // of what is evaluated: states for a right-hand side

	f     field.Curved
	lanes int
	at    []field.Point // of each chunk of lanes
	par   field.Batch   // θ, which all chunks share
	dx    field.Batch
	seed  field.Batch // direction
	pull  field.Batch // cotangent
	gx    field.Batch
	wide  field.Batch // cotangent of θ, each lane apart
	bend  *thetaBend

	value  []float64 // count × rows
	byX    []float64 // count × rows × states: ∂f_c/∂x_j at (k·rows+c)·states+j
	byT    []float64 // count × rows × θ
	curveX []float64 // count × states × states: second derivatives of weight·f
	curveT []float64 // count × states × θ
}

// newNodes prepares count nodes, whose times and inputs place tells.
func newNodes(p *program.Program, count, inputs int, place func(node int, u []float64) (t float64)) *nodes {
	lanes := min(program.PadLanes(count), nodeLanes)
	f := field.New(p, lanes, false).(field.Curved)
	d, size, rows := f.Shape().State, f.Shape().Theta, outputRows(p)
	n := &nodes{count: count, states: d, theta: size, rows: rows, f: f, lanes: lanes,
		par: program.NewBatch(size, 1), dx: program.NewBatch(rows, lanes), seed: program.NewBatch(d, lanes),
		pull: program.NewBatch(rows, lanes), gx: program.NewBatch(d, lanes), wide: program.NewBatch(size, lanes),
		value: make([]float64, count*rows), byX: make([]float64, count*rows*d), byT: make([]float64, count*rows*size),
		curveX: make([]float64, count*d*d), curveT: make([]float64, count*d*size)}
	u := make([]float64, inputs)
	for first := 0; first < count; first += lanes {
		at := field.Point{T: make([]float64, lanes), X: program.NewBatch(d, lanes), U: program.NewBatch(inputs, lanes), Theta: n.par}
		for l := range lanes {
			at.T[l] = place(n.node(first, l), u)
			at.U.SetLane(l, u)
		}
		n.at = append(n.at, at)
	}
	if size > 0 {
		n.bend = newThetaBend(p, lanes, size, &n.at[0])
	}
	return n
}

// outputRows is the number of rows of what a right-hand side returns.
func outputRows(p *program.Program) int { return p.Nodes[p.Outputs[0].Node].Rows }

// node is the node of a lane; spare lanes repeat the first of their chunk.
func (n *nodes) node(first, lane int) int {
	if first+lane < n.count {
		return first + lane
	}
	return first
}

// real is how many lanes of the chunk that begins there are nodes.
func (n *nodes) real(first int) int { return min(n.lanes, n.count-first) }

// set copies parameters and states; state returns that of a node.
func (n *nodes) set(theta []float64, state func(node int) []float64) {
	copy(n.par.V, theta)
	for c := range n.at {
		for l := range n.lanes {
			n.at[c].X.SetLane(l, state(n.node(c*n.lanes, l)))
		}
	}
}

// eval computes value.
func (n *nodes) eval() {
	for c := range n.at {
		n.f.Eval(n.dx, &n.at[c])
		n.spread(n.value, n.rows, 1, 0, c, n.dx)
	}
}

// slopes computes byX and byT.
func (n *nodes) slopes() {
	for c := range n.at {
		for i := range n.rows {
			clear(n.pull.V)
			for l := range n.lanes {
				n.pull.V[i*n.lanes+l] = 1
			}
			g := n.cleared()
			n.f.VJP(&g, &n.at[c], n.pull)
			n.spread(n.byX, n.states, n.rows, i, c, n.gx)
			n.spread(n.byT, n.theta, n.rows, i, c, n.wide)
		}
	}
}

// cleared is a cotangent with nothing in it yet.
func (n *nodes) cleared() field.Point {
	clear(n.gx.V)
	clear(n.wide.V)
	g := field.Point{X: n.gx}
	if n.theta > 0 {
		g.Theta = n.wide
	}
	return g
}

// spread stores a batch of a chunk, width numbers a lane, as row i of each node's
// rows.
func (n *nodes) spread(dst []float64, width, rows, i, chunk int, b field.Batch) {
	first := chunk * n.lanes
	for l := range n.real(first) {
		to := dst[((first+l)*rows+i)*width:]
		for j := range width {
			to[j] = b.V[j*n.lanes+l]
		}
	}
}

// curvature computes curveX and curveT, the second derivatives of Σ_c w_c·f_c by a
// state and by states or parameters, for the weights w of each node (count × rows), and
// adds those by two parameters, summed over nodes, to the lower triangle of shared
// (θ × θ).
func (n *nodes) curvature(shared, weights []float64) {
	w := program.NewBatch(n.rows, n.lanes)
	for c := range n.at {
		first := c * n.lanes
		clear(w.V)
		for l := range n.real(first) {
			w.SetLane(l, weights[(first+l)*n.rows:(first+l+1)*n.rows])
		}
		for i := range n.states {
			clear(n.seed.V)
			for l := range n.lanes {
				n.seed.V[i*n.lanes+l] = 1
			}
			g := n.cleared()
			n.f.HVP(&g, &n.at[c], n.seed, w)
			n.spread(n.curveX, n.states, n.states, i, c, n.gx)
			n.spread(n.curveT, n.theta, n.states, i, c, n.wide)
		}
		if n.bend != nil {
			n.bend.add(shared, &n.at[c], w)
		}
	}
}

// thetaBend computes second derivatives of w·f by two parameters. Parameters
// that no third one meets both share a direction: a network with one hidden layer needs
// as few directions as one of its units has weights, not as many as all have.
//
// Source: Curtis, Powell, Reid, IMA J. Applied Mathematics 13 (1974) 117–119.
type thetaBend struct {
	exec   *program.Exec
	in     [][]float64
	slot   map[string]int
	out    [][]float64
	dir    []float64
	groups [][]int   // parameters of each direction
	owner  [][]int32 // of each direction, of each row: the parameter it belongs to, −1: none
}

// probeLanes is at how many nodes it is tried which parameters meet.
const probeLanes = 8

// newThetaBend finds which parameters meet by evaluating at random states and
// parameters, at times and inputs of the first nodes of a chunk. Where a product is
// zero at all of them it is taken to be zero.
func newThetaBend(p *program.Program, lanes, size int, at *field.Point) *thetaBend {
	v := program.VJP(program.JVP(p, program.Wrt{Name: "theta"}), program.Wrt{Name: "theta"})
	few := min(lanes, probeLanes)
	b := &thetaBend{exec: program.NewExec(v, few), in: make([][]float64, len(v.Inputs)), slot: map[string]int{},
		out: [][]float64{make([]float64, size)}, dir: make([]float64, size)}
	for k, i := range v.Inputs {
		b.slot[v.Nodes[i].Name] = k
	}
	r := rand.New(rand.NewPCG(1, 2))
	random := func(rows, lanes int) field.Batch {
		x := program.NewBatch(rows, lanes)
		for i := range x.V {
			x.V[i] = r.NormFloat64()
		}
		return x
	}
	u := program.NewBatch(at.U.Rows, few)
	for l := range few {
		u.SetLane(l, at.U.Lane(nil, l))
	}
	meets := make([]bool, size*size)
	for range 2 {
		probe := field.Point{T: at.T[:few], X: random(at.X.Rows, few), U: u, Theta: random(size, 1)}
		w := random(outputRows(p), few)
		for j := range size {
			b.dir[j] = 1
			b.run(&probe, w)
			b.dir[j] = 0
			for i, v := range b.out[0] {
				meets[i*size+j] = meets[i*size+j] || v != 0
				meets[j*size+i] = meets[j*size+i] || v != 0
			}
		}
	}
	b.colour(meets, size)
	b.exec = program.NewExec(v, lanes)
	return b
}

// colour puts parameters in groups no two of which meet the same one.
func (b *thetaBend) colour(meets []bool, size int) {
	for j := range size {
		column := meets[j*size : (j+1)*size] // it is symmetric
		to := 0
		for ; to < len(b.groups); to++ {
			free := true
			for i, m := range column {
				free = free && !(m && b.owner[to][i] >= 0)
			}
			if free {
				break
			}
		}
		if to == len(b.groups) {
			owner := make([]int32, size)
			for i := range owner {
				owner[i] = -1
			}
			b.groups, b.owner = append(b.groups, nil), append(b.owner, owner)
		}
		b.groups[to] = append(b.groups[to], j)
		for i, m := range column {
			if m {
				b.owner[to][i] = int32(j)
			}
		}
	}
}

// run computes the product with the direction.
func (b *thetaBend) run(at *field.Point, w field.Batch) {
	for name, v := range map[string][]float64{"t": at.T, "x": at.X.V, "u": at.U.V, "theta": at.Theta.V, "dtheta": b.dir, "cddx": w.V} {
		if k, ok := b.slot[name]; ok {
			b.in[k] = v
		}
	}
	b.exec.Run(b.out, b.in)
}

// add adds the second derivatives of w·f at the points to the lower triangle.
func (b *thetaBend) add(shared []float64, at *field.Point, w field.Batch) {
	size := len(b.dir)
	for k, group := range b.groups {
		for _, j := range group {
			b.dir[j] = 1
		}
		b.run(at, w)
		clear(b.dir)
		for i, j := range b.owner[k] {
			if j >= 0 && int(j) <= i {
				shared[i*size+int(j)] += b.out[0][i]
			}
		}
	}
}
