package report

import "github.com/entrain-dev/entrain/data"

// Data is everything a report shows. All parts are optional: an empty part
// leaves no trace on the page. Numbers are in user units; NaN and infinite
// values are shown as missing, never as text.
type Data struct {
	Title   string // usually the name of the data file
	Command string // the command line that made the run
	Status  string // ok, stopped, interrupted or failed
	// Headline answers first what a sceptic asks: whether the model beats what needs
	// no model, and by how much. Trust goes on with how long to believe it.
	Headline, Trust string
	Verdicts        []Finding // what must be known before trusting it, gravest first
	Story           string    // what was tried and why it stopped, in words

	// Lines is the table of scores, each with its meaning; it replaces Train and
	// HeldOut, which runs without it have.
	Lines          []ScoreLine
	Train, HeldOut *Scores
	Refit          bool   // Train is of a model fitted to all rows
	ScoreNote      string // to which model the scores belong, when not obvious
	Warnings       []string

	Recordings []Recording
	Multiples  *Multiples // of many recordings; nil: Recordings are all there are
	Portraits  []Portrait // two or more states: one chart a pair of components
	Rate       *Rate      // one state: dx/dt against x
	Losses     []Loss     // several were not one after another
	Sections   []Section  // of further charts

	Equations  []string // one line each, "left = right"; a line beginning with # is a remark
	Parameters []Parameter
	Determined []string // what of the parameters is determined only together, a sentence each
	Networks   []Network
	Tried      []Attempt

	Figures    Figures
	Provenance Provenance
	Files      []File
}

// Finding is something to know, with a code for scripts.
type Finding struct{ Code, Text string }

// ScoreLine is a line of the table of scores: a score and what it means. NaN is
// shown as missing. Rolling is the NRMSE over all origins.
type ScoreLine struct {
	Part                    string // a heading over the lines from here on; "" goes on
	Name, About             string
	NRMSE, R2, MSE, Rolling float64
	Model                   bool // not a baseline
}

// Scores measure a model against observed rows.
type Scores struct {
	MSE        float64 // mean over components and rows, user units squared
	NRMSE      float64 // root of the mean of mse_c / variance_c
	R2         float64 // share of the variance of the same rows, about their mean
	Components []ComponentScore
}

// ComponentScore is the part of one component in Scores.
type ComponentScore struct {
	Name           string
	MSE, NRMSE, R2 float64
}

// Recording is one recording with what the model makes of it.
type Recording struct {
	Series   *data.Series
	HeldOut  int        // rows at the end that were not trained on
	AtRows   []float64  // model at the rows of Series, len(T) × len(Names); nil: no residuals
	Fit      Trajectory // over the span of the rows
	Forecast Trajectory // beyond the last row
	Band     string     // what Lo and Hi are, "" for "ensemble band"
	// Unseen is a forecast of the held-out rows by a model that had not seen them,
	// called UnseenName; Baselines are simple ones beside it.
	Unseen     Trajectory
	UnseenName string
	Baselines  []NamedTrajectory
	FitName    string // "" for "fit"
}

// NamedTrajectory is a curve with a name of its own.
type NamedTrajectory struct {
	Name string
	Trajectory
}

// Trajectory is a dense solution: T has n times, X is row-major n × components,
// and so are Lo and Hi, the band around it; Lo and Hi may be nil. A row of missing
// values is a gap: there it was restarted.
type Trajectory struct {
	T, X, Lo, Hi []float64
}

// Quantity names an axis: a component and its unit ("" if none).
type Quantity struct {
	Name, Unit string
}

// Portrait is one projection of state space on two components. The field is
// given at the points (FieldX, FieldY) as the rates (FieldDX, FieldDY).
type Portrait struct {
	X, Y                             Quantity
	DataX, DataY                     []float64
	OrbitX, OrbitY                   []float64 // the fitted orbit; NaN separates recordings
	ForecastX, ForecastY             []float64
	FieldX, FieldY, FieldDX, FieldDY []float64
	Equilibria                       []Equilibrium
	Note                             string // e.g. how the other components were fixed
}

// Equilibrium is a zero of the field. Stable ones are drawn filled.
type Equilibrium struct {
	X, Y   float64 // Y is ignored in a Rate
	Kind   string  // such as "spiral source"
	Stable bool
}

// Rate is the phase line of a model with one state: DX = dx/dt at ascending X.
type Rate struct {
	Of         Quantity
	Time       Quantity // name and unit of time
	X, DX      []float64
	DataX      []float64
	Equilibria []Equilibrium
}

// Loss is the history of training. Lambda, HeldOut are nil or as long as
// Iteration; NaN where nothing was measured.
type Loss struct {
	Name                             string // of an attempt, if there are several
	Iteration, Loss, Lambda, HeldOut []float64
	Stages                           []Stage
	Saved                            float64 // iteration of the saved model; NaN or 0: not marked
	Note                             string  // how to read the chart, when not obvious
}

// Stage is a named part of training that begins at an iteration.
type Stage struct {
	Name string
	From float64
}

// Parameter is one learnt number of the equations.
type Parameter struct {
	Name, Unit   string
	Value        float64
	Error        float64 // one standard deviation; NaN or 0: unknown
	Start        float64 // where training began; NaN: unknown
	Lower, Upper float64 // bounds; infinite, NaN, or both 0: none
}

// Network summarises one learnt network.
type Network struct {
	Name       string // as in the equations
	Sizes      []int  // inputs, hidden layers, outputs
	Activation string
	Parameters int
	Note       string
}

// Attempt is one thing that was tried.
type Attempt struct {
	Method, Stopped string
	Train, HeldOut  *Scores
	Chosen          bool // this one became the model
}

// Figures are the costs and settings of the run. Zero values are left out.
type Figures struct {
	Method, Model           string
	Iterations, Evaluations int
	Seconds                 float64
	Members                 int
	Noise                   []Amount // estimated standard deviation, per component
	Solver                  string
	RTol, ATol              float64
	Extra                   []Entry
}

// Amount is a number with a name and a unit.
type Amount struct {
	Name, Unit string
	Value      float64
}

// Entry is a line of a table in words.
type Entry struct {
	Name, Value string
}

// Provenance says how to make the run again.
type Provenance struct {
	DataFile, DataHash string
	Seed               string
	Version            string
	Kernel             string // kernel level
	Config             string // YAML, all values
}

// File is one file of the run folder.
type File struct {
	Name, About string
}
