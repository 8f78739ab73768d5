package train

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// CheckpointLayout is the layout of the checkpoints that this version writes and
// reads. It grows when what a name stands for changes.
const CheckpointLayout = 2

// Checkpoint is the state of a method between two iterations, one envelope for all of
// them. What only one method knows are named numbers.
type Checkpoint struct {
	Layout      int       `json:"layout"` // of this envelope; see CheckpointLayout
	Method      string    `json:"method"`
	Stage       int       `json:"stage"`
	K           int       `json:"k"`
	Evaluations int       `json:"evaluations"`        // of the field, so far
	Z           Numbers   `json:"unknowns"`           // a lane a member
	Best        []Iterate `json:"iterates,omitempty"` // of each member the best so far by the rule of keep
	// Parts are what the method needs to know beside, by name.
	Parts  map[string]Numbers `json:"parts,omitempty"`
	Nested []*Checkpoint      `json:"nested,omitempty"` // of the methods a method holds, or of what it tries
	Words  []string           `json:"words,omitempty"`  // what the method has said of how it came here
	// Of method collocation, once it has begun.
	Collocated []*Collocated `json:"collocated,omitempty"`
	// Of one of several methods that work at the same time: its events that
	// wait for those of others, and how many since this state have been told.
	Later []Event `json:"later,omitempty"`
	Told  int     `json:"told,omitempty"`
}

// Iterate is one worth keeping.
type Iterate struct {
	K     int     `json:"k"` // −1: there is none
	Score float64 `json:"score"`
	Z     Numbers `json:"unknowns"`
}

// nowhere is the iterate of a member that has none yet.
func nowhere() Iterate { return Iterate{K: -1} }

// Numbers are kept bit for bit as JSON, NaN and infinities too: as base64 of their
// little-endian bytes. nil stays nil.
type Numbers []float64

// MarshalJSON implements json.Marshaler.
func (n Numbers) MarshalJSON() ([]byte, error) {
	if n == nil {
		return []byte("null"), nil
	}
	raw := make([]byte, 0, 8*len(n))
	for _, v := range n {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	}
	return json.Marshal(base64.StdEncoding.EncodeToString(raw))
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Numbers) UnmarshalJSON(text []byte) error {
	var s *string
	if err := json.Unmarshal(text, &s); err != nil || s == nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(*s)
	if err != nil || len(raw)%8 != 0 {
		return errors.New("numbers are damaged")
	}
	*n = make(Numbers, len(raw)/8)
	for i := range *n {
		(*n)[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return nil
}

// Older is the error for a checkpoint of another layout.
func (c *Checkpoint) Older() error {
	switch {
	case c.Layout > CheckpointLayout:
		return errors.New("the checkpoint was written by a newer version of the program; go on with that one, or begin the fit again")
	case c.Layout < CheckpointLayout:
		return errors.New("the checkpoint was written by an earlier version of the program and cannot be gone on from; go on with that one, or begin the fit again")
	}
	return nil
}

// of reports that a checkpoint is of something else than the method, a sentence for
// the user.
func (c *Checkpoint) of(method string) error {
	if err := c.Older(); err != nil {
		return err
	}
	if c.Method != method {
		return fmt.Errorf("the checkpoint is of method %q, not %q", c.Method, method)
	}
	return nil
}

// newCheckpoint is an envelope with nothing but its labels.
func newCheckpoint(method string, stage, k int) *Checkpoint {
	return &Checkpoint{Layout: CheckpointLayout, Method: method, Stage: stage, K: k, Parts: map[string]Numbers{}}
}

// put stores a copy of numbers under a name.
func (c *Checkpoint) put(name string, v ...float64) {
	c.Parts[name] = append(Numbers{}, v...)
}

// errMisfit says that a checkpoint is not of this problem.
var errMisfit = errors.New("the checkpoint does not fit: it is of another model, other recordings, another number of members or other settings of the method")

// take copies the numbers of a name to dst; an error if there are not as many.
func (c *Checkpoint) take(name string, dst []float64) error {
	if len(c.Parts[name]) != len(dst) {
		return errMisfit
	}
	copy(dst, c.Parts[name])
	return nil
}

// takeAll takes several parts, by name, and returns the first error.
func (c *Checkpoint) takeAll(parts map[string][]float64) error {
	for name, dst := range parts {
		if err := c.take(name, dst); err != nil {
			return err
		}
	}
	return nil
}
