package train

import (
	"math/rand/v2"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// thetaBend computes second derivatives of w·f by two parameters. Parameters
// that no third one meets both share a direction: a network with one hidden layer needs
// as few directions as one of its units has weights, not as many as all have.
//
// Source: Curtis, Powell, Reid, IMA J. Applied Mathematics 13 (1974) 117–119.
type thetaBend struct {
	prog   *program.Program
	exec   *program.Exec // for one direction, at few points
	in     [][]float64
	slot   map[string]int
	out    [][]float64
	dir    []float64
	all    *seeded   // the same for directions
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
	b := &thetaBend{prog: v, exec: program.NewExec(v, few), in: make([][]float64, len(v.Inputs)), slot: map[string]int{},
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
	b.seeds(lanes)
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

// run computes the product with dir.
func (b *thetaBend) run(at *field.Point, w field.Batch) {
	for name, v := range map[string][]float64{"t": at.T, "x": at.X.V, "u": at.U.V, "theta": at.Theta.V, "dtheta": b.dir, "cddx": w.V} {
		if k, ok := b.slot[name]; ok {
			b.in[k] = v
		}
	}
	b.exec.Run(b.out, b.in)
}

// seeds lets several directions be run at a time.
func (b *thetaBend) seeds(lanes int) {
	b.all = newSeeded(b.prog, "dtheta", lanes, len(b.groups), len(b.dir))
	for _, group := range b.groups {
		dir := make([]float64, len(b.dir))
		for _, j := range group {
			dir[j] = 1
		}
		b.all.seeds = append(b.all.seeds, dir)
	}
}

// copy is one that may work beside it.
func (b *thetaBend) copy() *thetaBend {
	c := *b
	c.all = b.all.copy()
	return &c
}

// products computes those of w·f at the points with all directions, one after the other.
func (b *thetaBend) products(dst []float64, at *field.Point, w field.Batch) {
	size := len(b.dir)
	for k := 0; k < len(b.groups); k += b.all.count {
		b.all.run(at, w, k)
		for i := range min(b.all.count, len(b.groups)-k) {
			copy(dst[(k+i)*size:], b.all.theta[i].V)
		}
	}
}

// sum adds products with all directions to the lower triangle as they are made.
func (b *thetaBend) sum(shared []float64, at *field.Point, w field.Batch) {
	for k := 0; k < len(b.groups); k += b.all.count {
		b.all.run(at, w, k)
		for i := range min(b.all.count, len(b.groups)-k) {
			b.addOne(shared, k+i, b.all.theta[i].V)
		}
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
