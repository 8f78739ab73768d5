package kernel

// tapeLanes is how many lanes go through a tape together.
const tapeLanes = 64

func tapeGo(ops []tapeOp, bases [][]float64, lanes int) {
	var room [tapeLanes]float64
	for l := 0; l < lanes; l += tapeLanes {
		acc := room[:min(tapeLanes, lanes-l)]
		row := func(r TapeRow) []float64 {
			o := int(r.off/8) + l
			return bases[r.base/sliceSize][o : o+len(acc)]
		}
		for i := 0; i < len(ops); i++ {
			op := &ops[i]
			switch op.code {
			case TapeLoad:
				copy(acc, row(op.a))
			case TapeMul:
				mulGo(acc, row(op.a), row(op.b))
			case TapeScale:
				scaleGo(acc, op.s, row(op.a))
			case TapeFill:
				fillGo(acc, op.s)
			case TapeSpread:
				fillGo(acc, bases[op.a.base/sliceSize][op.a.off/8])
			case TapeSub:
				b := row(op.b)
				for j, v := range row(op.a) {
					acc[j] = v - b[j]
				}
			case TapeAXPY:
				axpyGo(acc, op.s, row(op.a))
			case TapeMulAdd:
				mulAddToGo(acc, row(op.a), row(op.b))
			case TapeAdd:
				addGo(acc, acc, row(op.a))
			case TapeTimes:
				mulGo(acc, acc, row(op.a))
			case TapeMin:
				for j, v := range row(op.a) {
					acc[j] = min(acc[j], v)
				}
			case TapeStore:
				copy(row(op.a), acc)
			case tapeSum:
				clear(acc)
				for range op.terms {
					i++
					axpyGo(acc, ops[i].s, row(ops[i].a))
				}
				mulAddGo(acc, row(op.a), acc, row(op.b))
			}
			if op.store == 1 {
				copy(row(op.to), acc)
			}
		}
	}
}
