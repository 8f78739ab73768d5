package page

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
)

// studies are the pages of one or several studies.
func (f *from) studies(dirs []string, out string) (*report.Study, error) {
	var all *report.Study
	for _, dir := range dirs {
		s, err := f.studyPage(dir, out)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = s
			continue
		}
		if !slices.Equal(all.Metrics, s.Metrics) {
			return nil, fmt.Errorf("%s and %s show different metrics; give them pages of their own", dirs[0], dir)
		}
		all.Title += " · " + s.Title
		all.About, all.Command, all.Files = "", "", nil
		all.Groups, all.Panels = append(all.Groups, s.Groups...), append(all.Panels, s.Panels...)
		all.Cases, all.Failures = append(all.Cases, s.Cases...), append(all.Failures, s.Failures...)
		all.Warnings = append(all.Warnings, s.Warnings...)
	}
	return all, nil
}

// studyPage is the page of the study in a folder, for the file out.
func (f *from) studyPage(dir, out string) (*report.Study, error) {
	sweep, outcomes, err := study.ReadSweep(dir)
	if err != nil {
		return nil, err
	}
	p := &sweep.Plan
	s := &report.Study{Title: p.Name, About: p.About, Version: f.version, Command: "entrain sweep " + StudyFile}
	if s.Title == "" {
		s.Title = filepath.Base(dir)
	}
	for _, m := range p.Metrics {
		s.Metrics = append(s.Metrics, columnOf(m))
	}
	rows := slices.DeleteFunc(study.Gather(p, sweep.Trials, outcomes), func(r study.Row) bool { return r.Given() })
	s.Search = searchOf(sweep.Standings())
	t := newTabulation(p, rows)
	s.Groups, s.Panels = t.groups(), t.panels()
	if out == "" {
		out = filepath.Join(dir, study.ReportFile)
	}
	g := &gallery{from: f, sweep: sweep, outcomes: outcomes, base: filepath.Dir(out)}
	for i, name := range t.names {
		if c := g.show(name, t.lines[i]); len(c.Pictures) > 0 {
			s.Cases = append(s.Cases, c)
		}
	}
	s.Failures, s.Warnings = t.failures(), remaining(sweep, outcomes)
	if out == filepath.Join(dir, study.ReportFile) {
		s.Files = []report.File{
			{Name: study.TableCSV, About: "the table with all digits; " + study.TableJSON + " for scripts, " + study.TableMarkdown + " for people"},
			{Name: study.TrialsCSV, About: "one line for each trial, with the folder of its run"},
			{Name: StudyFile, About: "the study; entrain sweep runs it again"},
		}
		if s.Search != nil {
			s.Files = append(s.Files, report.File{Name: study.SearchCSV, About: "one line for each setting of the search; " + study.SearchJSON + " for scripts"})
		}
	}
	return s, nil
}

// searchOf is what a page shows of a search.
func searchOf(st *study.Standings) *report.Search {
	if st == nil {
		return nil
	}
	out := &report.Search{Score: st.Search.Score, Summary: st.Summary(), Command: st.Command}
	for _, t := range st.Ordered() {
		out.Settings = append(out.Settings, report.Setting{Name: t.Name(), Reached: study.Percent(t.Share), There: words.Short(num.FromNull(t.There())),
			Saved: words.Short(num.FromNull(t.Score)), Fate: t.Words(st.Search), Best: t == st.Best})
	}
	return out
}

// remaining says how much of the study is still to be done.
func remaining(s *study.Sweep, outcomes []study.Outcome) []string {
	n := 0
	for i := range outcomes {
		if !outcomes[i].Ended() {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d of %s are not finished", n, words.Several(len(s.Trials), "trial"))}
}
