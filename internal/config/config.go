package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// Config is all that a fit needs to know.
type Config struct {
	Input
	train.Settings `yaml:",inline"`
	ModelName      string             `yaml:"-"`
	Model          field.Architecture `yaml:"-"`
	MethodName     string             `yaml:"-"`
	Method         train.Method       `yaml:"-"`

	source string
	places map[string]Place
	notes  []string
}

// Notes are about settings that are legal but have no effect.
func (c *Config) Notes() []string { return c.notes }

// Gives tells that a setting was given, by itself or as a key of the solver.
func (c *Config) Gives(name string) bool {
	_, alone := c.places[name]
	_, within := c.places["solver."+name]
	return alone || within
}

// Source is the file that messages about the whole should name: the
// configuration if there was one, else the data.
func (c *Config) Source() string {
	if c.source != "" {
		return c.source
	}
	return c.Data.String()
}

// Input says which data are read, and how long the fit may take.
type Input struct {
	Data         Files         `yaml:"data"`         // file, or several, folders and patterns, each file a recording; in a configuration file relative to it; - is standard input
	Time         string        `yaml:"time"`         // column of the times; empty = the one that looks like it
	ID           string        `yaml:"id"`           // column that tells recordings apart
	States       []string      `yaml:"states"`       // columns that obey a law
	Targets      []string      `yaml:"targets"`      // the same as states: what is measured of a system that has more of them
	Inputs       []string      `yaml:"inputs"`       // columns that are known and act on the states
	Label        string        `yaml:"label"`        // column of what each recording is called, a class or a number: what model=classifier tells
	Ignore       []string      `yaml:"ignore"`       // columns to pass over
	Embed        string        `yaml:"embed"`        // states of a model are the only column and what it was before: auto, or DIMENSION:LAG with the lag in rows, such as 3:5; "" = the columns are the states
	Components   int           `yaml:"components"`   // states of a model are so many principal components of the columns, for very many columns such as pixels; 0 = the columns are the states
	RowStep      float64       `yaml:"row_step"`     // distance of the rows of a file without a time column; 0 = there is one
	Dates        string        `yaml:"dates"`        // day-first or month-first; "" = what all rows say
	Timezone     string        `yaml:"timezone"`     // zone of times without an offset, such as Europe/Berlin; "" = UTC
	Decimal      string        `yaml:"decimal"`      // comma, point, or either of the two; "" = what the rows say
	Missing      []string      `yaml:"missing"`      // numbers and words that stand for a missing value, beside the usual ones
	Duplicates   string        `yaml:"duplicates"`   // rows at the same time: mean, first, shift or error; "" = an error
	Sort         bool          `yaml:"sort"`         // put the rows of each recording in the order of time
	Layout       string        `yaml:"layout"`       // dosing: a row is one dose or one observation (ID, TIME, DV, AMT, EVID, …); plain: it is not; "" = what the names of columns say
	Compartments []string      `yaml:"compartments"` // states by their numbers in CMT, from 1 on, where layout is dosing; empty: the order of the equations
	Limit        time.Duration `yaml:"limit"`        // wall clock; 0 = none
	Band         string        `yaml:"band"`         // shown around forecasts: predictive, fit or none
	Memory       Bytes         `yaml:"memory"`       // that the process may take; 0 = what suits the machine
}

// Columns are the options for reading the data.
func (c *Config) Columns() data.ReadOptions {
	states := c.States
	if len(c.Targets) > 0 {
		states = c.Targets
	}
	inputs := c.Inputs
	o := data.ReadOptions{Layout: c.Layout, Compartments: c.Compartments}
	if e, ok := c.Model.(*field.Equations); ok {
		for _, column := range slices.Concat(e.DoseColumns(), slices.Sorted(maps.Keys(e.Infusions))) {
			if !slices.Contains(inputs, column) {
				inputs = append(slices.Clone(inputs), column)
			}
		}
		o = Dosing(e, o)
	}
	embed, _ := data.ParseEmbedding(c.Embed) // of auto nothing is known yet
	o.Embed, o.File, o.Time, o.ID, o.Label, o.States, o.Inputs, o.Ignore = embed, c.Data.String(), c.Time, c.ID, c.Label, states, inputs, c.Ignore
	o.Step, o.Dates, o.Timezone, o.Decimal, o.Duplicates, o.Sort, o.Missing = c.RowStep, c.Dates, c.Timezone, c.Decimal, c.Duplicates, c.Sort, c.Missing
	return o
}

// Dosing adds to options what equations say of a table of doses: their names, and the numbers of
// states where nothing else says them.
func Dosing(e *field.Equations, o data.ReadOptions) data.ReadOptions {
	if o.Compartments == nil {
		o.Compartments = e.Compartments()
	}
	o.Observed, o.Uses = slices.Sorted(maps.Keys(e.Observe)), e.Uses()
	return o
}

// Given takes the columns of amounts and rates into the equations, which a table of doses was turned
// into, and tells where there are none. Its errors are for the user.
func (c *Config) Given(o *data.ReadOptions, note func(text string)) error {
	e, ok := c.Model.(*field.Equations)
	if ok {
		known := e.Compartments()
		for _, name := range c.Compartments {
			if known != nil && !slices.Contains(known, name) {
				return fmt.Errorf("compartments=%s: there is no state %s; the equations move %s", strings.Join(c.Compartments, ","), name, strings.Join(known, ", "))
			}
		}
	}
	if len(o.Dosings) == 0 {
		return nil
	}
	if !ok {
		note("doses act on equations; say which in a file: " + c.Data.String() + " model=equations.yaml")
		return nil
	}
	amounts, rates := map[string]string{}, map[string]string{}
	impulses := model.Impulses(c.Settings.Hold, nil)
	for _, d := range o.Dosings {
		switch {
		case d.Compartment > len(o.Compartments):
			return fmt.Errorf("%s: doses go into compartment %d, but there are %d: %s; compartments=NAME,NAME,… names states by their numbers",
				c.Data, d.Compartment, len(o.Compartments), strings.Join(o.Compartments, ", "))
		case d.Rate:
			rates[d.Column] = o.Compartments[d.Compartment-1]
			if _, said := e.Infusions[d.Column]; !said && !strings.Contains(c.Settings.Hold, d.Column+":") {
				c.Settings.Hold = strings.TrimPrefix(strings.Replace(","+c.Settings.Hold, ",auto", "", 1)+","+d.Column+":zero", ",")
			}
		case !slices.Contains(impulses, d.Column):
			amounts[d.Column] = o.Compartments[d.Compartment-1]
		}
	}
	c.Model, c.Layout, c.Compartments = e.Dosed(amounts, rates), data.LayoutDosing, o.Compartments
	return nil
}

// Resolve writes down the columns that were guessed when s was read.
func (c *Config) Resolve(s *data.Series) {
	given := c.States
	if len(c.Targets) > 0 {
		given = c.Targets
	}
	c.Time, c.States, c.Inputs, c.Targets = s.Time, s.Names, s.Inputs, nil
	if s.Components != nil { // all columns, unless some were named
		c.States = given
	}
	if s.Embedding != nil {
		c.States = s.Names[:1]
	}
}

// The choices of someone who makes none, and the model of someone who names
// only a method.
const (
	autoMethod = "auto"
	autoModel  = "poly-mlp"
	plainModel = "mlp"

	encoderModel, encoderMethod = "encoder", "truncated"
	latentModel, labelModel     = "latent", "classifier"
	embedMethod                 = "random-features"
)

// AutoEmbed asks for the delays of embed= to be chosen.
const AutoEmbed = "auto"

// New returns the defaults: the automatic method and its black box.
func newDefaults() *Config {
	return &Config{Input: Input{Band: data.BandPredictive}, Settings: train.DefaultSettings(), MethodName: autoMethod, ModelName: autoModel}
}

// Load returns the configuration of a YAML text (may be nil), called file in
// messages, changed by key=value arguments, of which the first is number
// argument from on the command line. The error, if any, is of type Errors.
func Load(file string, text []byte, args []string, from int) (*Config, error) {
	c, d := newDefaults(), &decoder{places: map[string]Place{}}
	c.source, c.places = file, d.places
	var layers []*node
	if text != nil {
		n, err := parse(Place{File: file}, text)
		switch {
		case err != nil:
			return nil, Errors{err}
		case n.kind != table && n.kind != empty:
			return nil, Errors{wrong(n.at, "a configuration is a table of keys such as \"data: file.csv\"; this is %s", n.kind)}
		}
		layers = append(layers, n)
	}
	for i, arg := range args {
		n, err := argument(arg, from+i)
		if err != nil {
			d.errs = append(d.errs, err)
			continue
		}
		layers = append(layers, n)
	}
	c.layers(d, layers)
	if len(d.errs) > 0 {
		return nil, d.errs
	}
	if text != nil && !dataIsArgument(layers) {
		c.Data = c.Data.within(filepath.Dir(file))
	}
	return c, nil
}

// layers puts settings over the defaults, the last ones winning.
func (c *Config) layers(d *decoder, layers []*node) {
	for i := range layers {
		badShare(d, layers[i])
		layers[i] = heldout(layers[i])
	}
	c.choose(d, layers)
	if c.Model != nil && c.Method != nil {
		for _, n := range layers {
			c.apply(d, n)
		}
	} else {
		for _, n := range layers {
			c.strange(d, n)
		}
	}
	c.known(d)
	c.impulses(d)
	c.useless(d)
	c.twofold(d)
}

// impulses tells equations which inputs are amounts that are delivered at their rows.
func (c *Config) impulses(d *decoder) {
	if len(d.errs) > 0 || c.Model == nil {
		return
	}
	m, err := c.Settings.WithImpulses(c.Model, c.Inputs)
	if err != nil {
		d.fail(d.places["hold"], "%v", err)
		return
	}
	c.Model = m
}

// known makes initial=known of start= alone.
func (c *Config) known(d *decoder) {
	if len(c.Start) == 0 {
		return
	}
	if at, ok := d.places["initial"]; !ok {
		c.Initial = "known"
	} else if c.Initial != "known" {
		d.fail(at, "initial=%s: start= gives the initial state, which means initial=known; leave one of the two out", c.Initial)
	}
}

// dataIsArgument tells that data= stands on the command line, where it is
// relative to the working directory.
func dataIsArgument(layers []*node) bool {
	for _, n := range layers {
		if v := n.look("data"); v != nil && v.at.Arg > 0 {
			return true
		}
	}
	return false
}

// YAML writes all values, defaults included, so that Load of the text from
// the folder dir gives the same configuration.
func (c *Config) YAML(dir string) ([]byte, error) {
	input := c.Input
	input.Data = c.Data.seenFrom(dir)
	var out yaml.MapSlice
	for _, item := range plainTable(entries(reflect.ValueOf(input))) {
		if item.Key != "memory" || c.Memory > 0 { // what suits this machine may not suit the next
			out = append(out, item)
		}
	}
	out = append(out, yaml.MapItem{Key: "model", Value: section(c.ModelName, c.Model)})
	out = append(out, yaml.MapItem{Key: "method", Value: section(c.MethodName, c.Method)})
	for _, item := range plainTable(entries(reflect.ValueOf(c.Settings))) {
		if said, ok := item.Value.(yaml.MapSlice); !ok || said != nil { // of the noise mostly nothing is said
			out = append(out, item)
		}
	}
	text, err := yaml.MarshalWithOptions(out, yaml.Flow(false), yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("the configuration cannot be written: %w", err)
	}
	return text, nil
}

// Identity writes all that the result of a fit depends on, beside the
// contents of the data, in one fixed form.
func (c *Config) Identity() ([]byte, error) {
	same := *c
	same.Data, same.Limit, same.Memory, same.Solver.Threads = nil, 0, 0, 0
	return same.YAML(".")
}

func section(name string, v any) yaml.MapSlice {
	return append(yaml.MapSlice{{Key: "name", Value: name}}, plainTable(entries(reflect.ValueOf(v)))...)
}
