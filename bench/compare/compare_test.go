package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWrongResultsAreNotCompared(t *testing.T) {
	c := &contest{name: "x", tolerance: 1e-3, ours: entry{ns: []float64{100, 90}, medians: []float64{100, 95}, figures: figures{Loss: 2, Norm: 4}}}
	for _, other := range []figures{{Loss: 2.1, Norm: 4}, {Loss: 2, Norm: 4.1}, {}} {
		if !c.enter(answer{Offered: true, figures: other}).wrong {
			t.Errorf("%+v agrees with %+v", other, c.ours.figures)
		}
	}
	if near := (figures{Loss: 2.001, Norm: 4.001}); !c.agrees(near) {
		t.Errorf("%+v does not agree with %+v", near, c.ours.figures)
	}
	good := c.enter(answer{Offered: true, First: 1, figures: c.ours.figures})
	good.turn(answer{NS: []float64{300, 270, 310}})
	c.theirs = []entry{{offered: true, wrong: true}, good, {}, {failed: "out of memory"}}
	r := &results{double: table{peers: []*peer{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}, contests: []*contest{c}}}
	if row, want := r.double.row(c), "| x | 90 ns | another result | **3** | – | failed |"; row != want {
		t.Errorf("%s, want %s", row, want)
	}
	for _, want := range []string{"| x | b | 270 ns | 300 ns | **3** |", "out of memory"} {
		if text := r.report(); !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
}

// TestWorkIsTimedAndWaitingIsNot: the processor is idle in a sleep, and a
// repetition has as many calls as make it long enough.
func TestWorkIsTimedAndWaitingIsNot(t *testing.T) {
	if processorTime() == 0 {
		t.Skip("the system does not tell what the processor did")
	}
	calls := 1
	a, err := turn(func() error { time.Sleep(120 * time.Millisecond); return nil }, &calls, 0)
	if err != nil || len(a.NS) != 1 || a.NS[0] < 120e6 || a.CPU > 60e6 || calls != 1 {
		t.Errorf("a sleep of 120 ms: %+v, %d calls (%v)", a, calls, err)
	}
	var e entry
	if e.turn(a); e.fastest() != a.CPU || e.median() != a.CPU {
		t.Errorf("%+v of %+v", e, a)
	}
	count := 0
	a, err = turn(func() error { count++; return nil }, &calls, 0)
	if err != nil || len(a.NS) != 1 || calls < 2 || count != 2*calls-1 {
		t.Errorf("%+v, %d calls of %d a repetition (%v)", a, count, calls, err)
	}
}

// TestErrorsOfOrbitsAreStated: an orbit that is ten times less exact is the same
// problem, one that is somewhere else is not.
func TestErrorsOfOrbitsAreStated(t *testing.T) {
	c := &contest{ours: entry{figures: figures{Error: 1e-6}}}
	if !c.agrees(figures{Error: 1e-5}) || c.agrees(figures{Error: 1}) {
		t.Error("errors are not compared")
	}
}

// TestFitsBeginAlikeAndEndNearby: what differs at first is another problem, and
// so is what ends elsewhere.
func TestFitsBeginAlikeAndEndNearby(t *testing.T) {
	c := &contest{tolerance: fitTolerance, ours: entry{figures: figures{Begin: 1, Loss: 1e-3}}}
	for f, want := range map[figures]bool{{Begin: 1.01, Loss: 2e-3}: true, {Begin: 1.2, Loss: 1e-3}: false, {Begin: 1, Loss: 2e-2}: false} {
		if c.agrees(f) != want {
			t.Errorf("%+v agrees: %v", f, !want)
		}
	}
}

// TestCompilingCountsInWholeFits: the first call is one of the measured ones.
func TestCompilingCountsInWholeFits(t *testing.T) {
	c := &contest{tolerance: 1, whole: true, ours: entry{figures: figures{Loss: 1}}}
	if e := c.enter(answer{Offered: true, First: 2, figures: figures{Loss: 1}}); !slices.Equal(e.ns, []float64{2e9}) {
		t.Errorf("%v", e.ns)
	}
}

// TestPeersReadEveryProblem: what is written for them is complete, and fields
// of one name stand below it.
func TestPeersReadEveryProblem(t *testing.T) {
	all := contests([]string{"G1", "G5", "G6/lorenz", "G7/2-32-2", "G9/steps/100"})
	kinds := map[string]int{}
	for _, c := range all {
		s, err := c.prepare()
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(s.problem)
		if err != nil {
			t.Fatal(err)
		}
		var p struct {
			Kind    string
			Sizes   []int
			Weights []float64
			Starts  [][]float64
			Times   []float64
			Data    []float64
			X, C    [][]float64
			Exact   []float64
		}
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		kinds[p.Kind]++
		if p.Kind == "orbit" {
			if len(p.Exact) != 3 {
				t.Errorf("%s: %v", c.name, p.Exact)
			}
			continue
		}
		if len(p.Sizes) != 3 || len(p.Weights) != 5*p.Sizes[1]+2 {
			t.Errorf("%s: sizes %v, %d weights", c.name, p.Sizes, len(p.Weights))
		}
		if ok := len(p.Data) == len(p.Times)*len(p.Starts)*2 && len(p.X) == len(p.C) && len(p.X)+len(p.Starts) > 0; !ok {
			t.Errorf("%s is not complete", c.name)
		}
	}
	if kinds["gradient"] != 5 || kinds["training"] != 1 || kinds["orbit"] != 4 || kinds["field"] != 10 {
		t.Errorf("%v", kinds)
	}
}

// TestTwinsHaveTheirOwnTable: float32 is beside peers in float32 alone, with
// what it gains over its twin.
func TestTwinsHaveTheirOwnTable(t *testing.T) {
	all := contests([]string{"G7/2-32-2/eval/64", "G3/rk4"})
	var names []string
	r := &results{double: table{peers: []*peer{{Name: "double"}}}, single: table{peers: []*peer{{Name: "single", participant: singles[0]}}}}
	for _, c := range all {
		if c.single {
			names = append(names, c.name)
		}
		table := r.of(c)
		ns := 400.0
		if c.single {
			ns = 250
		}
		c.ours = entry{ns: []float64{ns}, medians: []float64{ns}}
		c.theirs = []entry{{ns: []float64{500}, medians: []float64{500}, offered: true}}
		table.contests = append(table.contests, c)
	}
	if want := []string{"G3/rk4/f32", "G7/2-32-2/eval/64/f32"}; !slices.Equal(names, want) {
		t.Fatalf("in float32: %v, want %v", names, want)
	}
	text := r.report()
	above, below, _ := strings.Cut(text, "## Float32 twins")
	for _, want := range []string{"| problem | Entrain | single | gain |\n|---|--:|--:|--:|\n", "| G7/2-32-2/eval/64/f32 | 250 ns | **2** | 1.6 |\n"} {
		if !strings.Contains(below, want) {
			t.Errorf("%q is missing in %s", want, below)
		}
	}
	if strings.Contains(above, "/f32 |") || !strings.Contains(above, "| G7/2-32-2/eval/64 | 400 ns | **1.25** |\n") {
		t.Error(above)
	}
	if a := singles[0].arguments("p"); !slices.Equal(a, []string{"p/diffrax_peer.py", "single"}) {
		t.Errorf("its arguments are %v", a)
	}
}

func TestMissingPeersAreNamed(t *testing.T) {
	peers, absent := startPeers(participants, "../peers", t.TempDir(), []string{"torch", "casadi"})
	if len(peers) != 0 || len(absent) != 3 || !strings.Contains(strings.Join(absent, " "), "CasADi") {
		t.Errorf("%v, absent %v", peers, absent)
	}
	r := &results{absent: absent}
	if text := r.report(); !strings.Contains(text, "- not measured: torchode: its Python environment could not be made") {
		t.Error(text)
	}
}

// TestProgramsAreSolvedDrawByDraw, each with data of its own, and their medians stated.
func TestProgramsAreSolvedDrawByDraw(t *testing.T) {
	c := programContest("C2/4", 2, 0)
	if err := c.play(nil); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(c.ours.note, "2 of 2 end; objective 0.") || len(c.ours.ns) != 1 || c.ours.figures.Evals == 0 {
		t.Errorf("%+v", c.ours)
	}
	ours, theirs := &drawn{}, &drawn{}
	var e entry
	for _, ns := range []float64{4, 8, 2} {
		ours.note(answer{NS: []float64{1}, figures: figures{Loss: ns}})
		theirs.note(answer{NS: []float64{ns}, CPU: ns, figures: figures{Loss: ns}})
	}
	theirs.note(answer{NS: []float64{100}, figures: figures{Said: "stopped"}})
	ours.note(answer{NS: []float64{2}})
	e.close(theirs, ours)
	if want := "3 of 4 end; objective 4, 2 to 8; × 2 to 50, median 6"; e.note != want || e.fastest() != 6 {
		t.Errorf("%q, %g; want %q", e.note, e.fastest(), want)
	}
}
