package cli

import (
	"fmt"
	"math"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/entrain-dev/entrain/internal/budget"
)

// A number that a flag takes has bounds, so that NaN, infinities and counts that no
// machine can hold are refused where they are written. All flags that take numbers are
// made here.

// realFlag is a number from least to most.
type realFlag struct {
	to          *float64
	least, most float64
}

// realVar adds a flag that takes a number from least to most.
func realVar(s *pflag.FlagSet, to *float64, name string, value, least, most float64, usage string) {
	*to = value
	s.Var(&realFlag{to, least, most}, name, usage)
}

// Set implements pflag.Value.
func (f *realFlag) Set(text string) error {
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(v) || math.IsInf(v, 0):
		return fmt.Errorf("it is no number")
	case v < f.least || v > f.most:
		return fmt.Errorf("it must lie between %g and %g", f.least, f.most)
	}
	*f.to = v
	return nil
}

// Type implements pflag.Value.
func (f *realFlag) Type() string { return "float" }

// String implements pflag.Value; what has no value is not shown.
func (f *realFlag) String() string {
	if f.to == nil || math.IsNaN(*f.to) {
		return ""
	}
	return strconv.FormatFloat(*f.to, 'g', -1, 64)
}

// wholeFlag is a whole number from least to most.
type wholeFlag struct {
	to          *int
	least, most int
}

// wholeVar adds a flag that takes a whole number from least to most; short is its one
// letter, "" if it has none.
func wholeVar(s *pflag.FlagSet, to *int, name, short string, value, least, most int, usage string) {
	*to = value
	s.VarP(&wholeFlag{to, least, most}, name, short, usage)
}

// Set implements pflag.Value.
func (f *wholeFlag) Set(text string) error {
	v, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return fmt.Errorf("it is no whole number")
	case v < f.least || v > f.most:
		return fmt.Errorf("it must lie between %d and %d", f.least, f.most)
	}
	*f.to = v
	return nil
}

// Type implements pflag.Value.
func (f *wholeFlag) Type() string { return "int" }

// String implements pflag.Value.
func (f *wholeFlag) String() string {
	if f.to == nil {
		return "0"
	}
	return strconv.Itoa(*f.to)
}

// What numbers of flags may be at most.
const (
	mostReal  = budget.Largest
	mostCount = budget.Rows // rows, states, crossings
	mostWork  = 100_000     // steps, starts, vectors
)
