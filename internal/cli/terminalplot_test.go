package cli

import (
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

func TestTerminalPlotFollowsItsCurve(t *testing.T) {
	line := &data.Series{Time: "t", Names: []string{"x", "y"}, Units: []string{"m", ""}}
	for i := range 200 {
		line.T = append(line.T, float64(i))
		line.X = append(line.X, float64(i), 5)
	}
	var b strings.Builder
	(&terminalPlot{curve: line, rows: &data.Series{Names: []string{"x"}, T: []float64{0}, X: []float64{199}}, wide: 60}).write(&b)
	rows := strings.Split(b.String(), "\n")
	at := func(row int) []rune { return []rune(strings.SplitN(rows[row], "┤", 2)[1]) }
	if !strings.Contains(rows[0], "x [m]") || !strings.HasPrefix(strings.TrimSpace(rows[1]), "199") || !strings.HasPrefix(strings.TrimSpace(rows[plotLines]), "0") {
		t.Fatalf("labels are wrong:\n%s", b.String())
	}
	for r := range plotLines { // a rising line: later columns, higher rows
		line := at(1 + r)
		first := 0
		for first < len(line) && line[first] < 0x2800 {
			first++
		}
		if want := (plotLines - 1 - r) * 48 / plotLines; first < want-1 || first > want+1 {
			t.Errorf("row %d begins at %d, want %d:\n%s", r, first, want, b.String())
		}
	}
	if at(1)[0] != '∘' {
		t.Errorf("the measured row is not where it was:\n%s", b.String())
	}
	flat := at(2 + plotLines + plotLines/2)
	flat2 := at(1 + plotLines + plotLines/2)
	if len(flat) < 48 && len(flat2) < 48 {
		t.Errorf("a constant is no straight line:\n%s", b.String())
	}
}

func TestFitAndForecastDrawInTheTerminal(t *testing.T) {
	workplace(t)
	o := fitQuick(t, "lynx-hare.csv", "--out", "run", "--plot")
	if !strings.Contains(o.out, "hare") || !strings.ContainsRune(o.out, '⠤') && !strings.ContainsRune(o.out, '⠒') || !strings.Contains(o.out, "rows are rings") {
		t.Errorf("no plot:\n%s", o.out)
	}
	plain := must(t, "forecast", "run")
	o = must(t, "forecast", "run", "--plot")
	if o.out != plain.out || !strings.Contains(o.err, "┤") {
		t.Errorf("the plot is not beside the rows:\n%s", o.err)
	}
}
