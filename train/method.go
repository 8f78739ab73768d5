package train

import (
	"context"
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model"
)

// Method trains a model. Its exported fields are its configuration (JSON and
// YAML); the registry hands it out with defaults filled in.
//
// Fit is a pure function of the problem, from and the configuration. from is
// nil, or a checkpoint of the same method on the same problem; going on from
// it gives the bits of the uninterrupted run. If ctx ends, Fit emits a last
// checkpoint and returns the model so far with StatusInterrupted (or
// StatusStopped if the cause of ctx is ErrLimit). on may be nil.
type Method interface {
	Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error)
}

// Methods are the training methods, by name.
var Methods = registry.New[Method]("method")

// The ways a fit may end.
const (
	StatusOK          = "ok"
	StatusStopped     = "stopped" // the time limit was reached, or that of memory
	StatusInterrupted = "interrupted"
	StatusFailed      = "failed"
)

// ErrLimit is the cause of a context that ends because of a time limit.
var ErrLimit = limitError{}

// ErrMemory is the cause of a context that ends because the process takes too
// much memory.
var ErrMemory = memoryError{}

type memoryError struct{}

func (memoryError) Error() string { return "the limit of memory was reached" }

type limitError struct{}

func (limitError) Error() string { return "the time limit was reached" }

// Event is progress, pushed outward while a method works.
type Event struct {
	Stage  string  // part of the method, in words
	K, Of  int     // iteration, and how many there will be at most
	Loss   float64 // objective that is minimised
	MSE    float64 // mean squared error on the training rows, user units; NaN if not computed
	Held   float64 // mean squared error on the held-out rows, user units; NaN if not computed
	Lambda float64 // homotopy parameter; NaN if the method has none
	Gap    float64 // root mean square gap between segments, scaled units; with elements their largest violated equation; 0 of methods without either
	Text   string  // something worth a line of its own: a failure, a decision; may be empty
	Detail string  // something for the curious, such as what memory a gradient takes; not part of the record
	// Z holds the unknowns of the first member before the update of iteration K,
	// θ and then, if starts are learnt, those of each recording: every
	// Settings.Path iterations of a method that follows one path; else nil.
	Z []float64
	// Modes are what steps of the solver make of the modes of the first member before the
	// update of iteration K, every Settings.Monitor iterations; else nil.
	Modes *ModeFigures
	// Program are figures of a nonlinear program, of methods that solve one; else nil.
	Program *ProgramFigures
	// Checkpoint is not nil from time to time: enough to go on from here.
	Checkpoint *Checkpoint
}

// Remark is an event that says something and nothing else.
func Remark(text string) Event {
	nan := math.NaN()
	return Event{Loss: nan, MSE: nan, Held: nan, Lambda: nan, Text: text}
}

// Result is what a method found out.
type Result struct {
	Status       string
	Model        *model.Model
	Chosen       *model.Model // what was chosen before any refit, which has not seen the held-out rows; nil: Model
	Method       string       // the method that made the saved model
	Members      int
	Iterations   int
	Evaluations  int       // field evaluations of forward integrations, see ode.Stats
	Noise        []float64 // estimated standard deviation of each component, user units
	Refit        bool
	Train        data.Scores      // the saved model on the rows it was trained on
	Held         *data.Scores     // the selected model, before any refit, on the held-out rows; nil without them
	BestK        int              // iteration of the saved model; metrics are taken before its update
	Parameters   []model.Estimate // what the fit knows of named parameters; nil if the method does not say
	Starts       []model.Estimate // and of the starts that were learnt, states within recordings; nil likewise
	Terms        []model.Estimate // coefficients of a learnt law that are in use; Of is the equation; nil if it has none
	NoiseNumbers []model.Estimate // numbers that the noise of columns learns; Of is the column; nil: it was least squares
	Determined   []string         // sums, products and ratios of parameters that are determined where they are not, in words
	Convergence  *Convergence     // whether the fit ended at a minimum; nil if the method does not say
	Tried        []Tried
	Constraints  []LimitState // how the first member keeps inequalities; nil: there are none, or the method keeps them by itself
	Warnings     []string
	Verdicts     []Verdict        // what must be known before trusting it, gravest first
	Signs        *Signs           // the figures behind them; nil until Complete was called
	Assessment   *Assessment      // nil until Complete was called
	Folded       *Folded          // what models that have not seen a labelled recording say of it; nil: there are none
	HeldFolds    *HeldFolds       // what models say of folds they have not seen; nil: there are none
	Labelled     *Labelled        // what is told of labelled recordings; nil: there are none
	Loss         *LossScore       // the loss that was minimised; nil: squared distances, or a likelihood
	LongRun      *LongRun         // what the saved model does in the long run; nil: it was not looked at
	Identified   *Identifiability // of chaotic data, how much of a Jacobian they tell; nil: it was not looked at
	// Apart is by how much models as good as the saved one differ behind the last
	// row, standard deviations by ascending horizon; nil if there are none.
	Apart []model.Errors

	equal     bool   // columns had equal weights
	untrained string // that the model that was kept hardly is, and what to do; "" otherwise
}

// Tried is one attempt of a method that makes several.
type Tried struct {
	Method string
	Why    string // why it stopped, a sentence
	Kept   bool   // it became the model
	Train  *data.Scores
	Held   *data.Scores
	// Rolling is the error by which attempts were compared, in deviations: root mean
	// squared over the forecasts of held-out rows from all origins, up to the
	// horizon at which one of the attempts can forecast at all, every origin with the same
	// weight. 0: not compared.
	Rolling float64
	// RollingTo is that horizon, user time; +Inf: to the last row.
	RollingTo float64
}
