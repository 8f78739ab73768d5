package study

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/train"
)

// Names of the files in the folder of a study with a search, beside its tables.
const (
	SearchJSON = "search.json"
	SearchCSV  = "search.csv"
)

// What a search may say of a setting.
const (
	settingWaits   = "waits"   // for its trials to reach the next rung, or for others to do so
	settingDropped = "dropped" // given up at its last rung
	settingEnded   = "ended"   // all its trials are finished
)

// Standing is a setting in a search.
type Standing struct {
	Labels      []Label           `json:"-"`
	ByAxis      map[string]string `json:"setting"`
	State       string            `json:"state"`
	Share       float64           `json:"share"`       // of its iterations, all its trials have made them
	Marks       []*float64        `json:"scores"`      // the least up to each rung; null: there is none
	Rank        int               `json:"rank"`        // at its last rung, from 1; 0: it has reached none
	Of          int               `json:"of"`          // settings that were compared there
	Score       *float64          `json:"score"`       // of the models that were saved
	Failed      int               `json:"failed"`      // trials that failed
	Iterations  int               `json:"iterations"`  // made, in all its trials
	Evaluations int               `json:"evaluations"` // of the right-hand side
	Folders     []string          `json:"folders"`     // of its trials, in the folder of the study

	trials []int // numbers in the study
	reach  []reach
	dirs   []string // of each; "" of one that cannot be run at all
	marks  []mark
	next   float64 // share that its trials are to reach now; 0: none
}

// Standings are all settings of a search, in the order of the study.
type Standings struct {
	Search   *Search    `json:"search"`
	Settings []Standing `json:"settings"`
	Best     *Standing  `json:"best"`    // null: no setting is finished
	Command  string     `json:"command"` // that fits it again, and saves it elsewhere
	// Share is how much of the iterations of all trials were made; null: some trials
	// were not begun, and nobody knows how many they have.
	Share       *float64 `json:"share_of_grid"`
	Iterations  int      `json:"iterations"`
	Evaluations int      `json:"evaluations"`
	Complete    bool     `json:"complete"` // nothing is left to do
}

// reach is how far a trial is.
type reach struct {
	ended, failed bool
	k, of         int // iterations made; that there are, 0: not known
	evaluations   int
	lines         []Metric
	score         *float64 // of the model that was saved
}

// readReach reads how far the trial in a folder is. What cannot be read was not reached.
func readReach(dir string, s *Search) reach {
	var r reach
	if p, err := readProgress(dir); err == nil && p.State != nil { // before the result, which comes before it goes
		r.k, r.evaluations = p.State.K, p.State.Evaluations
	}
	res, err := ReadResult(dir)
	r.ended = err == nil && ended(res)
	if r.k == 0 && !r.ended {
		return r
	}
	if r.lines, err = MetricsOf(dir); err != nil && !r.ended {
		return reach{}
	}
	for i := range r.lines {
		r.of = max(r.of, r.lines[i].Of)
	}
	if r.ended {
		r.k, r.evaluations, r.failed = res.Iterations, res.Evaluations, res.Status == train.StatusFailed
		o := outcome(dir, res)
		r.score = Measure(&o, s.Score)
		if r.failed { // what failed for reasons of its own did not count its iterations
			for i := range r.lines {
				r.k = max(r.k, r.lines[i].K+1)
			}
		}
		r.failed = r.failed || r.score == nil
	}
	return r
}

// at is what the trial has shown by a share of its iterations; false: it is not there yet.
// The best is where the error of training was the least: the held-out rows do not choose an iterate,
// as the very first one may be near them by chance.
func (r *reach) at(share float64, s *Search) (best float64, ok bool) {
	if !r.ended && (r.of == 0 || r.k < iterationsAt(share, r.of)) {
		return 0, false
	}
	best, least, upTo := math.Inf(1), math.Inf(1), iterationsAt(share, r.of)
	if r.failed && r.k < upTo { // what failed before has no score
		return best, true
	}
	for i := range r.lines {
		m := &r.lines[i]
		if v := s.of(m); v != nil && m.MSE != nil && m.K < upTo && *m.MSE < least {
			least, best = *m.MSE, *v
		}
	}
	return best, true
}

// mark is that of a setting at a rung; false: some of its trials are not there yet.
func (t *Standing) mark(share float64, s *Search) (mark, bool) {
	m, n := mark{}, 0.0
	for i := range t.reach {
		best, ok := t.reach[i].at(share, s)
		switch {
		case !ok:
			return m, false
		case math.IsInf(best, 1):
			m.failed++
		default:
			m.best, n = m.best+best, n+1
		}
	}
	if n == 0 {
		return mark{m.failed, math.Inf(1)}, true
	}
	m.best /= n
	return m, true
}

// stand finds out how a search stands, from what lies in the folder of its study.
func stand(dir string, p *Plan, trials []entry) *Standings {
	st := &Standings{Search: p.Search}
	at := map[string]int{}
	read := map[string]reach{} // trials may share a folder
	for i, e := range trials {
		t := Trial{Labels: e.Labels}
		labels := p.fixed(&t)
		key := words(labels)
		j, known := at[key]
		if !known {
			j = len(st.Settings)
			at[key] = j
			s := Standing{Labels: labels, ByAxis: map[string]string{}, State: settingWaits, Marks: []*float64{}, Folders: []string{}}
			for _, l := range labels {
				s.ByAxis[l.Axis] = l.Value
			}
			st.Settings = append(st.Settings, s)
		}
		s := &st.Settings[j]
		s.trials = append(s.trials, i)
		if e.Folder == "" {
			s.reach, s.dirs = append(s.reach, reach{ended: true, failed: true}), append(s.dirs, "")
			continue
		}
		r, ok := read[e.Folder]
		if !ok {
			r = readReach(filepath.Join(dir, TrialsFolder, e.Folder), p.Search)
			read[e.Folder] = r
		}
		folder := TrialsFolder + "/" + e.Folder
		s.reach, s.dirs, s.Folders = append(s.reach, r), append(s.dirs, folder), append(s.Folders, folder)
	}
	st.decide()
	st.sum(dir, read)
	return st
}

// decide climbs the rungs as far as all settings that are still in the search have come.
func (st *Standings) decide() {
	in := make([]int, len(st.Settings))
	for i := range in {
		in[i] = i
	}
	for _, share := range append(slices.Clone(st.Search.Rungs), 1) {
		marks, all := make([]mark, len(st.Settings)), true
		for _, i := range in {
			s := &st.Settings[i]
			m, ok := s.mark(share, st.Search)
			if !ok {
				s.next, all = share, false
				continue
			}
			marks[i], s.Share = m, share
			s.marks = append(s.marks, m)
			s.Marks = append(s.Marks, number(m.best))
		}
		if !all || share == 1 {
			break
		}
		stay := st.Search.promoted(in, marks)
		st.rank(in, marks)
		for _, i := range in {
			if !slices.Contains(stay, i) {
				st.Settings[i].State = settingDropped
			}
		}
		in = stay
	}
	for i := range st.Settings {
		if s := &st.Settings[i]; !slices.ContainsFunc(s.reach, func(r reach) bool { return !r.ended }) {
			s.State = settingEnded // whether it would have been dropped or not
		}
	}
}

// rank says how settings compare at a rung.
func (st *Standings) rank(in []int, marks []mark) {
	for _, i := range in {
		s := &st.Settings[i]
		s.Rank, s.Of = 1, len(in)
		for _, j := range in {
			if marks[j].beats(marks[i]) < 0 {
				s.Rank++
			}
		}
	}
}

// sum counts the work and finds the best setting among those that ended.
func (st *Standings) sum(dir string, read map[string]reach) {
	all, known := 0, true
	for _, r := range read {
		st.Iterations, st.Evaluations = st.Iterations+r.k, st.Evaluations+r.evaluations
		all, known = all+max(r.of, r.k), known && (r.of > 0 || r.ended)
	}
	if known && all > 0 {
		st.Share = number(float64(st.Iterations) / float64(all))
	}
	st.Complete = true
	failed := math.MaxInt
	for i := range st.Settings {
		s := &st.Settings[i]
		lost := s.sum()
		st.Complete = st.Complete && s.State != settingWaits
		if s.Score != nil && (lost < failed || lost == failed && *s.Score < *st.Best.Score) {
			st.Best, failed = s, lost
		}
	}
	if st.Best != nil {
		st.Command = "entrain fit " + filepath.ToSlash(filepath.Join(dir, st.Best.foremost(), ConfigFile))
	}
}

// sum counts the work of a setting and scores it, if it ended; lost are trials without a score.
func (t *Standing) sum() (lost int) {
	sum := 0.0
	for _, r := range t.reach {
		t.Iterations, t.Evaluations = t.Iterations+r.k, t.Evaluations+r.evaluations
		if r.failed {
			t.Failed++
		}
		if r.score == nil {
			lost++
		} else {
			sum += *r.score
		}
	}
	if n := len(t.reach) - lost; t.State == settingEnded && n > 0 {
		t.Score = number(sum / float64(n))
	}
	return lost
}

// foremost is the folder of the trial of a setting with the best score.
func (t *Standing) foremost() string {
	at, least := "", math.Inf(1)
	for i := range t.reach {
		if v := t.reach[i].score; v != nil && *v < least {
			at, least = t.dirs[i], *v
		}
	}
	return at
}

// Words say what became of a setting.
func (t *Standing) Words(s *Search) string {
	switch {
	case t.State == settingEnded:
		return "ended"
	case t.State == settingDropped:
		return fmt.Sprintf("dropped at %s: no. %d of %d by %s", Percent(t.Share), t.Rank, t.Of, s.Score)
	case t.Share > 0:
		return "waits at " + Percent(t.Share)
	}
	return "not begun"
}

// Percent is a share for people.
func Percent(v float64) string { return strconv.FormatFloat(100*v, 'g', 3, 64) + " %" }

// Summary says in sentences what a search came to.
func (st *Standings) Summary() []string {
	ended, dropped := 0, 0
	for i := range st.Settings {
		switch st.Settings[i].State {
		case settingEnded:
			ended++
		case settingDropped:
			dropped++
		}
	}
	out := []string{fmt.Sprintf("%d of %d settings ended, %d dropped", ended, len(st.Settings), dropped)}
	if st.Share != nil {
		out[0] += fmt.Sprintf("; %d iterations, %s of those of all trials, with %d evaluations of the right-hand side", st.Iterations, Percent(*st.Share), st.Evaluations)
	}
	if st.Best != nil {
		out = append(out, fmt.Sprintf("best: %s, %s %s", st.Best.Name(), st.Search.Score, figure(st.Best.Score)))
	}
	return out
}

// Markdown writes the settings, best first, and what the search came to.
func (st *Standings) Markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| setting | reached | " + st.Search.Score + " there | of the saved model | |\n|---|---|---|---|---|\n")
	for _, s := range st.Ordered() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", strings.ReplaceAll(s.Name(), "|", `\|`), Percent(s.Share), figure(s.There()), figure(s.Score), s.Words(st.Search))
	}
	b.WriteString("\n" + strings.Join(st.Summary(), "\n") + "\n")
	if st.Command != "" {
		b.WriteString("again: " + st.Command + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// There is the score at the last rung; nil if there is none.
func (t *Standing) There() *float64 {
	if n := len(t.Marks); n > 0 {
		return t.Marks[n-1]
	}
	return nil
}

// Name is "axis=value axis=value".
func (t *Standing) Name() string {
	if len(t.Labels) == 0 {
		return "all trials"
	}
	return words(t.Labels)
}

// Ordered are the settings, those that came farthest first, then by score.
func (st *Standings) Ordered() []*Standing {
	var out []*Standing
	for i := range st.Settings {
		out = append(out, &st.Settings[i])
	}
	slices.SortStableFunc(out, func(a, b *Standing) int {
		switch {
		case a.Share != b.Share:
			return cmp.Compare(b.Share, a.Share)
		case a.Score != nil && b.Score != nil:
			return cmp.Compare(*a.Score, *b.Score)
		case len(a.marks) > 0 && len(b.marks) > 0:
			return a.marks[len(a.marks)-1].beats(b.marks[len(b.marks)-1])
		}
		return 0
	})
	return out
}

// write writes search.json and search.csv.
func (st *Standings) write(dir string, p *Plan) error {
	for name, fill := range map[string]func(io.Writer) error{
		SearchJSON: func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(st)
		},
		SearchCSV: func(w io.Writer) error { return st.csv(w, p) },
	} {
		if err := WriteFile(filepath.Join(dir, name), fill); err != nil {
			return fmt.Errorf("%s cannot be written: %w", filepath.Join(dir, name), reason(err))
		}
	}
	return nil
}

// csv writes a line for each setting, in the order of the study.
func (st *Standings) csv(w io.Writer, p *Plan) error {
	c := csv.NewWriter(w)
	head := append(p.columns(), "state", "share", "rank", "of")
	for _, r := range append(slices.Clone(st.Search.Rungs), 1) {
		head = append(head, "score at "+Percent(r))
	}
	if err := c.Write(append(head, "score", "iterations", "evaluations", "folders")); err != nil {
		return err
	}
	for i := range st.Settings {
		s := &st.Settings[i]
		var line []string
		for _, a := range p.columns() {
			line = append(line, s.ByAxis[a])
		}
		line = append(line, s.State, digits(&s.Share), strconv.Itoa(s.Rank), strconv.Itoa(s.Of))
		for r := range len(st.Search.Rungs) + 1 {
			if r < len(s.Marks) {
				line = append(line, digits(s.Marks[r]))
			} else {
				line = append(line, "")
			}
		}
		line = append(line, digits(s.Score), strconv.Itoa(s.Iterations), strconv.Itoa(s.Evaluations), strings.Join(s.Folders, " "))
		if err := c.Write(line); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
