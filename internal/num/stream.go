package num

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Stream returns the random stream called name of a run with the given seed.
// Streams with different names or indices are independent, so one consumer
// never shifts the numbers of another. The same arguments give the same
// stream on every machine.
//
// The 128-bit state of a PCG generator is the start of
// SHA-256(seed, len(name), name, index…), integers little-endian.
func Stream(seed uint64, name string, index ...uint64) *rand.Rand {
	b := make([]byte, 0, 16+len(name)+8*len(index))
	b = binary.LittleEndian.AppendUint64(b, seed)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(name)))
	b = append(b, name...)
	for _, i := range index {
		b = binary.LittleEndian.AppendUint64(b, i)
	}
	sum := sha256.Sum256(b)
	hi := binary.LittleEndian.Uint64(sum[0:])
	lo := binary.LittleEndian.Uint64(sum[8:])
	return rand.New(rand.NewPCG(hi, lo))
}
