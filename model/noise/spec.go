package noise

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Spec is what people write of the noise of a column: a kind, and the numbers of it that are not
// to be learnt, as in "proportional", "student:4" or "mixed:sd=0.1,part=0.2". In a file it may be a
// mapping, {student: 4}, {sd: 0.1} or {mixed: {part: 0.2}}.
type Spec string

// requiring kinds have numbers that must be given, the first of their own.
type requiring interface {
	Required() int
}

// Column is the noise of a column of data.
type Column struct {
	Kind    string   `json:"kind"`
	Numbers []Number `json:"numbers,omitempty"`
	// Limit is that of quantification: values not above it are not known. nil: all are.
	Limit *float64 `json:"limit,omitempty"`
}

// Number is one of the own numbers of a kind of noise.
type Number struct {
	Name  string   `json:"name"`
	Value float64  `json:"value"`
	SD    *float64 `json:"sd,omitempty"` // standard error; nil: not known
	Given bool     `json:"given,omitempty"`
}

// UnmarshalJSON reads a text, a number (the standard deviation) or an object.
func (s *Spec) UnmarshalJSON(text []byte) error {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	switch v := value.(type) {
	case string:
		*s = Spec(v)
	case float64:
		*s = Spec(fmt.Sprintf("constant:%v", v))
	case map[string]any:
		if len(v) != 1 {
			return errors.New("one kind of noise is needed, such as proportional, {student: 4} or {sd: 0.1}")
		}
		for name, of := range v {
			if name == "sd" {
				name, of = "constant", map[string]any{"sd": of}
			}
			*s = Spec(name)
			if err := s.give(of); err != nil {
				return err
			}
		}
	default:
		return errors.New("it is a kind of noise, such as proportional, {student: 4} or {sd: 0.1}")
	}
	return nil
}

// give adds the numbers that an object or a value has.
func (s *Spec) give(of any) error {
	switch v := of.(type) {
	case nil:
	case float64:
		*s += Spec(fmt.Sprintf(":%v", v))
	case map[string]any:
		var parts []string
		for name, x := range v {
			number, ok := x.(float64)
			if !ok {
				return fmt.Errorf("%s: %v is not a number", name, x)
			}
			parts = append(parts, fmt.Sprintf("%s=%v", name, number))
		}
		slices.Sort(parts)
		if len(parts) > 0 {
			*s += Spec(":" + strings.Join(parts, ","))
		}
	default:
		return fmt.Errorf("%v is not a number", v)
	}
	return nil
}

// Parse is the noise that s stands for; numbers to be learnt are not a number yet. Its errors are
// for the user.
func (s Spec) Parse() (*Column, error) {
	name, given, _ := strings.Cut(string(s), ":")
	kind, err := Kinds.Lookup(name)
	if err != nil {
		return nil, err
	}
	c := &Column{Kind: name}
	for _, own := range kind.Own() {
		c.Numbers = append(c.Numbers, Number{Name: own, Value: math.NaN()})
	}
	if given != "" {
		for i, part := range strings.Split(given, ",") {
			if err := c.give(i, part); err != nil {
				return nil, err
			}
		}
	}
	if r, ok := kind.(requiring); ok {
		for _, n := range c.Numbers[:r.Required()] {
			if !n.Given {
				return nil, fmt.Errorf("%s needs its %s, as in {%s: 4}", name, n.Name, name)
			}
		}
	}
	return c, nil
}

// give reads the i-th of the numbers behind a kind, with its name or without.
func (c *Column) give(i int, text string) error {
	name, value, named := strings.Cut(text, "=")
	if !named {
		name, value = "", text
		if i < len(c.Numbers) {
			name = c.Numbers[i].Name
		}
	}
	at := slices.IndexFunc(c.Numbers, func(n Number) bool { return n.Name == strings.TrimSpace(name) })
	if at < 0 {
		var names []string
		for _, n := range c.Numbers {
			names = append(names, n.Name)
		}
		if len(names) == 0 {
			return fmt.Errorf("%s takes no number", c.Kind)
		}
		return fmt.Errorf("%s has no number %q; it has %s", c.Kind, text, strings.Join(names, ", "))
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(v > 0) || math.IsInf(v, 1) {
		return fmt.Errorf("%s: %s is %q; it must be a number above 0", c.Kind, c.Numbers[at].Name, value)
	}
	c.Numbers[at].Value, c.Numbers[at].Given = v, true
	if name := c.Numbers[at].Name; name == freedom && !(v >= leastFreedom && v <= mostFreedom) {
		return fmt.Errorf("%s: %s is %g; it is from %g to %g, and with more the noise is constant", c.Kind, name, v, leastFreedom, mostFreedom)
	}
	return nil
}

// Degrees of freedom. Below, tails are heavier than floating-point numbers reach; above,
// Student's distribution is the normal one to more digits than its gamma functions have.
const (
	freedom      = "freedom"
	leastFreedom = 0.1
	mostFreedom  = 1e6
)

// Fits says why numbers that are given cannot be those of a column whose values are so large; "" if
// they can.
func (c *Column) Fits(largest float64) string {
	const least, most = 1e-12, 1e6
	for _, n := range c.Numbers {
		of := 1.0
		if n.Name == "sd" || n.Name == "scale" {
			of = largest
		}
		switch {
		case !n.Given || n.Name == freedom:
		case n.Value > most*of:
			return fmt.Sprintf("%s is %g, beside which values say nothing; it is at most %.3g here", n.Name, n.Value, most*of)
		case n.Value < least*of:
			return fmt.Sprintf("%s is %g, closer than values are computed; it is at least %.3g here", n.Name, n.Value, least*of)
		}
	}
	return ""
}

// Least is what the i-th number is at least, as nothing tells it from zero below: a part of the
// unit of the column, or of one.
func (c *Column) Least(i int, unit float64) float64 {
	const part = 1e-5
	if name := c.Numbers[i].Name; name == "sd" || name == "scale" {
		return part * unit
	}
	return part
}

// Own are the values of its numbers.
func (c *Column) Own() []float64 {
	var own []float64
	for _, n := range c.Numbers {
		own = append(own, n.Value)
	}
	return own
}

// Check reports noise that was read and is none.
func (c *Column) Check() error {
	kind, err := Kinds.Lookup(c.Kind)
	if err != nil {
		return err
	}
	names := kind.Own()
	ok := len(names) == len(c.Numbers) && (c.Limit == nil || !math.IsNaN(*c.Limit))
	for i := 0; ok && i < len(names); i++ {
		v := c.Numbers[i].Value
		ok = c.Numbers[i].Name == names[i] && v > 0 && !math.IsInf(v, 1) && (names[i] != freedom || v >= leastFreedom && v <= mostFreedom)
	}
	if !ok {
		return fmt.Errorf("the noise %s has not the numbers it needs", c.Kind)
	}
	return nil
}

// String says what it is, with its numbers as far as they are known.
func (c *Column) String() string {
	var parts []string
	for _, n := range c.Numbers {
		switch {
		case math.IsNaN(n.Value):
			parts = append(parts, n.Name+" learnt")
		case n.SD != nil:
			parts = append(parts, fmt.Sprintf("%s %.4g ± %.2g", n.Name, n.Value, *n.SD))
		case n.Given:
			parts = append(parts, fmt.Sprintf("%s %.4g, given", n.Name, n.Value))
		default:
			parts = append(parts, fmt.Sprintf("%s %.4g", n.Name, n.Value))
		}
	}
	if c.Limit != nil {
		parts = append(parts, fmt.Sprintf("censored at or below %g", *c.Limit))
	}
	if len(parts) == 0 {
		return c.Kind
	}
	return c.Kind + " (" + strings.Join(parts, "; ") + ")"
}

// Scores sets a score to what a value costs where mu is predicted, with the numbers of the column; it
// has work space of its own. It is nil where least squares say the same: of constant noise that
// is not censored, and of a column that is not known.
func (c *Column) Scores() func(s *Score, y, mu float64) {
	if c == nil || c.Kind == "constant" && c.Limit == nil {
		return nil
	}
	kind, err := Kinds.Lookup(c.Kind)
	if err != nil {
		return nil
	}
	own, at := c.Own(), Scorer(kind.At)
	if able, ok := kind.(Censoring); ok && c.Limit != nil {
		at = (&Limited{Kind: able, Limit: *c.Limit}).At
	}
	return func(s *Score, y, mu float64) { at(s, y, mu, own) }
}
