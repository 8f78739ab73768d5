package train

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// spaced makes rows of a variant's kind at equal times, as neighbours need them.
func spaced(states, inputs, recs int) []data.Series {
	all := gappy(states, inputs, recs)
	for rec := range all {
		s := &all[rec]
		for k := range s.T {
			s.T[k] = 2.5*float64(rec) - 1 + 0.2*float64(k)
			for c := range s.Names {
				if v := s.Row(k); math.IsNaN(v[c]) && k%4 > 0 {
					v[c] = 10*float64(c) + math.Sin(s.T[k]*float64(c+1))
				}
			}
		}
	}
	return all
}

func neighbourly(t *testing.T, p *Problem, members int, change func(*Neighbourhood)) (*neighbourhoodLoss, []float64) {
	t.Helper()
	h := defaults(t, "neighbourhood").(*Neighbourhood)
	h.Batch, h.Neighbours, h.Draw, h.Ahead, h.Theiler, h.Apart = 3, 4, 4, 3, 2, 0
	change(h)
	if err := h.check(p); err != nil {
		t.Fatal(err)
	}
	o, err := newNeighbourhoodLoss(p, members, h, p.measurements(h.Raw))
	if err != nil {
		t.Fatal(err)
	}
	return o, shotUnknowns(t, p, members, o.Size())
}

func TestNeighbourhoodGradientsAgreeWithDifferences(t *testing.T) {
	problems := map[string]*Problem{
		"one recording": mustProblem(t, spaced(2, 0, 1), tinyNet(0, false), fixedSteps),
		"inputs":        mustProblem(t, spaced(3, 2, 2), tinyNet(0, true), fixedSteps),
	}
	for name, p := range problems {
		for _, term := range neighbourTerms {
			for _, distance := range []string{"mmd", "sliced"} {
				if distance == "sliced" && term != "cloud" {
					continue
				}
				for _, members := range []int{1, 3} {
					t.Run(name+" "+term+" "+distance, func(t *testing.T) {
						o, z := neighbourly(t, p, members, func(h *Neighbourhood) { h.Term, h.Distance, h.Single = term, distance, members > 1 && term != "cloud" })
						plain := o.term
						o.term = nil
						without := o.Eval(nil, z, 0).Value
						o.term = plain
						if with := o.Eval(nil, z, 0).Value; term != "none" && !(with > without*1.0001) {
							t.Fatalf("the term adds nothing: %g", with)
						}
						checkGradient(t, o, z, 2*members-1)
					})
				}
			}
		}
	}
}

// rotation is a recording of many turns of a linear system at slightly different
// amplitudes: what becomes of neighbours is exactly linear.
func rotation(n int) data.Series {
	s := data.Series{Names: []string{"x", "y"}, Units: []string{"", ""}, Time: "t"}
	for k := range n {
		t := 0.1 * float64(k)
		r := math.Exp(-0.01 * t)
		s.T, s.X = append(s.T, t), append(s.X, r*math.Cos(t), r*math.Sin(t))
	}
	return s
}

// Of the true field every term is zero where it is exact: the first-order ones of a
// linear field, the others of any.
func TestTermsVanishAtTheTruth(t *testing.T) {
	linear := mustProblem(t, []data.Series{rotation(400)}, &field.TermLibrary{Degree: 1, Power: 1}, func(s *Settings) { s.Scale, s.Heldout = "none", 0 })
	truth := make([]float64, linear.ofRecordings().size())
	l := linear.Parts.Layers[0]
	copy(truth[l.W:], []float64{-0.01, -1, 1, -0.01})
	for _, term := range neighbourTerms {
		o, _ := neighbourly(t, linear, 1, func(h *Neighbourhood) { h.Term, h.Raw, h.Neighbours, h.Ahead = term, true, 6, 5 })
		copy(truth[len(linear.Parts.Theta0):], linear.startGuess()[0])
		if v := o.Eval(nil, truth, 3).Value; v > 1e-9 {
			t.Errorf("%s: %g at the true field", term, v)
		}
		wrong := append([]float64{}, truth...)
		wrong[l.W] += 0.3
		if v := o.Eval(nil, wrong, 3).Value; v < 1e-4 {
			t.Errorf("%s: %g at another field", term, v)
		}
	}
}

// TestNeighboursAreFollowedInStep: their rows lie as far apart, to a hundredth, in whatever unit of time.
func TestNeighboursAreFollowedInStep(t *testing.T) {
	p := mustProblem(t, spaced(2, 0, 2), tinyNet(0, false), fixedSteps)
	o, _ := neighbourly(t, p, 1, func(*Neighbourhood) {})
	for _, unit := range []float64{0.01, 1, 100} {
		for off, want := range map[float64]bool{0: true, 0.005: true, 0.02: false} {
			o.b.rows = []measured{{t: []float64{unit, 2 * unit}}, {t: []float64{5 * unit, (6 + off) * unit}}}
			if got := o.inStep(place{0, 0}, place{1, 0}, 0); got != want {
				t.Errorf("a step %g longer in the unit %g: %v", off, unit, got)
			}
		}
	}
	if o.inStep(place{0, 0}, place{1, 0}, 1) {
		t.Error("behind the last row nothing is in step")
	}
}

// TestTermsOfSecondOrderAreOfSecondOrder: at the true law of a field that bends they leave a small part of what those of first
// order leave.
func TestTermsOfSecondOrderAreOfSecondOrder(t *testing.T) {
	p := mustProblem(t, []data.Series{lorenzRows(t, 1500, 0.02)}, &field.TermLibrary{Degree: 2, Power: 1}, func(s *Settings) { s.Scale, s.Heldout = "none", 0 })
	left := map[string]float64{}
	for _, term := range []string{"linear", "second-order"} {
		o, z := neighbourly(t, p, 1, func(h *Neighbourhood) {
			h.Term, h.Raw, h.Neighbours, h.Ahead, h.Batch, h.Theiler = term, true, 6, 4, 8, 20
		})
		copy(z, lorenzLaw(p))
		copy(z[len(p.Parts.Theta0):], p.startGuess()[0])
		o.weight = 1
		with := o.Eval(nil, z, 3).Value
		o.term = nil
		left[term] = with - o.Eval(nil, z, 3).Value
	}
	if first, second := left["linear"], left["second-order"]; !(second < first/4) {
		t.Errorf("of first order %g is left, of second %g", first, second)
	}
}

// Neighbours are those of a brute-force search: not of the same passage, not nearer
// than noise.
func TestNeighboursAreThoseOfOtherPassages(t *testing.T) {
	p := mustProblem(t, []data.Series{rotation(300), rotation(120)}, tinyNet(0, false), func(s *Settings) { s.Heldout = 0 })
	all := p.measurements(true)
	const theiler, least, k = 9, 0.02, 7
	n := newNeighbours(all, 2, 5, theiler, least, false)
	single := newNeighbours(all, 2, 5, theiler, least, true)
	for _, at := range []place{{0, 0}, {0, 150}, {1, 60}} {
		var want []float64
		for rec := range all {
			for row := range len(all[rec].t) - 5 {
				d := math.Sqrt(num.Square(n.state(at), n.state(place{rec, row})))
				if d >= least && (rec != at.rec || row-at.row > theiler || at.row-row > theiler) {
					want = append(want, d)
				}
			}
		}
		slices.Sort(want)
		for i, v := range n.of(at, k) {
			if differs(math.Sqrt(v.Square), want[i], 1e-12) {
				t.Errorf("neighbour %d of %v is %g away, by all distances %g", i, at, math.Sqrt(v.Square), want[i])
			}
		}
		kept := single.of(at, k)
		for i, v := range kept {
			for _, o := range kept[:i] {
				a, b := single.at[v.Index], single.at[o.Index]
				if a.rec == b.rec && a.row-b.row <= theiler && b.row-a.row <= theiler {
					t.Errorf("%v and %v are of one passage", a, b)
				}
			}
		}
	}
	if m := likeRows(all, 2); m < 9 || m > 14 { // cos falls to 1/e after 1.19
		t.Errorf("rows are alike for %d rows of 0.1; a turn takes 2π", m)
	}
}

func TestNeighbourhoodTellsItsBiasAndRefuses(t *testing.T) {
	p := mustProblem(t, []data.Series{rotation(120)}, tinyNet(0, false), func(s *Settings) { s.Budget = 3 })
	h := defaults(t, "neighbourhood").(*Neighbourhood)
	h.Term, h.Batch, h.Neighbours = "linear", 2, 3
	if r := fitted(t, h, p); !strings.Contains(strings.Join(r.Warnings, "\n"), "second order") {
		t.Errorf("nothing is said of what the linear term leaves out: %q", r.Warnings)
	}
	for text, change := range map[string]func(*Neighbourhood){
		"term":         func(h *Neighbourhood) { h.Term = "cubic" },
		"distance":     func(h *Neighbourhood) { h.Distance = "l2" },
		"neighbours=0": func(h *Neighbourhood) { h.Neighbours = 0 },
		"weight=-1":    func(h *Neighbourhood) { h.Weight = -1 },
		"apart=-1":     func(h *Neighbourhood) { h.Apart = -1 },
		"batch=-1":     func(h *Neighbourhood) { h.Batch = -1 },
		"theiler=-1":   func(h *Neighbourhood) { h.Theiler = -1 },
	} {
		h := defaults(t, "neighbourhood").(*Neighbourhood)
		change(h)
		if _, err := h.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What is remembered of a search is what a search finds, also when the caller has put
// the list into another order, and when there is no room left.
func TestRememberedNeighboursAreThoseFound(t *testing.T) {
	p := mustProblem(t, spaced(2, 0, 2), tinyNet(0, false), fixedSteps)
	all := p.measurements(false)
	for _, room := range []int{mostKnown, 10} {
		a, b := newNeighbours(all, 2, 2, 2, 0, false), newNeighbours(all, 2, 2, 2, 0, false)
		a.room = room
		for range 2 {
			for _, at := range a.at {
				got, want := a.again(at, 4), b.of(at, 4)
				if !slices.Equal(got, want) {
					t.Fatalf("room for %d: %v instead of %v", room, got, want)
				}
				slices.Reverse(got)
			}
		}
	}
}
