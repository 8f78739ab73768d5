package train

import "github.com/entrain-dev/entrain/field"

// unknowns is how what a member learns lies in its vector z: θ, then the starts of
// trajectories if they are learnt, a state each, then what a method adds. Where
// several members are fitted together z is a batch with a lane each, whose rows are
// these places; see field.Batch.
type unknowns struct {
	theta  int // entries of θ
	states int // numbers of a start
	starts int // how many are learnt; 0: they are given
	added  int // numbers of the method, behind the starts
}

// unknowns are those of a fit whose trajectories have so many starts.
func (p *Problem) unknowns(starts int) unknowns {
	u := unknowns{theta: len(p.Parts.Theta0), states: len(p.Parts.Frame.States), starts: starts}
	if !p.learnsStarts() {
		u.starts = 0
	}
	return u
}

// ofRecordings are the unknowns of trajectories that start once in each recording:
// what a model file keeps, and what every method begins with.
func (p *Problem) ofRecordings() unknowns { return p.unknowns(len(p.Train)) }

// ofSegments are the unknowns of trajectories that start in each segment.
func (p *Problem) ofSegments(segs []segment) unknowns { return p.unknowns(len(segs)) }

// size is how many numbers there are.
func (u unknowns) size() int { return u.start(u.starts) + u.added }

// start is the place of the i-th start. The one behind the last is where what the
// method adds begins.
func (u unknowns) start(i int) int { return u.theta + i*u.states }

// state is which state of a start stands at a place, and which start that is.
func (u unknowns) state(place int) (state, start int) {
	place -= u.theta
	return place % u.states, place / u.states
}

// isStart tells whether a place belongs to a start.
func (u unknowns) isStart(place int) bool { return place >= u.theta && place < u.start(u.starts) }

// thetaOf and startOf are views of z.
func (u unknowns) thetaOf(z []float64) []float64        { return z[:u.theta] }
func (u unknowns) startOf(z []float64, i int) []float64 { return z[u.start(i):u.start(i+1)] }

// parts are views of the z of several members.
func (u unknowns) parts(z []float64, members int) (theta, starts, added []float64) {
	a, b := u.theta*members, u.start(u.starts)*members
	return z[:a], z[a:b], z[b:]
}

// ofMembers is z as a batch with a lane a member.
func ofMembers(z []float64, members int) field.Batch {
	return field.Batch{V: z, Rows: len(z) / members, Lanes: members}
}
