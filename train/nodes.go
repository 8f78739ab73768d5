package train

import (
	"math/rand/v2"
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
	f := field.New(p, lanes, false).(field.Curved)
	d, size, rows := f.Shape().State, f.Shape().Theta, outputRows(p)
	n := &nodes{count: count, states: d, theta: size, rows: rows, lanes: lanes, par: program.NewBatch(size, 1),
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
	var bend *thetaBend
	if size > 0 {
		bend = newThetaBend(p, lanes, size, &n.at[0])
		n.groups = len(bend.groups)
		if all := len(n.at) * n.groups * size; all <= mostBends {
			n.bends = make([]float64, all)
		}
	}
	for w := range max(1, min(runtime.GOMAXPROCS(0), len(n.at))) {
		one := &nodeWorker{of: n, f: f, bend: bend, dx: program.NewBatch(rows, lanes), seed: program.NewBatch(d, lanes),
			pull: program.NewBatch(rows, lanes), gx: program.NewBatch(d, lanes), wide: program.NewBatch(size, lanes)}
		if w > 0 {
			one.f = field.New(p, lanes, false).(field.Curved)
			if bend != nil {
				one.bend = bend.copy()
			}
		}
		n.workers = append(n.workers, one)
	}
	n.pool = par.NewPool(len(n.workers), func(w, c int) { n.task(n.workers[w], c) })
	return n
}

// each calls task with every chunk, side by side. What it writes belongs to the chunk.
func (n *nodes) each(task func(w *nodeWorker, chunk int)) {
	n.task = task
	n.pool.Run(len(n.at), len(n.workers))
}

// nodeWorker is what evaluates one chunk at a time.
type nodeWorker struct {
	of   *nodes
	f    field.Curved
	bend *thetaBend
	dx   field.Batch
	seed field.Batch // direction
	pull field.Batch // cotangent
	gx   field.Batch
	wide field.Batch // cotangent of θ, each lane apart
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
	for i := range w.of.rows {
		w.ones(w.pull, i)
		g := w.cleared()
		w.f.VJP(&g, &w.of.at[c], w.pull)
		w.of.spread(w.of.byX, w.of.states, w.of.rows, i, c, w.gx)
		w.of.spread(w.of.byT, w.of.theta, w.of.rows, i, c, w.wide)
	}
}

// ones makes a batch one in row i and zero elsewhere.
func (w *nodeWorker) ones(b field.Batch, i int) {
	clear(b.V)
	for l := range w.of.lanes {
		b.V[i*w.of.lanes+l] = 1
	}
}

// cleared is a cotangent with nothing in it yet.
func (w *nodeWorker) cleared() field.Point {
	clear(w.gx.V)
	clear(w.wide.V)
	g := field.Point{X: w.gx}
	if w.of.theta > 0 {
		g.Theta = w.wide
	}
	return g
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
	w.weights(c)
	for i := range w.of.states {
		w.ones(w.seed, i)
		g := w.cleared()
		w.f.HVP(&g, &w.of.at[c], w.seed, w.pull)
		w.of.spread(w.of.curveX, w.of.states, w.of.states, i, c, w.gx)
		w.of.spread(w.of.curveT, w.of.theta, w.of.states, i, c, w.wide)
	}
	if w.of.bends != nil {
		w.bend.products(w.of.bends[c*w.of.groups*w.of.theta:(c+1)*w.of.groups*w.of.theta], &w.of.at[c], w.pull)
	}
}

// thetaBend computes second derivatives of w·f by two parameters. Parameters
// that no third one meets both share a direction: a network with one hidden layer needs
// as few directions as one of its units has weights, not as many as all have.
//
// Source: Curtis, Powell, Reid, IMA J. Applied Mathematics 13 (1974) 117–119.
type thetaBend struct {
	prog   *program.Program
	lanes  int
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
	b := &thetaBend{prog: v, lanes: lanes, exec: program.NewExec(v, few), in: make([][]float64, len(v.Inputs)), slot: map[string]int{},
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

// copy is one that may work beside it.
func (b *thetaBend) copy() *thetaBend {
	c := *b
	c.exec = program.NewExec(b.prog, b.lanes)
	c.in, c.dir = make([][]float64, len(b.in)), make([]float64, len(b.dir))
	c.out = [][]float64{make([]float64, len(b.dir))}
	return &c
}

// products computes those of w·f at the points with all directions, one after the other.
func (b *thetaBend) products(dst []float64, at *field.Point, w field.Batch) {
	for k := range b.groups {
		b.product(k, at, w)
		dst = dst[copy(dst, b.out[0]):]
	}
}

// product computes that with direction k.
func (b *thetaBend) product(k int, at *field.Point, w field.Batch) {
	for _, j := range b.groups[k] {
		b.dir[j] = 1
	}
	b.run(at, w)
	clear(b.dir)
}

// sum adds products with all directions to the lower triangle as they are made.
func (b *thetaBend) sum(shared []float64, at *field.Point, w field.Batch) {
	for k := range b.groups {
		b.product(k, at, w)
		b.addOne(shared, k, b.out[0])
	}
}

// add adds products to the lower triangle of second derivatives.
func (b *thetaBend) add(shared, products []float64) {
	size := len(b.dir)
	for k := range b.owner {
		b.addOne(shared, k, products[k*size:(k+1)*size])
	}
}

// addOne adds that with direction k.
func (b *thetaBend) addOne(shared []float64, k int, product []float64) {
	for i, j := range b.owner[k] {
		if j >= 0 && int(j) <= i {
			shared[i*len(b.dir)+int(j)] += product[i]
		}
	}
}
