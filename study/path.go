package study

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
)

// Path is what path.f64 holds: the unknowns as training went, every so many
// iterations. Methods that follow one another begin at iteration 0 again.
type Path struct {
	K []int
	Z [][]float64
}

// pathRow is a point of a path as little-endian doubles: the number of
// unknowns, the iteration, the unknowns.
func pathRow(k int, z []float64) []byte {
	row := make([]byte, 0, 8*(len(z)+2))
	add := func(v float64) { row = binary.LittleEndian.AppendUint64(row, math.Float64bits(v)) }
	add(float64(len(z)))
	add(float64(k))
	for _, v := range z {
		add(v)
	}
	return row
}

// ReadPath reads the path in the folder of a run; a last point that was cut
// short is left out. The error, for people, says how to get a path where there
// is none.
func ReadPath(dir string) (*Path, error) {
	raw, err := os.ReadFile(filepath.Join(dir, PathFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no %s; train with path=10 to record the unknowns every 10 iterations (method=auto has no single path and records none)", dir, PathFile)
	}
	if err != nil {
		return nil, err
	}
	p := &Path{}
	number := func(i int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:])) }
	for len(raw) >= 16 {
		n := number(0)
		if !(n >= 0 && n <= 1e9) {
			return nil, fmt.Errorf("%s is damaged", filepath.Join(dir, PathFile))
		}
		size := int(n)
		if len(raw) < 8*(size+2) {
			break
		}
		z := make([]float64, size)
		for i := range z {
			z[i] = number(i + 2)
		}
		p.K, p.Z = append(p.K, int(number(1))), append(p.Z, z)
		raw = raw[8*(size+2):]
	}
	return p, nil
}
