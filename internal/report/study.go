package report

import "github.com/entrain-dev/entrain/data"

// Study is everything the page of a study shows: many fits gathered into one
// table, beside what others found. All parts are optional. Numbers that do not
// exist are NaN.
type Study struct {
	Title, About string
	Command      string // that made the study
	Version      string
	Warnings     []string

	Search   *Search  // how settings were given up on the way; nil: they were not
	Metrics  []Metric // columns of the table
	Groups   []Group  // its lines
	Panels   []Panel
	Cases    []Case
	Failures []Failure
	Files    []File
}

// Search are the settings of a study that gives trials up on the way.
type Search struct {
	Score    string // what they are compared by
	Summary  []string
	Command  string // that fits the best one again; "" if there is none
	Settings []Setting
}

// Setting is one of them, in words.
type Setting struct {
	Name, Reached, There, Saved, Fate string
	Best                              bool
}

// Metric is a column of the table of a study.
type Metric struct {
	Name  string
	About string // "" if the name says it all
	Plain bool   // no winner is marked: a cost, or what a smaller value does not make better
}

// Group are the lines of a table that belong together: one problem and all
// methods, say.
type Group struct {
	Name  string
	Lines []TableLine
}

// TableLine is one line of a table; Cells has one entry a metric.
type TableLine struct {
	Name      string
	Bound     bool // it is what the data can support, not a competitor
	Cells     []Cell
	Trials    int
	Failed    int // trials without a model
	Remaining int // trials that are not finished
}

// Cell is one metric over the trials of a line.
type Cell struct {
	Mean, Error, Median       float64
	Missing                   int // trials that have no value
	Published, PublishedError float64
	Bound                     float64
	Bars                      []Verdict
	Pairs                     string // in how many trials the row that is compared with others is lower, in words; "" = it is not
}

// Verdict is what is wanted of a cell, in words.
type Verdict struct {
	Text string
	Met  bool
}

// Panel is one metric against what differs between the groups: numbers, such
// as the length of the data, or names.
type Panel struct {
	Title  string
	Axis   string   // what differs
	Labels []string // of the groups
	X      []float64
	// Curves has one entry for each kind of line, with a value for each group.
	Curves []Curve
}

// Curve is one kind of line over all groups.
type Curve struct {
	Name                      string
	Bound                     bool
	Mean, Error               []float64
	Published, PublishedError []float64
}

// Case shows the trials of one group, a picture for each kind of line.
type Case struct {
	Name     string
	Pictures []Picture
}

// Picture are trajectories and training curves of the trials of one line.
type Picture struct {
	Name    string
	Note    string
	Series  *data.Series // measured rows, those of the test at the end
	Trained int          // rows that were trained on
	Truth   Trajectory   // without noise; may be empty
	Orbits  []Orbit
	Links   []Link
}

// Orbit is one trial: what its model does, and how it was trained.
type Orbit struct {
	Name string
	Trajectory
	Iteration, MSE, Lambda []float64 // Lambda may be nil
	Best                   float64   // iteration of the saved model; NaN: not marked
}

// Link leads to a page beside this one.
type Link struct{ Name, Path string }

// Failure is a trial or a value that is missing, and why.
type Failure struct{ Name, Why string }
