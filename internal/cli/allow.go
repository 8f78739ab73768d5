package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/registry"
)

// allowed lists what --allow takes, for help.
func allowed() string {
	var parts []string
	for _, r := range budget.Raisable {
		parts = append(parts, fmt.Sprintf("%s=%d (%s)", r.Name, r.Default, r.What))
	}
	return strings.Join(parts, ", ")
}

// setLimits reads the flags --allow.
func (a *app) setLimits() error {
	a.values = budget.Values
	for _, text := range a.allow {
		name, value, ok := strings.Cut(text, "=")
		n, good := amount(value)
		if !ok || !good {
			return fmt.Errorf("--allow %s: write name=number, such as rows=2e7 or bytes=8G", budget.Quote(text))
		}
		switch name {
		case "bytes":
			a.limits.Bytes = n
		case "rows":
			a.limits.Rows = int(n)
		case "columns":
			a.limits.Columns = int(n)
		case "cells":
			a.limits.Cells = int(n)
		case "recordings":
			a.limits.Recordings = int(n)
		case "values":
			a.values = int(n)
		default:
			var known []string
			for _, r := range budget.Raisable {
				known = append(known, r.Name)
			}
			return fmt.Errorf("--allow: %w", &registry.UnknownError{Kind: "limit", Name: name, Known: known})
		}
	}
	return nil
}

// amount reads 5000, 2e7, 64M or 8G.
func amount(text string) (int64, bool) {
	factor := 1.0
	for _, unit := range []struct {
		name string
		size float64
	}{{"k", 1e3}, {"M", 1 << 20}, {"G", 1 << 30}} {
		if digits, ok := strings.CutSuffix(text, unit.name); ok {
			text, factor = digits, unit.size
			break
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	v *= factor
	if err != nil || !(v >= 1) || v > 1<<52 || v != math.Trunc(v) {
		return 0, false
	}
	return int64(v), true
}
