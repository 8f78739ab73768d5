package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model"
)

// Profile is the likelihood along one parameter or learnt start, all others
// fitted anew at every point.
type Profile struct {
	model.Estimate
	At     []float64   // values, user units, ascending; the estimate is one of them
	Worse  []float64   // −2 log likelihood above its minimum at each
	Others [][]float64 // all parameters at each, in the order of Profiles.Names, user units
	// Low and High say how each side ended: "crossed" at what three standard
	// deviations are worth, "open" as far as was looked, or "broken". Where it is as
	// much worse as two of them are worth, Lo and Hi are the interval of 95 %, each NaN where
	// the profile does not come so far.
	Low, High string
}

// Profiles are those of the parameters of a model, and what is determined of them.
type Profiles struct {
	Names       []string // of all parameters
	List        []Profile
	Determined  []string
	Convergence Convergence
}

// Profiles makes the profile likelihoods of the named parameter or start of a
// model of p, or of all parameters if name is empty. The model is taken to the
// minimum first, every column weighed by its noise. stop ends the work early.
//
// Source: Raue et al., Bioinformatics 25 (2009) 1923–1929.
func (p *Problem) Profiles(m *model.Model, name string, stop func() bool) (*Profiles, error) {
	if !p.parametric() {
		return nil, errors.New("profiles are for equations without networks, whose every number has a name")
	}
	if !p.squares() {
		return nil, fmt.Errorf("profiles are of the likelihood of normal noise, which loss=%s does not minimise; fit with loss=squared", p.Loss)
	}
	if stop == nil {
		stop = func() bool { return false }
	}
	segs, z := p.wholes(m)
	e, err := newEstimator(p, segs, math.MaxInt, stop)
	if err != nil {
		return nil, err
	}
	out := &Profiles{}
	for range 4 {
		if out.Convergence = e.polish(z); math.IsNaN(out.Convergence.Gradient) {
			return nil, fmt.Errorf("the model cannot be followed along the data: %s", out.Convergence.Why)
		}
		better, err := e.profiles(out, z, name)
		if err != nil || better == nil {
			return out, err
		}
		copy(z, better)
	}
	return out, nil
}

// profiles fills in out; better is a fit found on the way that is better than z.
func (e *estimator) profiles(out *Profiles, z []float64, name string) (better []float64, err error) {
	u := e.uncertainty(z)
	if u == nil {
		return nil, errors.New("the model cannot be followed along the data")
	}
	parameters, starts := e.told(z)
	out.Names, out.List, out.Determined = nil, nil, u.combinations()
	at := map[string]int{}
	var known []string
	for i, a := range parameters {
		out.Names = append(out.Names, a.Name)
		at[a.Name], known = e.p.Parts.Named[i].Theta, append(known, a.Name)
	}
	for i, a := range starts {
		if a.Of != "" {
			a.Name += " of " + a.Of
		}
		starts[i] = a
		at[a.Name], known = e.startAt(i), append(known, a.Name)
	}
	list := parameters
	if name != "" {
		i := slices.IndexFunc(slices.Concat(parameters, starts), func(a model.Estimate) bool { return a.Name == name })
		if i < 0 {
			return nil, &registry.UnknownError{Kind: "parameter or start", Name: name, Known: known}
		}
		list = slices.Concat(parameters, starts)[i : i+1]
	}
	for _, a := range list {
		one, better := u.whole(a, at[a.Name])
		if better != nil {
			return better, nil
		}
		out.List = append(out.List, *one)
	}
	return nil, nil
}

// whole is the profile of unknown j to both sides.
func (u *uncertainty) whole(a model.Estimate, j int) (*Profile, []float64) {
	profiled := 0
	if better := u.judge(&a, j, &profiled); better != nil {
		return nil, better
	}
	out := &Profile{Estimate: a}
	type point struct {
		at, worse float64
		others    []float64
	}
	all := []point{{a.Value, 0, u.e.parameterValues(u.z)}}
	ends, limits := [2]string{}, [2]float64{}
	for i, side := range []float64{-1, 1} {
		points, end, better := u.profile(j, side, shownWorse)
		if better != nil {
			return nil, better
		}
		ends[i] = [...]string{"crossed", "open", "broken"}[end]
		limits[i] = u.value(j, u.crossing(j, points, u.limitWorse(j)))
		for _, p := range points {
			all = append(all, point{u.value(j, p.q), p.worse, u.e.parameterValues(p.at)})
		}
	}
	if u.value(j, u.coords[j].of(u.z[j])+1e-3) < a.Value { // varied the other way round
		ends[0], ends[1] = ends[1], ends[0]
		limits[0], limits[1] = limits[1], limits[0]
	}
	out.Lo, out.Hi = limits[0], limits[1]
	if _, ok := strings.CutPrefix(out.Note, undetermined); ok && isNumber(out.Lo) && isNumber(out.Hi) {
		out.Note = "hardly determined: other unknowns make up for much of it"
	}
	slices.SortStableFunc(all, func(a, b point) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	for _, p := range all {
		out.At, out.Worse, out.Others = append(out.At, p.at), append(out.Worse, p.worse), append(out.Others, p.others)
	}
	out.Low, out.High = ends[0], ends[1]
	return out, nil
}

// limitWorse is how much worse the limits of 95 % of unknown j are: more where columns are
// noisier than they are weighed.
func (u *uncertainty) limitWorse(j int) float64 {
	if u.noise == nil || u.place[j] < 0 {
		return profileWorse
	}
	return profileWorse * math.Pow(u.sd(j)/u.plain().sd(j), 2)
}

// shownWorse is how much worse a profile that is drawn becomes: three standard
// deviations.
const shownWorse = 9

// parameterValues are all parameters at z, user units.
func (e *estimator) parameterValues(z []float64) []float64 {
	var out []float64
	for k := range e.p.Parts.Named {
		q := &e.p.Parts.Named[k]
		v, _ := q.Value(z[q.Theta])
		out = append(out, v)
	}
	return out
}
