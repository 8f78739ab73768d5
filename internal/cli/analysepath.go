package cli

import (
	"fmt"
	"io"
	"math"
	"path/filepath"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/landscape"
	"github.com/entrain-dev/entrain/study"
)

// mostOfPath is how many points of a path the plane is made from.
const mostOfPath = 400

// beyondPath is the share of its extent that a plane shows around a path.
const beyondPath = 0.25

// pathResult is the path of training as JSON.
type pathResult struct {
	Iterations []int     `json:"iterations"`
	X          []float64 `json:"x"`
	Y          []float64 `json:"y"`
	Explained  []float64 `json:"explained"` // share of the variance along each direction
}

// paths writes the loss in the plane of the path of training.
func (n *analysis) paths() error {
	path, err := n.path("pca-path")
	if err != nil {
		return err
	}
	if err := n.trim(path); err != nil {
		return err
	}
	plane, err := landscape.NewPathPlane(path.Z, n.panels[0].z)
	if err != nil {
		return err
	}
	x, y, err := n.around(plane)
	if err != nil {
		return err
	}
	var all []*mapped
	var rows [][]string
	for _, p := range n.panels {
		p.at()
		p.Failed = ""
		m := &mapped{panel: p}
		l, err := landscape.NewGrid(p.surface, plane.Plane, x, y)
		if err != nil {
			return err
		}
		m.take(l)
		all = append(all, m)
		rows = append(rows, append(p.head(), words.Short(num.FromNull(p.Loss)), words.Short(num.FromNull(m.Largest)), fmt.Sprint(m.Diverged)))
	}
	page := n.page("The path of training", []string{"length", "coupling", "rows", "loss", "largest loss", "diverged"}, rows)
	page.Hint = fmt.Sprintf("The plane holds %.1f %% of the variance of %s of the path: %.1f %% along the first direction, %.1f %% along the second. The saved model is its origin.",
		100*(plane.Explained[0]+plane.Explained[1]), words.Several(len(path.K), "point"), 100*plane.Explained[0], 100*plane.Explained[1])
	page.Sections = []report.Section{heatMaps(all, fmt.Sprintf("first direction (%.0f %%)", 100*plane.Explained[0]),
		fmt.Sprintf("second direction (%.0f %%)", 100*plane.Explained[1]), plane, "saved model")}
	steps := filepath.Join(n.outFolder(), n.name+"-steps.csv")
	page.Files = append(page.Files, report.File{Name: filepath.Base(steps), About: "the path in the plane"})
	r := result{Panels: all, Files: []string{steps}, Path: &pathResult{path.K, plane.X, plane.Y, plane.Explained}}
	if err := n.finish(r, page, func(w io.Writer) error { return mapCSV(w, all) }); err != nil {
		return err
	}
	return failed(study.WritePage(steps, func(w io.Writer) error { return pathCSV(w, r.Path) }))
}

// path reads the recorded path of a run, for what is asked for.
func (n *analysis) path(what string) (*study.Path, error) {
	s := n.subject
	switch {
	case s.dir == "":
		return nil, fmt.Errorf("%s needs the folder of a run that was trained with path=10 or so", what)
	case n.flags.begin:
		return nil, fmt.Errorf("%s shows how training went; leave --begin away", what)
	}
	if n := len(s.model.Theta); n > 1 {
		return nil, fmt.Errorf("the model has %d members, of which only the first has a recorded path; train with members=1", n)
	}
	p, err := study.ReadPath(s.dir)
	if err != nil {
		return nil, err
	}
	size := len(n.panels[0].z)
	for i, k := range p.K {
		if len(p.Z[i]) != size {
			return nil, fmt.Errorf("the path has %d unknowns at iteration %d, the model has %d; only runs of one method on one model have a path to show", len(p.Z[i]), k, size)
		}
	}
	return p, nil
}

// trim keeps the points up to the saved model, evenly thinned.
func (n *analysis) trim(p *study.Path) error {
	best, end := n.subject.best, len(p.K)
	if last := end - 1; last > 0 && p.K[last] > best && best > 0 && ascending(p.K) {
		for end > 0 && p.K[end-1] > best {
			end--
		}
	}
	if end < 3 {
		return fmt.Errorf("the path has %s up to the saved model; train again with a smaller path=", words.Several(end, "point"))
	}
	p.K, p.Z = p.K[:end], p.Z[:end]
	thin(p, mostOfPath)
	return nil
}

// thin keeps at most so many points of a path, evenly.
func thin(p *study.Path, most int) {
	every := (len(p.K) + most - 1) / most
	kept := 0
	for i := 0; i < len(p.K); i += every {
		p.K[kept], p.Z[kept] = p.K[i], p.Z[i]
		kept++
	}
	p.K, p.Z = p.K[:kept], p.Z[:kept]
}

// ascending tells that iterations are those of one method.
func ascending(k []int) bool {
	for i := 1; i < len(k); i++ {
		if k[i] <= k[i-1] {
			return false
		}
	}
	return true
}

// around is the grid that holds the path, or what --range asks for.
func (n *analysis) around(p *landscape.PathPlane) (x, y []float64, err error) {
	if n.flags.extent != "" {
		lo, hi, err := n.flags.ends()
		at := landscape.Span(lo, hi, n.flags.grid)
		return at, at, err
	}
	side := func(v []float64) []float64 {
		lo, hi := 0.0, 0.0
		for _, a := range v {
			lo, hi = math.Min(lo, a), math.Max(hi, a)
		}
		pad := beyondPath * (hi - lo)
		return landscape.Span(lo-pad, hi+pad, n.flags.grid)
	}
	return side(p.X), side(p.Y), nil
}

func pathCSV(w io.Writer, p *pathResult) error {
	t := newCSV(w, "iteration", "x", "y")
	for i, k := range p.Iterations {
		t.row(float64(k), p.X[i], p.Y[i])
	}
	return t.end()
}
