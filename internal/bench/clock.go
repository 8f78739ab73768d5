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
