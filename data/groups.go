package data

import (
	"math"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// groups say which recording each row belongs to.
type groups struct {
	names  []string
	of     []int32 // recording of each row
	before []int32 // row before it in the same recording, -1 if it is the first
	count  []int
}

// group puts the rows that share the field of a column into recordings; all
// into one if id is -1.
func (t *table) group(id int) (*groups, error) {
	g := &groups{of: make([]int32, len(t.lines)), before: make([]int32, len(t.lines))}
	var last []int32
	part := 0
	index := map[string]int32{}
	for i := range t.lines {
		field := ""
		if id >= 0 {
			field = t.columns[id].field(i)
		}
		if next := t.partOf(i); next != part {
			part = next
			clear(index) // a recording lies in one file
		}
		n, known := index[field]
		if !known {
			if err := t.checkID(field, i, id); err != nil {
				return nil, err
			}
			name := t.recordingName(part, field)
			n = int32(len(g.names))
			index[field] = n
			g.names, g.count, last = append(g.names, name), append(g.count, 0), append(last, -1)
			if len(g.names) > t.limits.Recordings {
				return nil, t.at(i, "", "there are more than %d recordings, which is the limit; %s",
					t.limits.Recordings, budget.Hint("recordings", 4*int64(t.limits.Recordings)))
			}
		}
		g.of[i], g.before[i] = n, last[n]
		last[n] = int32(i)
		g.count[n]++
	}
	return g, nil
}

func (t *table) checkID(id string, i, c int) error {
	switch {
	case c < 0:
		return nil
	case id == "":
		return t.at(i, t.names[c], "the name of the recording is missing; fill it in or remove the row")
	case strings.ContainsFunc(id, invisible):
		return t.at(i, t.names[c], "the name of the recording holds a line break or control character")
	case len(id) > budget.Name:
		return t.at(i, t.names[c], "the name of the recording is longer than %d characters", budget.Name)
	}
	return nil
}

// checkOrder wants times that increase strictly within each recording; c is
// their column, for messages, -1 if there is none.
func (t *table) checkOrder(k *clock, c int, g *groups) error {
	times := k.t
	for i, j := range g.before {
		if j < 0 || times[i] > times[j] {
			continue
		}
		now, before, name := formatNumber(times[i]), formatNumber(times[j]), ""
		if c >= 0 {
			now, before, name = t.columns[c].field(i), t.columns[c].field(int(j)), t.names[c]
		}
		if k.local {
			if zone := k.jump(int(j), i, k.usualStep(g)); zone != "" {
				return t.at(i, name, "the time %s comes after %s (line %d), as where clocks of %s are put back; if these are local times, say timezone=%s or whose they are; else "+
					"put the rows in order with sort=true, or say what becomes of rows at one time with duplicates=mean|first|shift",
					budget.Cut(now), budget.Cut(before), t.lines[j], zone, zone)
			}
		}
		if times[i] == times[j] {
			return t.at(i, name, "the time %s is already on line %d; "+
				"keep one row per time, say what becomes of them with duplicates=mean|first|shift, "+
				"or name the column that tells recordings apart with id=…", budget.Cut(now), t.lines[j])
		}
		return t.at(i, name, "the time goes back from %s (line %d) to %s; "+
			"put the rows in order with sort=true, or name the column that tells recordings apart with id=…", budget.Cut(before), t.lines[j], budget.Cut(now))
	}
	return nil
}

// increases tells that the times increase strictly within each recording.
func (g *groups) increases(times []float64) bool {
	for i, j := range g.before {
		if j >= 0 && !(times[i] > times[j]) || math.IsNaN(times[i]) {
			return false
		}
	}
	return true
}
