package kernel

import "unsafe"

// Script is a list of kernel calls for one lane, or for lanes of which each has matrices of its own, whose operands have
// their places in vectors that are bound to numbered bases. What can be checked is checked when a vector is bound, so that a call costs little more than its arithmetic
// even for the small layers that one lane often has.
type Script struct {
	ops   []ScriptOp
	bases []unsafe.Pointer
	need  []int // numbers used of each base
}

// ScriptCode is what an operation of a Script does.
type ScriptCode uint8

// The operations, as the functions of these names do them for one lane, and those with Lanes in their names for more. Dst
// is their first argument, A, B and C are the next ones in order.
const (
	ScriptMatVec ScriptCode = iota
	ScriptMatVecAdd
	ScriptMatVecBias
	ScriptMatVecTimes
	ScriptMatVecT
	ScriptMatVecTAdd
	ScriptMatVecTTimes
	ScriptPacked // packedProduct, Rows sums of Cols terms; A is the packed matrix
	ScriptPackedAdd
	ScriptPackedTimes
	ScriptOuterSum // OuterLanesAdd
	ScriptOuter    // OuterLanes
	ScriptFill     // with zeros
	ScriptCopy
	ScriptAddTo
	ScriptMul
	ScriptMulAddTo
	ScriptScale
	ScriptAXPY
	ScriptAct
	ScriptActPair // the second result is C
	ScriptSum     // the Step of Sum: A is x, B is h
)

// ScriptOp is an operation. Matrices are Rows×Cols; elementwise operations have as many numbers as Dst. Lanes is for
// products; below two it is one lane.
type ScriptOp struct {
	Code         ScriptCode
	Order        uint8
	Kind         Kind
	Dst, A, B, C ScriptPlace
	Rows, Cols   int
	Lanes        int
	S            float64
	Sum          *Combination

	from    start
	product *product // one call for all lanes makes it
}

// ScriptPlace is where an operand begins, and how long it is.
type ScriptPlace struct{ Base, At, Len int }

// NewScript makes an empty Script with that many bases.
func NewScript(bases int) *Script {
	return &Script{bases: make([]unsafe.Pointer, bases), need: make([]int, bases)}
}

// Do appends an operation.
func (s *Script) Do(op ScriptOp) {
	for _, p := range []ScriptPlace{op.Dst, op.A, op.B, op.C} {
		s.need[p.Base] = max(s.need[p.Base], p.At+p.Len)
	}
	if op.Code == ScriptSum && (op.Sum.Len() == 0 || op.Sum.size < op.Dst.Len || op.Dst.Len == 0) {
		panic("kernel: a sum without terms, or of terms that are too short")
	}
	op.Lanes = max(1, op.Lanes)
	op.prepare()
	s.ops = append(s.ops, op)
}

// prepare says what sums start from, and describes a product of many lanes that one call can make.
func (o *ScriptOp) prepare() {
	var p product
	switch o.Code {
	case ScriptMatVec, ScriptMatVecAdd, ScriptMatVecBias, ScriptMatVecTimes:
		p = matrixProduct(o.Rows, o.Cols, o.Lanes).perLane()
	case ScriptMatVecT, ScriptMatVecTAdd, ScriptMatVecTTimes:
		p = transposedProduct(o.Rows, o.Cols, o.Lanes).perLane()
	default:
		return
	}
	switch o.Code {
	case ScriptMatVecAdd, ScriptMatVecTAdd:
		o.from = fromOld
	case ScriptMatVecBias:
		o.from = fromBias
	case ScriptMatVecTimes, ScriptMatVecTTimes:
		o.from = zeroTimes
	}
	if o.Lanes > 1 && o.Rows*o.Cols*o.Lanes <= callWork {
		o.product = &p
	}
}

// Join appends the operations of another script; at[b] is where its base b begins.
func (s *Script) Join(o *Script, at []ScriptPlace) {
	for _, op := range o.ops {
		for _, p := range []*ScriptPlace{&op.Dst, &op.A, &op.B, &op.C} {
			p.Base, p.At = at[p.Base].Base, at[p.Base].At+p.At
		}
		s.Do(op)
	}
}

// Needs is how many numbers of a base are used.
func (s *Script) Needs(base int) int { return s.need[base] }

// Bind makes v the vector of a base until it is bound again. It panics if v is shorter than what is used of it.
func (s *Script) Bind(base int, v []float64) {
	if len(v) < s.need[base] {
		panic("kernel: a vector bound to a script is too short")
	}
	s.bases[base] = unsafe.Pointer(unsafe.SliceData(v))
}

// Run performs all operations. Every base that is used must be bound.
func (s *Script) Run() {
	if active == generic {
		for i := range s.ops {
			s.perform(&s.ops[i])
		}
		return
	}
	s.fast()
}

func (s *Script) pointer(p *ScriptPlace) *float64 {
	return (*float64)(unsafe.Add(s.bases[p.Base], 8*p.At))
}

func (s *Script) at(p *ScriptPlace) []float64 { return unsafe.Slice(s.pointer(p), p.Len) }

// perform calls the function of an operation.
func (s *Script) perform(o *ScriptOp) {
	dst := s.at(&o.Dst)
	switch o.Code {
	case ScriptMatVec:
		MatVecLanes(dst, s.at(&o.A), s.at(&o.B), o.Rows, o.Cols, o.Lanes)
	case ScriptMatVecAdd:
		MatVecLanesAdd(dst, s.at(&o.A), s.at(&o.B), o.Rows, o.Cols, o.Lanes)
	case ScriptMatVecBias:
		MatVecLanesBias(dst, s.at(&o.A), s.at(&o.B), s.at(&o.C), o.Rows, o.Cols, o.Lanes)
	case ScriptMatVecTimes:
		MatVecLanesTimes(dst, s.at(&o.A), s.at(&o.B), s.at(&o.C), o.Rows, o.Cols, o.Lanes)
	case ScriptMatVecTTimes:
		MatVecTLanesTimes(dst, s.at(&o.A), s.at(&o.B), s.at(&o.C), o.Rows, o.Cols, o.Lanes)
	case ScriptMatVecT:
		MatVecTLanes(dst, s.at(&o.A), s.at(&o.B), o.Rows, o.Cols, o.Lanes)
	case ScriptMatVecTAdd:
		MatVecTLanesAdd(dst, s.at(&o.A), s.at(&o.B), o.Rows, o.Cols, o.Lanes)
	case ScriptPacked:
		packedProduct(dst, s.at(&o.A), s.at(&o.B))
	case ScriptPackedAdd:
		packedProductAdd(dst, s.at(&o.A), s.at(&o.B))
	case ScriptPackedTimes:
		packedProductTimes(dst, s.at(&o.A), s.at(&o.B), s.at(&o.C))
	case ScriptOuterSum:
		OuterLanesAdd(dst, s.at(&o.A), s.at(&o.B), o.Rows, o.Cols, o.Lanes)
	case ScriptOuter:
		OuterLanes(dst, s.at(&o.A), s.at(&o.B), o.Rows, o.Cols, o.Lanes)
	default:
		s.elementwise(o, dst)
	}
}

func (s *Script) elementwise(o *ScriptOp, dst []float64) {
	switch o.Code {
	case ScriptFill:
		Fill(dst, 0)
	case ScriptCopy:
		copy(dst, s.at(&o.A))
	case ScriptAddTo:
		AddTo(dst, s.at(&o.A))
	case ScriptMul:
		Mul(dst, s.at(&o.A), s.at(&o.B))
	case ScriptMulAddTo:
		MulAddTo(dst, s.at(&o.A), s.at(&o.B))
	case ScriptScale:
		Scale(dst, o.S, s.at(&o.A))
	case ScriptAXPY:
		AXPY(dst, o.S, s.at(&o.A))
	case ScriptAct:
		Act(dst, s.at(&o.A), o.Kind, int(o.Order))
	case ScriptActPair:
		ActPair(dst, s.at(&o.C), s.at(&o.A), o.Kind, int(o.Order))
	case ScriptSum:
		o.Sum.Step(dst, s.at(&o.A), s.at(&o.B))
	}
}
