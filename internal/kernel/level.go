package kernel

import (
	"errors"
	"strings"
)

// level is a set of instructions that the kernels run on.
type level uint8

const (
	generic level = iota
	avx2
	avx512
)

var levelNames = [...]string{generic: "generic", avx2: "avx2", avx512: "avx512"}

// active is the level in use; it changes only in Force.
var active = best

// Level names the instruction set the kernels run on: generic, avx2 or avx512. It goes into records of runs,
// because results of different levels differ by rounding.
func Level() string { return levelNames[active] }

// Levels returns the levels that this build and this processor have, slowest first.
func Levels() []string { return levelNames[:best+1] }

// Force makes the kernels run on a level, which must be one of Levels. For tests, benchmarks and for repeating what
// another machine computed; call it before any work starts, never during.
func Force(name string) error {
	for l, s := range Levels() {
		if s == name {
			active = level(l)
			return nil
		}
	}
	return errors.New("no kernels for " + name + " here: this program and processor have " + strings.Join(Levels(), ", "))
}

// start says what a sum begins with.
type start int

const (
	zeroTimes start = iota - 1 // zero, and the finished sum is multiplied by a factor
	fromZero
	fromBias
	fromOld
)

// want says which of a function and its derivatives are asked for.
type want int

const (
	valueOnly want = iota
	slopeOnly
	valueAndSlope
	secondOnly
)
