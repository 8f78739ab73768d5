package train

import (
	"runtime"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/program"
)

// nodeLanes is how many nodes are evaluated side by side: few enough for caches.
const nodeLanes = 64

// mostBends is how many second derivatives are kept to be added in order.
const mostBends = 1 << 21

// nodes evaluates a right-hand side, or another function of the same arguments, and its
// first and second derivatives at many points with the same parameters, each a lane.
// Times and inputs are set once.
type nodes struct {
	count, states, theta int
	rows                 int // of what is evaluated: states for a right-hand side
	prog                 *program.Program
	first                *seeded

	lanes int
	at    []field.Point // of each chunk of lanes
	par   field.Batch   // θ, which all chunks share

	workers []*nodeWorker
	task    func(w *nodeWorker, chunk int)
	pool    *par.Pool
	weigh   []float64 // cotangents of a call of curvature
	bends   []float64 // what each chunk adds to the second derivatives by two parameters; nil: that is too much to keep
	groups  int       // directions for them; 0: there are none

	value  []float64 // count × rows
	byX    []float64 // count × rows × states: ∂f_c/∂x_j at (k·rows+c)·states+j
	byT    []float64 // count × rows × θ
	curveX []float64 // count × states × states: second derivatives of weight·f
	curveT []float64 // count × states × θ
}

// newNodes prepares count nodes, whose times and inputs place tells.
func newNodes(p *program.Program, count, inputs int, place func(node int, u []float64) (t float64)) *nodes {
	lanes := min(program.PadLanes(count), nodeLanes)
	f := field.New(p, lanes, false)
	d, size, rows := f.Shape().State, f.Shape().Theta, outputRows(p)
	n := &nodes{count: count, states: d, theta: size, rows: rows, lanes: lanes, par: program.NewBatch(size, 1),
		value: make([]float64, count*rows), byX: make([]float64, count*rows*d), byT: make([]float64, count*rows*size)}
	u := make([]float64, inputs)
	for first := 0; first < count; first += lanes {
		at := field.Point{T: make([]float64, lanes), X: program.NewBatch(d, lanes), U: program.NewBatch(inputs, lanes), Theta: n.par}
		for l := range lanes {
			at.T[l] = place(n.node(first, l), u)
			at.U.SetLane(l, u)
		}
		n.at = append(n.at, at)
	}
	n.prog, n.first = p, seededSlopes(p, lanes)
	for w := range max(1, min(runtime.GOMAXPROCS(0), len(n.at))) {
		one := &nodeWorker{of: n, f: f, first: n.first, dx: program.NewBatch(rows, lanes), pull: program.NewBatch(rows, lanes)}
		if w > 0 {
			one.f, one.first = field.New(p, lanes, false), n.first.copy()
		}
		n.workers = append(n.workers, one)
	}
	n.pool = par.NewPool(len(n.workers), func(w, c int) { n.task(n.workers[w], c) })
	return n
}

// curved allocates what second derivatives need, if it is not there.
func (n *nodes) curved() {
	if n.curveX != nil {
		return
	}
	n.curveX, n.curveT = make([]float64, n.count*n.states*n.states), make([]float64, n.count*n.states*n.theta)
	var bend *thetaBend
	if n.theta > 0 {
		bend = newThetaBend(n.prog, n.lanes, n.theta, &n.at[0])
		n.groups = len(bend.groups)
		if all := len(n.at) * n.groups * n.theta; all <= mostBends {
			n.bends = make([]float64, all)
		}
	}
	second := seededCurves(n.prog, n.lanes)
	for w, one := range n.workers {
		if one.bend, one.second = bend, second; w > 0 {
			one.second = second.copy()
			if bend != nil {
				one.bend = bend.copy()
			}
		}
	}
}

// each calls task with every chunk, side by side. What it writes belongs to the chunk.
func (n *nodes) each(task func(w *nodeWorker, chunk int)) {
	n.task = task
	n.pool.Run(len(n.at), len(n.workers))
}

// nodeWorker is what evaluates one chunk at a time.
type nodeWorker struct {
	of            *nodes
	f             field.Field
	first, second *seeded // derivatives of each row; those by each state of the weighed sum of rows
	bend          *thetaBend
	dx            field.Batch
	pull          field.Batch // cotangent
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
func (n *nodes) eval() { n.each((*nodeWorker).eval) }

func (w *nodeWorker) eval(c int) {
	w.f.Eval(w.dx, &w.of.at[c])
	w.of.spread(w.of.value, w.of.rows, 1, 0, c, w.dx)
}

// slopes computes byX and byT.
func (n *nodes) slopes() { n.each((*nodeWorker).slopes) }

func (w *nodeWorker) slopes(c int) {
	n := w.of
	for i := 0; i < n.rows; i += w.first.count {
		w.first.run(&n.at[c], field.Batch{}, i)
		for k := range min(w.first.count, n.rows-i) {
			n.spread(n.byX, n.states, n.rows, i+k, c, w.first.x[k])
			n.spread(n.byT, n.theta, n.rows, i+k, c, w.first.theta[k])
		}
	}
}

// spread stores a batch of a chunk, width numbers a lane, as row i of each node's
// rows.
func (n *nodes) spread(dst []float64, width, rows, i, chunk int, b field.Batch) {
	const together = 8 // lanes, whose numbers share a line of the cache
	first := chunk * n.lanes
	for l, real := 0, n.real(first); l < real; l += together {
		count := min(together, real-l)
		to := dst[((first+l)*rows+i)*width:]
		for j := range width {
			for k, v := range b.V[j*n.lanes+l : j*n.lanes+l+count] {
				to[k*rows*width+j] = v
			}
		}
	}
}

// curvature computes curveX and curveT, the second derivatives of Σ_c w_c·f_c by a
// state and by states or parameters, for the weights w of each node (count × rows), and
// adds those by two parameters, summed over nodes, to the lower triangle of shared
// (θ × θ).
func (n *nodes) curvature(shared, weights []float64) {
	n.curved()
	n.weigh = weights
	n.each((*nodeWorker).curvature)
	if n.groups == 0 {
		return
	}
	one := n.workers[0]
	for c := range n.at {
		if n.bends != nil {
			one.bend.add(shared, n.bends[c*n.groups*n.theta:])
			continue
		}
		one.weights(c)
		one.bend.sum(shared, &n.at[c], one.pull)
	}
}

// weights makes pull the cotangents of a chunk.
func (w *nodeWorker) weights(c int) {
	first := c * w.of.lanes
	clear(w.pull.V)
	for l := range w.of.real(first) {
		w.pull.SetLane(l, w.of.weigh[(first+l)*w.of.rows:(first+l+1)*w.of.rows])
	}
}

func (w *nodeWorker) curvature(c int) {
	n := w.of
	w.weights(c)
	for i := 0; i < n.states; i += w.second.count {
		w.second.run(&n.at[c], w.pull, i)
		for k := range min(w.second.count, n.states-i) {
			n.spread(n.curveX, n.states, n.states, i+k, c, w.second.x[k])
			n.spread(n.curveT, n.theta, n.states, i+k, c, w.second.theta[k])
		}
	}
	if n.bends != nil {
		w.bend.products(n.bends[c*n.groups*n.theta:(c+1)*n.groups*n.theta], &n.at[c], w.pull)
	}
}
