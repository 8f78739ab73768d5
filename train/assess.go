package train

import (
	"github.com/entrain-dev/entrain/data"
)

// Assessment says how good a model is. What its numbers mean is defined once, in
// docs/scores.md: every score is an error in user units together with the same
// relative to the deviation of the whole recordings (data.Scores), and says
// which model it belongs to and where that begins. A part that does not exist is
// nil; a score that does not exist is NaN.
type Assessment struct {
	FromStart *FreeRun   // of the saved model
	Segments  *Segments  // of the saved model; nil if its trajectories are not restarted
	Held      *HeldOut   // of the model that has not seen the held-out rows; nil without them
	Valid     *ValidTime // of the same model; nil without held-out rows
	Baselines []Baseline // on the held-out rows; nil without them
	// Headline is the figure that speaks for the model: HeadlineFree or, where
	// errors grow so fast that a free run over the record says nothing,
	// HeadlineValid.
	Headline string
}

// The figures that may speak for a model.
const (
	HeadlineFree  = "free run"
	HeadlineValid = "valid time"
)

// Owner is the model that a score belongs to. A forecast's centre is always the
// orbit of its first member; an ensemble adds a band and has no scores of its own.
type Owner string

// Owners.
const (
	OwnerSaved  Owner = "the saved model"                      // fitted to the training rows, saved as it is
	OwnerRefit  Owner = "the saved model, a refit to all rows" // it has seen the held-out rows
	OwnerBefore Owner = "the model before its refit"           // fitted to the training rows; what is saved is its refit
)

// FreeRun scores a trajectory that begins once, at the first row of each
// recording, in a state estimated from the rows that were fitted, and is never
// corrected.
type FreeRun struct {
	Of     Owner
	Rows   int // rows compared, all recordings: those the model was fitted to
	Scores data.Scores
	Failed string // why a trajectory ended before the last row, "" if none did; the scores are NaN then
}

// Segments scores trajectories that are restarted on the way, each segment in a
// state of its own that was fitted with the rest.
type Segments struct {
	Of     Owner
	Count  int     // segments, all recordings
	Rows   int     // of the longest segment
	Length float64 // of the longest segment, in user time
	Scores data.Scores
	Gaps   []Gap // where one segment ends and the next begins
	// Largest is the largest gap, in deviations of its column, Typical the median over the places
	// where segments begin of the largest of their columns.
	Largest, Typical float64
}

// Gap is where a restarted trajectory jumps.
type Gap struct {
	Rec  int       // number of the recording
	T    float64   // time of the first row of the later segment, user units
	Jump []float64 // of each measured state there, user units; NaN if the earlier segment did not get there
}

// HeldOut scores forecasts of rows that the model has not seen. Each begins at an
// origin, in the state estimated from the rows up to it alone, and is a free run
// from there to the last row. The first origin of a recording is its last
// training row; later ones lie among the held-out rows. The state is estimated
// anew at each, the model is not.
type HeldOut struct {
	Of   Owner
	Rows int // held-out rows, all recordings
	// Recordings is how many are held out whole: their first origin is behind their first rows, a
	// tenth of them, at least four. 0: the last rows of every recording are held out.
	Recordings int
	Cut        bool        // those held out whole are windows of longer recordings
	Silent     bool        // of every held-out value only a limit above it is known: they tell nothing of a model
	Scores     data.Scores // from the first origin of each recording
	Failed     string      // why a trajectory from a first origin ended early, "" if none did; Scores are NaN then
	Origins    int         // all recordings
	Rolling    data.Scores // all rows behind all origins; Scores if there is one origin a recording
	// Error is the standard error of Rolling.NRMSE from the scatter between
	// origins, which overlap: a rough one. NaN with fewer than three.
	Error    float64
	Horizons []Horizon // by distance from the origin, ascending
	Windows  []Window  // one an origin: what the above are made of
}

// Horizon is the part of rolling errors that lies between two distances from
// the origin, in user time, From exclusive.
type Horizon struct {
	From, To float64
	Rows     int // compared
	Scores   data.Scores
}

// Window is a forecast of held-out rows from one origin.
type Window struct {
	Rec    int
	Origin float64   // time of the origin, user units
	T      []float64 // rows behind it, user units
	Err    []float64 // predicted minus observed, rows × measured states, user units; as data.Off has it; NaN where nothing was observed or the trajectory had ended
	Failed string    // why it ended early; "" if it did not
}

// ValidTime is how long a forecast stays near the rows: until the error, root
// mean squared over the measured states, exceeds Threshold deviations.
//
// Source: Pathak, Hunt, Girvan, Lu, Ott, Phys. Rev. Lett. 120 (2018) 024102.
type ValidTime struct {
	Of        Owner
	Time      float64 // median over origins, user units
	Least     bool    // the median forecast was still valid at its last row: it is at least Time
	Origins   int
	Threshold float64 // in deviations
	Lyapunov  float64 // exponent of the model along its orbit, per unit of user time; NaN if not known
}

// Baseline is a simple forecast that needs no training, beside which every model
// is shown. Its scores are on the same rows and from the same origins as those of
// the model.
type Baseline struct {
	Name     string // mean, persistence, seasonal, linear
	Note     string // its order or period, and what was done to the rows
	Scores   data.Scores
	Rolling  data.Scores
	Horizons []Horizon

	run runner
}

// runner forecasts the rows of future, whose times and inputs are known, from
// those of history, which ends at the origin: rows × measured states, user units.
type runner func(history, future *data.Series) []float64

// Run forecasts freely from the last row of history to the times of future:
// len(future.T) × measured states, user units. Of future, times and inputs are
// read; of history, rows up to the origin.
func (b *Baseline) Run(history, future *data.Series) []float64 { return b.run(history, future) }

// Verdict is what a person must know about a fit before trusting it. Codes are a
// promise to scripts.
type Verdict struct {
	Code string `json:"code"` // words with hyphens, such as worse-than-constant
	Text string `json:"text"` // a sentence
	// Note says that it holds nothing against the model: it tells how its figures are to
	// be read.
	Note bool `json:"note,omitempty"`
}
