package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

// cycle writes a recording and a configuration that is quick to analyse.
func cycle(t *testing.T) []string {
	t.Helper()
	write(t, "cycle.csv", "t,x,y\n"+table(41, func(i int) []float64 {
		s := 0.25 * float64(i)
		return []float64{s, math.Cos(s), math.Sin(s)}
	}))
	return []string{"model=mlp", "hidden=4", "method=vanilla", "scale=none", "heldout=0", "initial=data", "solver=rk4", "step=0.25", "seed=2"}
}

// told is the part of the JSON of an analysis that tests look at.
type told struct {
	Trained  bool
	Warnings []string
	Panels   []struct {
		Length         *float64
		Coupling, Loss float64
		Rows           int
		Failed         string
		Top            []struct{ Value, Residual float64 }
		Trace          any
		Eigenvalues    []float64
		Grid, Losses   []*float64
		AsTrained      bool `json:"as_trained"`
		Run            string
		Iterations     []int
		Lambda         []*float64
		Gains          []*float64
		Largest        []*float64 `json:"largest_eigenvalue"`
		Minima         int
		Best           float64
	}
	Path struct {
		Iterations   []int
		X, Explained []float64
	}
	Files []string
}

func analysed(t *testing.T, args ...string) told {
	t.Helper()
	o := must(t, append([]string{"analyse", "--json"}, args...)...)
	var r told
	if err := json.Unmarshal([]byte(o.out), &r); err != nil {
		t.Fatalf("%v\n%s", err, o.out)
	}
	for _, f := range r.Files {
		if !exists(f) {
			t.Errorf("%s is not there", f)
		}
	}
	return r
}

func TestHessianOfAnUntrainedModel(t *testing.T) {
	workplace(t)
	r := analysed(t, append([]string{"cycle.csv", "hessian", "--lengths", "5,10", "--coupling", "0,0.5", "--starts", "2", "--steps", "10"}, cycle(t)...)...)
	if r.Trained || len(r.Panels) != 4 {
		t.Fatalf("%d panels, trained %v", len(r.Panels), r.Trained)
	}
	for i, p := range r.Panels {
		if want := []int{20, 20, 40, 40}[i]; p.Rows != want || *p.Length != float64(want)/4 {
			t.Errorf("panel %d: %d rows of length %g, want %d", i, p.Rows, *p.Length, want)
		}
		n := len(p.Eigenvalues)
		if got, want := p.Top[0].Value, p.Eigenvalues[n-1]; n != 22 || math.Abs(got-want) > 1e-6*want {
			t.Errorf("panel %d: the largest eigenvalue is %g by Lanczos, %g of all %d", i, got, want, n)
		}
	}
	if free, drawn := r.Panels[2].Top[0].Value, r.Panels[3].Top[0].Value; drawn > free {
		t.Errorf("the coupling made the curvature larger: %g, was %g", drawn, free)
	}
	page := read(t, filepath.Join("analysis", "hessian.html"))
	for _, want := range []string{"The Hessian of the loss", "Length 5, coupling 0.5", "Curvature against length", "entrain analyse cycle.csv hessian"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestLandscapeOfAModelAndItsTable(t *testing.T) {
	workplace(t)
	must(t, append([]string{"fit", "cycle.csv", "budget=5", "members=2", "--out", "run"}, cycle(t)...)...)
	r := analysed(t, "run", "loss-landscape", "--grid", "5", "--range", "-0.1:0.1")
	p := r.Panels[0]
	if !r.Trained || len(p.Grid) != 25 || math.Abs(*p.Grid[12]-p.Loss) > 1e-12*p.Loss {
		t.Errorf("the middle of the plane has the loss %g, the model %g", *p.Grid[12], p.Loss)
	}
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "2 members") {
		t.Errorf("warnings %q", r.Warnings)
	}
	rows, err := csv.NewReader(strings.NewReader(read(t, filepath.Join("run", "analysis", "loss-landscape.csv")))).ReadAll()
	if err != nil || len(rows) != 26 {
		t.Errorf("%d lines of CSV: %v", len(rows), err)
	}
	of := analysed(t, filepath.Join("run", "model.safetensors"), "loss-landscape", "--data", "cycle.csv", "--grid", "2", "--out", "other")
	if math.Abs(of.Panels[0].Loss-p.Loss) > 1e-6*p.Loss {
		t.Errorf("the model file has the loss %g, the run %g", of.Panels[0].Loss, p.Loss)
	}
	if begin := analysed(t, "run", "hessian", "--begin", "--steps", "5", "--out", "other"); begin.Trained || begin.Panels[0].Loss == p.Loss {
		t.Error("--begin shows the trained model")
	}
}

func TestSliceFindsTheMinimumAndMarksDivergence(t *testing.T) {
	workplace(t)
	write(t, "grow.csv", "t,x\n"+table(21, func(i int) []float64 { return []float64{0.1 * float64(i), 1 / (1 - 0.04*float64(i))} }))
	write(t, "grow.yaml", "data: grow.csv\nmodel: {name: equations, equations: \"x' = a*x*x\", parameters: {a: 0.4}}\nmethod: lm\nscale: none\nheldout: 0\nstart: [1]\n")
	r := analysed(t, "grow.yaml", "loss-landscape", "--along", "a", "--factors", "0.5,0.8,1,1.1,2")
	p := r.Panels[0]
	if p.Minima != 1 || p.Best != 1 || p.Losses[4] != nil || p.Losses[0] == nil {
		t.Errorf("minima %d, best factor %g, losses %v; the factor 2 explodes", p.Minima, p.Best, p.Losses)
	}
}

func TestPathOfTrainingIsDrawnFromItsModel(t *testing.T) {
	workplace(t)
	must(t, append([]string{"fit", "cycle.csv", "budget=40", "path=4", "--out", "run"}, cycle(t)...)...)
	r := analysed(t, "run", "pca-path", "--coupling", "0,1", "--grid", "4")
	if n := len(r.Path.Iterations); n != 10 || r.Path.Iterations[9] != 36 || len(r.Path.X) != n {
		t.Errorf("the path has the iterations %v", r.Path.Iterations)
	}
	if e := r.Path.Explained; len(e) != 2 || e[0] < e[1] || e[0]+e[1] > 1+1e-12 || e[0] < 0.5 {
		t.Errorf("explained %v", e)
	}
	if !strings.Contains(read(t, filepath.Join("run", "analysis", "pca-path.html")), "path of training") {
		t.Error("the page lacks the path")
	}
}

// Where the path ends, the curvature along it is that of the model, and what
// homotopy minimised is what the coupling of its λ makes.
func TestCurvatureAlongTraining(t *testing.T) {
	workplace(t)
	set := append(cycle(t)[:2:2], "method=homotopy", "levels=3", "epochs=4", "coupling=2", "smoothing=0", "path=2", "keep=last",
		"scale=none", "heldout=0", "initial=data", "solver=rk4", "step=0.25", "seed=2")
	must(t, append([]string{"fit", "cycle.csv", "budget=12", "--out", "run"}, set...)...)
	r := analysed(t, "run", "hessian", "--along-path", "--coupling", "0,2", "--smoothing", "0")
	if len(r.Panels) != 3 || r.Panels[0].AsTrained || !r.Panels[2].AsTrained {
		t.Fatalf("%+v", r.Panels)
	}
	free, drawn, own := r.Panels[0], r.Panels[1], r.Panels[2]
	if fmt.Sprint(own.Iterations) != "[0 2 4 6 8 10]" || *own.Lambda[0] != 1 || *own.Lambda[5] != 0 || *own.Gains[0] != 2 || *own.Gains[5] != 0 {
		t.Errorf("iterations %v", own.Iterations)
	}
	for i := range own.Largest {
		switch *own.Lambda[i] {
		case 0:
			if *own.Losses[i] != *free.Losses[i] || *own.Largest[i] != *free.Largest[i] {
				t.Errorf("point %d: at λ = 0 the loss is not the free one", i)
			}
		case 1:
			if *own.Losses[i] != *drawn.Losses[i] || *own.Largest[i] != *drawn.Largest[i] {
				t.Errorf("point %d: at λ = 1 the loss is not the coupled one", i)
			}
		}
	}
	begin := analysed(t, "run", "hessian", "--begin", "--steps", "30", "--out", "begin")
	if p := begin.Panels[0]; math.Abs(p.Top[0].Value-*free.Largest[0]) > 1e-6*math.Abs(p.Top[0].Value) || p.Loss != *free.Losses[0] {
		t.Errorf("the path begins with the eigenvalue %g, training with %g", *free.Largest[0], p.Top[0].Value)
	}
	few := analysed(t, "run", "hessian", "--along-path", "--points", "3", "--out", "few")
	if fmt.Sprint(few.Panels[0].Iterations) != "[0 4 8]" {
		t.Errorf("iterations %v", few.Panels[0].Iterations)
	}
	page := read(t, filepath.Join("run", "analysis", "hessian.html"))
	for _, want := range []string{"The Hessian along training", "homotopy parameter λ", "coupling as trained", "--along-path"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// Runs of any length are drawn in the same charts.
func TestRunsAreShownBesideEachOther(t *testing.T) {
	workplace(t)
	set := cycle(t)
	must(t, append([]string{"fit", "cycle.csv", "budget=8", "path=2", "--out", "a"}, set...)...)
	must(t, append([]string{"fit", "cycle.csv", "budget=30", "path=3", "lr=0.1", "--out", "b"}, set...)...)
	r := analysed(t, "a", "hessian", "--along-path", "--beside", "b")
	if len(r.Panels) != 2 || r.Panels[0].Run != "a" || r.Panels[1].Run != "b" || len(r.Panels[0].Largest) != 4 || len(r.Panels[1].Largest) != 10 {
		t.Fatalf("%+v", r.Panels)
	}
	if a, b := *r.Panels[0].Largest[0], *r.Panels[1].Largest[0]; a != b {
		t.Errorf("both begin at the same point, with the eigenvalues %g and %g", a, b)
	}
	if page := read(t, filepath.Join("a", "analysis", "hessian.html")); !strings.Contains(page, "b: all rows") || !strings.Contains(page, "--beside b") {
		t.Error("the page lacks the other run")
	}
}

// Methods that follow one another have one path, whose iterations count on.
func TestIterationsOfAChainCountOn(t *testing.T) {
	workplace(t)
	set := cycle(t)
	set[2] = "method=vanilla,homotopy"
	must(t, append([]string{"fit", "cycle.csv", "budget=7", "path=3", "--out", "run"}, set...)...)
	p := analysed(t, "run", "hessian", "--along-path").Panels[0]
	if fmt.Sprint(p.Iterations) != "[0 3 6 7 10 13]" || p.Lambda[2] != nil || *p.Lambda[3] != 1 || *p.Lambda[5] != 0 {
		t.Errorf("iterations %v, λ %v", p.Iterations, p.Lambda)
	}
}

func TestBadAnalysesAreExplained(t *testing.T) {
	workplace(t)
	set := cycle(t)
	must(t, append([]string{"fit", "cycle.csv", "budget=5", "--out", "run"}, set...)...)
	must(t, append([]string{"fit", "cycle.csv", "budget=5", "members=2", "path=1", "--out", "two"}, set...)...)
	write(t, "known.yaml", "data: cycle.csv\nmodel: {name: equations, equations: \"x' = -y\\ny' = x\"}\nmethod: lm\n")
	with := func(args ...string) []string { return append(args, set...) }
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"run"}, "one of collocation, hessian, loss-landscape, pca-path"},
		{[]string{"run", "hesian"}, `did you mean "hessian"?`},
		{[]string{"rum", "hessian"}, "did you mean run?"},
		{[]string{"run", "hessian", "seed=3"}, "keeps its settings"},
		{[]string{"run", "pca-path"}, "path=10"},
		{[]string{"two", "pca-path"}, "members=1"},
		{with("cycle.csv", "pca-path"), "path=10"},
		{with("cycle.csv", "hessian", "--along-path"), "path=10"},
		{[]string{"run", "hessian", "--along-path"}, "path=10"},
		{[]string{"two", "hessian", "--along-path"}, "members=1"},
		{[]string{"two", "hessian", "--along-path", "--begin"}, "--begin away"},
		{[]string{"run", "hessian", "--beside", "two"}, "--along-path as well"},
		{[]string{"run", "pca-path", "--along-path"}, "is for hessian"},
		{[]string{"run", "hessian", "--along-path", "--points", "0"}, "--points"},
		{[]string{"run/model.safetensors", "hessian"}, "--data"},
		{[]string{"known.yaml", "hessian"}, "no parameters"},
		{with("cycle.csv", "hessian", "--lengths", "0.3"), "2 rows"},
		{with("cycle.csv", "hessian", "--lengths", "30"), "only 10 long"},
		{with("cycle.csv", "hessian", "--lengths", "1:2"), "from:to:count"},
		{with("cycle.csv", "hessian", "--coupling", "-1"), "0 or more"},
		{with("cycle.csv", "loss-landscape", "--range", "1:0"), "--range"},
		{with("cycle.csv", "loss-landscape", "--along", "a"), "no named parameters"},
		{with("cycle.csv", "hessian", "--along", "a"), "loss-landscape"},
		{with("cycle.csv", "hessian", "--grid", "1"), "--grid"},
		{with("cycle.csv", "hessian", "--published", "--starts", "3"), "one start"},
	} {
		o := entrain(append([]string{"analyse"}, c.args...)...)
		if o.code != exitBad || !strings.Contains(o.err, c.want) || o.out != "" {
			t.Errorf("%v: exit %d, %q, want %q", c.args, o.code, o.err, c.want)
		}
	}
	if exists("analysis") || exists("run/analysis") {
		t.Error("a bad analysis left a folder")
	}
}

// What cannot be told is not told as a table without rows.
func TestAnAnalysisThatFailsPrintsNoTable(t *testing.T) {
	workplace(t)
	write(t, "few.csv", "t,x\n"+table(60, func(i int) []float64 { return []float64{float64(i), float64(i * i % 17)} }))
	for _, name := range []string{"lyapunov", "dimension"} {
		if o := entrain("analyse", "few.csv", name); o.code != exitFailed || o.out != "" || !strings.Contains(o.err, "500 at least") {
			t.Errorf("%s: exit %d, %q, %q", name, o.code, o.out, o.err)
		}
	}
}

// Neighbouring cycles of other periods drift apart in proportion to time, which is no chaos.
func TestCyclesAreNotCalledChaotic(t *testing.T) {
	workplace(t)
	if o := entrain("analyse", "lotka-volterra", "lyapunov", "--span", "2000"); o.code != 0 || !strings.Contains(o.out, "Not chaotic") {
		t.Errorf("exit %d: %s%s", o.code, o.out, o.err)
	}
}

// TestCollocationIsShown: mesh, convergence and states of a fit, and no other one's.
func TestCollocationIsShown(t *testing.T) {
	workplace(t)
	write(t, "decay.csv", "t,x,y\n"+table(30, func(i int) []float64 {
		s := 0.2 * float64(i)
		return []float64{s, 2 * math.Exp(-0.5*s), 1 + math.Exp(-s)}
	}))
	write(t, "decay.yaml", "data: decay.csv\nequations: |\n  x' = -a*x\n  y' = b - y\nparameters: {a: 0.2, b: 0.7}\n")
	must(t, "fit", "decay.yaml", "method=collocation", "elements=6", "--out", "run")
	o := must(t, "analyse", "run", "collocation", "--json")
	var r struct {
		Panels []struct {
			Recordings []struct {
				Ends, Defects, T  []float64
				Names             []string
				States, Simulated [][]float64
				Worst             float64 `json:"worst_defect"`
				Apart             *float64
			}
			Steps []struct {
				Iteration, Elements, Unknowns, Rows, Factors int
				Objective                                    *float64
				Violation, Step                              float64
				Dual                                         *float64
				Stage                                        string
			}
			Matrix struct {
				Size, Shared, Elements int
				Blocks                 []struct {
					Kind                 string
					Row, Col, Rows, Cols int
				}
			}
		}
		Files []string
	}
	if err := json.Unmarshal([]byte(o.out), &r); err != nil {
		t.Fatal(err)
	}
	p := r.Panels[0]
	last := p.Steps[len(p.Steps)-1]
	if len(p.Recordings) != 1 || last.Elements < 6 || last.Rows != last.Elements*6 || last.Unknowns != last.Rows+4 || last.Dual == nil || *last.Dual > 1e-6 || last.Violation > 1e-8 {
		t.Fatalf("%+v", last)
	}
	if m := p.Matrix; m.Shared != 2 || m.Size < 2+6*(6+6)+2 || m.Elements < 6 || len(m.Blocks) < 3*m.Elements {
		t.Errorf("matrix: %d of size %d shared, %d elements, %d blocks", m.Shared, m.Size, m.Elements, len(m.Blocks))
	}
	rec := p.Recordings[0]
	if len(rec.Ends) != last.Elements+1 || len(rec.Defects) != last.Elements || len(rec.T) != 3*last.Elements || rec.Apart == nil || *rec.Apart > 1e-4 || rec.Worst > 1e-3 || rec.Worst == 0 {
		t.Errorf("%d ends, %d defects, %d nodes, worst %g", len(rec.Ends), len(rec.Defects), len(rec.T), rec.Worst)
	}
	for k, at := range rec.T {
		if want := 2 * math.Exp(-0.5*at); math.Abs(rec.States[0][k]-want) > 1e-4 || math.Abs(rec.Simulated[0][k]-want) > 1e-4 {
			t.Errorf("x at %g is %g, simulated %g, want %g", at, rec.States[0][k], rec.Simulated[0][k], want)
		}
	}
	for _, f := range r.Files {
		if !exists(f) {
			t.Errorf("there is no %s", f)
		}
	}
	if page := read(t, filepath.Join("run", "report.html")); !strings.Contains(page, "Convergence of the program") || !strings.Contains(page, "Matrix of a step") {
		t.Error("the report says nothing of the program")
	}
	if text := read(t, filepath.Join("run", "analysis", "collocation.csv")); strings.Count(text, "\n") != 1+len(rec.T) || !strings.HasPrefix(text, "recording,t,element,defect,x,x_simulated,y,y_simulated\n1,") {
		t.Errorf("%.200s", text)
	}
	must(t, "fit", "decay.yaml", "method=lm", "--out", "other")
	if o := entrain("analyse", "other", "collocation"); o.code != 2 || !strings.Contains(o.err, "method=collocation leaves one") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	if o := entrain("analyse", "decay.yaml", "collocation"); o.code != 2 || !strings.Contains(o.err, "folder of a fit") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}
