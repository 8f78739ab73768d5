package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes is a size of memory.
type Bytes int64

// byteUnits are thousands, as memory is sold and as limits of services count
// it, or powers of 1024 with an i.
var byteUnits = map[string]float64{"": 1, "b": 1,
	"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}

// leastBytes is less than any fit takes; who asks for it forgot the unit.
const leastBytes = 16 << 20

// ParseBytes reads 8GB, 500MB or 1.5GiB.
func ParseBytes(text string) (Bytes, error) {
	number, unit := split(strings.TrimSpace(text))
	v, err := strconv.ParseFloat(number, 64)
	size, ok := byteUnits[strings.ToLower(unit)]
	if err != nil || !ok || !(v*size < math.MaxInt64) {
		return 0, fmt.Errorf("%q is not a size, such as 8GB or 500MB", text)
	}
	if v *= size; v < leastBytes {
		return 0, fmt.Errorf("%q is too little for any fit; a size has a unit, such as 8GB or 500MB", text)
	}
	return Bytes(v), nil
}

// String is the size in the largest unit in which it is 1 or more.
func (b Bytes) String() string {
	v, unit := float64(b), "B"
	for _, next := range []string{"kB", "MB", "GB", "TB"} {
		if v < 1000 {
			break
		}
		v, unit = v/1000, next
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + " " + unit
}
