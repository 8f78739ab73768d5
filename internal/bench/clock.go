package bench

import (
	"fmt"
	"strings"
	"time"
)

// Clock writes nanoseconds in a handy unit with three digits.
func Clock(ns float64) string {
	unit := time.Nanosecond
	for _, u := range []time.Duration{time.Microsecond, time.Millisecond, time.Second} {
		if ns >= float64(u) {
			unit = u
		}
	}
	name := strings.TrimPrefix(unit.String(), "1")
	return fmt.Sprintf("%.3g %s", ns/float64(unit), name)
}

// Bytes writes a number of bytes in a handy unit with three digits.
func Bytes(n float64) string {
	units := []string{"B", "KiB", "MiB", "GiB"}
	for n >= 1024 && len(units) > 1 {
		n, units = n/1024, units[1:]
	}
	return fmt.Sprintf("%.3g %s", n, units[0])
}
