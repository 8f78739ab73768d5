package config

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/study"
)

func loadStudy(t *testing.T, text string) *Study {
	t.Helper()
	s, err := LoadStudy("s.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// names are the labels of all trials.
func trialNames(s *Study) string {
	var out []string
	for _, t := range s.Trials {
		var l []string
		for _, x := range t.Labels {
			l = append(l, x.Axis+x.Value)
		}
		out = append(out, strings.Join(l, " "))
	}
	return strings.Join(out, ", ")
}

func TestAxesAreCombined(t *testing.T) {
	const base = "base: {data: d.csv, method: vanilla}\naxes:\n"
	for _, c := range []struct{ axes, want string }{
		{"  - grid: {lr: [0.1, 1e-2], hidden: [[8], [4, 4]]}", "lr0.1 hidden8, lr0.1 hidden4,4, lr0.01 hidden8, lr0.01 hidden4,4"},
		{"  - zip: {lr: [0.1, 0.2], budget: [10, 20]}\n  - seeds: 2", "lr0.1 budget10 seed0, lr0.1 budget10 seed1, lr0.2 budget20 seed0, lr0.2 budget20 seed1"},
		{"  - list:\n      net: {small: {hidden: [2]}, plain: {}}\n  - seeds: [10, 30]", "netsmall seed10, netsmall seed30, netplain seed10, netplain seed30"},
		{"  - grid: {method.lr: [0.1]}\n  - seeds: [7]", "method.lr0.1 seed7"},
	} {
		if got := trialNames(loadStudy(t, base+c.axes)); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.axes, got, c.want)
		}
	}
}

func TestOptionsAndCellsSetTheConfiguration(t *testing.T) {
	s := loadStudy(t, `
base: {data: d.csv, budget: 5}
axes:
  - list:
      method: {vanilla: {method: vanilla}, homotopy: {method: {name: homotopy, coupling: 6}}}
  - seeds: [1, 2]
cells:
  - {where: {method: homotopy, seed: 2}, set: {coupling: 7}, published: {train.mse: 0.5}}
  - {where: {method: vanilla, seed: [2]}, skip: true}
`)
	var got []string
	for _, x := range s.Trials {
		text, err := x.Config.YAML(".")
		if err != nil {
			t.Fatal(err)
		}
		coupling := ""
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "coupling") {
				coupling = strings.TrimSpace(line)
			}
		}
		got = append(got, fmt.Sprint(x.Config.MethodName, x.Config.Seed, x.Config.Budget, " ", coupling))
	}
	if want := "vanilla 1 5  | homotopy 1 5 coupling: 6.0| homotopy 2 5 coupling: 7.0"; strings.ReplaceAll(strings.Join(got, "|"), " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got %q", strings.Join(got, "|"))
	}
	if len(s.Plan.Published) != 1 || s.Plan.Published[0].Values["train.mse"].Mean != 0.5 || s.Plan.Average[0] != "seed" {
		t.Errorf("%+v", s.Plan)
	}
}

func TestPublishedValuesMayHaveErrors(t *testing.T) {
	s := loadStudy(t, "base: {data: d.csv}\naxes: [{seeds: 2}]\ncells: [{published: {train.mse: 0.5 ± 0.25, seconds: 3}}]")
	v := s.Plan.Published[0].Values
	if f := v["train.mse"]; f.Mean != 0.5 || f.Error == nil || *f.Error != 0.25 || v["seconds"].Error != nil {
		t.Errorf("%+v", v)
	}
}

// A label of an axis may choose another model than the base, whose settings
// then mean nothing.
func TestLaterModelReplacesAnEarlierOne(t *testing.T) {
	s := loadStudy(t, `
base: {data: d.csv, model: {name: mlp, hidden: [7]}, method: {name: homotopy, coupling: 3}}
axes:
  - list: {what: {net: {}, text: {model: {name: equations, equations: "x' = a"}, method: lm}}}`)
	if a, b := s.Trials[0].Config, s.Trials[1].Config; a.ModelName != "mlp" || a.MethodName != "homotopy" || b.ModelName != "equations" || b.MethodName != "lm" {
		t.Errorf("%s %s, %s %s", a.ModelName, a.MethodName, b.ModelName, b.MethodName)
	}
}

func TestRandomDrawsStayWhenThereAreMore(t *testing.T) {
	text := "base: {data: d.csv, method: vanilla}\naxes:\n  - random: {draws: %d, seed: 3, of: {lr: {from: 0.001, to: 0.1, log: true}, budget: {from: 10, to: 20, whole: true}}}"
	few, many := trialNames(loadStudy(t, fmt.Sprintf(text, 3))), trialNames(loadStudy(t, fmt.Sprintf(text, 30)))
	if !strings.HasPrefix(many, few+", ") {
		t.Errorf("%s\nis not the beginning of\n%s", few, many)
	}
	for _, x := range loadStudy(t, fmt.Sprintf(text, 30)).Trials {
		if x.Config.Budget < 10 || x.Config.Budget > 20 {
			t.Errorf("budget %d", x.Config.Budget)
		}
	}
}

// Draws of sobol fill each range evenly: one in each part, choices equally often.
func TestSobolDrawsFillTheirRanges(t *testing.T) {
	text := "base: {data: d.csv, method: homotopy}\naxes:\n  - sobol: {draws: %d, seed: 3, of: {coupling: {from: 0.01, to: 100, log: true}, levels: {from: 2, to: 9, whole: true}, init: {choose: [torch, orthogonal]}}}"
	s := loadStudy(t, fmt.Sprintf(text, 16))
	if few := trialNames(loadStudy(t, fmt.Sprintf(text, 5))); !strings.HasPrefix(trialNames(s), few+", ") {
		t.Error("a longer study has other draws")
	}
	parts, inits := map[int]int{}, map[string]int{}
	for _, x := range s.Trials {
		coupling, err := strconv.ParseFloat(x.Labels[1].Value, 64)
		if err != nil {
			t.Fatal(err)
		}
		parts[int(math.Floor(4*(math.Log10(coupling)+2)))]++
		inits[x.Config.Init]++
		if n, err := strconv.Atoi(x.Labels[2].Value); err != nil || n < 2 || n > 9 {
			t.Errorf("levels %s", x.Labels[2].Value)
		}
	}
	if len(parts) != 16 || inits["torch"] != 8 || inits["orthogonal"] != 8 {
		t.Errorf("%v %v", parts, inits)
	}
}

func TestSearchesAreRead(t *testing.T) {
	const base = "base: {data: d.csv, method: homotopy, heldout: 0.3}\naxes: [{grid: {coupling: [1, 2]}}]\nsearch: "
	for text, want := range map[string]study.Search{
		"{halving: {from: 10%, factor: 2}}":                     {Score: "heldout.mse", Rungs: []float64{0.1, 0.2, 0.4, 0.8}, Factor: 2},
		"{score: train.mse, median: {from: 0.25, every: 25 %}}": {Score: "train.mse", Rungs: []float64{0.25, 0.5, 0.75}, Median: true},
	} {
		s := loadStudy(t, base+text)
		if !reflect.DeepEqual(*s.Plan.Search, want) || s.Plan.Metrics[0] != want.Score {
			t.Errorf("%s: %+v", text, s.Plan)
		}
	}
}

func TestBadStudiesAreExplained(t *testing.T) {
	const base = "base: {data: d.csv, method: vanilla}\n"
	for _, c := range []struct{ text, want string }{
		{base + "axis: []\naxes: [{seeds: 2}]", `s.yaml:2:1: unknown key "axis" of a study; did you mean "axes"?`},
		{base, "the study has no axes"},
		{base + "axes: []", "s.yaml:2:7: axes is empty"},
		{base + "axes: [{seeds: []}]", "s.yaml:2:16: seeds is empty"},
		{base + "axes: [{seeds: 0}]", "is neither a number of seeds"},
		{base + "axes: [{grid: {lr: []}}]", "s.yaml:2:20: the axis lr needs a list of values, such as [1, 2]; this is an empty list"},
		{base + "axes: [{grids: {lr: [1]}}]", `s.yaml:2:9: unknown kind of axis "grids"; did you mean "grid"?`},
		{base + "axes: [{lr: [0.1, 0.2]}]", `s.yaml:2:9: unknown kind of axis "lr"; it has: grid, list, zip, seeds, random, sobol; the values of a setting are written - grid: {lr: [0.1, 0.2]}`},
		{base + "axes:\n- method: lm", `s.yaml:3:3: unknown kind of axis "method"; it has: grid, list, zip, seeds, random, sobol; the values of a setting are written - grid: {method: […]}`},
		{base + "axes: [{seeds: 2}, {grid: {seed: [1]}}]", `there are two axes with the name "seed"`},
		{base + "axes: [{list: {status: {a: {lr: 1}}}}]", `an axis cannot have the name "status"`},
		{base + "axes: [{list: {train.mse: {a: {lr: 1}}}}]", `an axis cannot have the name "train.mse"`},
		{base + "axes: [{list: {'': {a: {lr: 1}}}}]", `an axis cannot have the name ""`},
		{base + "axes: [{seeds: [1, 1]}]", `seed has "1" twice`},
		{base + "axes: [{zip: {lr: [1, 2], budget: [1]}}]", "zip: budget has 1 values, lr has 2"},
		{base + "axes: [{grid: {rl: [1]}}]", `s.yaml:2:16: unknown key "rl"; did you mean "lr"?`},
		{base + "axes: [{grid: {lr: [0.1, wide]}}]", `s.yaml:2:26: lr: "wide" is not a number`},
		{"base: {method: vanilla}\naxes: [{seeds: 2}]", "a trial has no data"},
		{base + "axes: [{seeds: 2}]\ncells: [{where: {sed: 1}}]", `s.yaml:3:18: where: there is no axis "sed"; did you mean "seed"?`},
		{base + "axes: [{seeds: 2}]\ncells: [{where: {seed: 9}}]", `the axis seed has no "9"`},
		{base + "axes: [{seeds: 2}]\ncells: [{skip: true}]", "no trial is left"},
		{base + "axes: [{seeds: 2}]\nmetrics: [train.mze]", `metrics: there is no "train.mze"; did you mean "train.mse"?`},
		{base + "axes: [{seeds: 2}]\naverage: [draw]", `average: there is no "draw"`},
		{"base: {data: $pendulum, method: vanilla}\naxes: [{seeds: 2}]", `asks for no file "pendulum"`},
		{base + "axes: [{seeds: 1000}, {grid: {lr: [1, 2], budget: [1, 2]}}, {random: {draws: 1000, of: {clip: {from: 1, to: 2}}}}]", "more than 100000 trials"},
		{base + "axes: [{sobol: {draws: 4, of: {lr: {from: 0.1, to: 0.1}}}}]", "s.yaml:2:32: sobol: lr: the range from 0.1 to 0.1 is empty"},
		{base + "axes: [{sobol: {draws: 4, of: {lr: {from: 0, to: 1, log: true}}}}]", "sobol: lr: from 0 there is no logarithm"},
		{base + "axes: [{random: {draws: 4, of: {budget: {from: 1.2, to: 1.8, whole: true}}}}]", "random: budget: there is no whole number from 1.2 to 1.8"},
		{base + "axes: [{random: {draws: 4, of: {lr: {}}}}]", "random: lr: it needs a list to choose from"},
		{base + "axes: [{sobol: {draws: 4, of: {lr: {choose: [1], from: 1}}}}]", "it has both choose and a range"},
		{base + "axes: [{sobol: {draws: 1000000000, of: {lr: {from: 1, to: 2}}}}]", "s.yaml:2:24: sobol: draws: 1000000000; a study has at most 100000 trials"},
		{base + "axes: [{sobol: {draws: 0, of: {lr: {from: 1, to: 2}}}}]", "sobol needs draws, 1 or more"},
		{base + "axes: [{random: {draws: 4, of: {lr: {choose: []}}}}]", "random: lr: choose is an empty list"},
		{base + "axes: [{sobol: {draw: 4}}]", `unknown key "draw" in sobol; did you mean "draws"?`},
		{base + "axes: [{seeds: 2}]\nsearch: {}", "s.yaml:3:9: search says nothing of how trials are given up"},
		{base + "axes: [{seeds: 2}]\nsearch: {halve: {}}", `s.yaml:3:10: unknown key "halve" of search; did you mean "halving"?`},
		{base + "axes: [{seeds: 2}]\nsearch: {sobol: {draws: 3}}", "sobol is an axis; write it under axes"},
		{base + "axes: [{seeds: 2}]\nsearch: {halving: {form: 5%}}", `unknown key "form" in search.halving; did you mean "from"?`},
		{base + "axes: [{seeds: 2}]\nsearch: {halving: {factor: 1}}", "search.halving: factor=1"},
		{base + "axes: [{seeds: 2}]\nsearch: {median: {from: 100%}}", "search.median: from=100%: it is a share of the iterations"},
		{base + "axes: [{seeds: 2}]\nsearch: {median: {}, halving: {}}", "both halving and median"},
		{base + "axes: [{seeds: 2}]\nsearch: {halving: {}, score: seconds}", `search: score "seconds" is not among what training records`},
		{base + "axes: [{seeds: 2}]\nsearch: {halving: {}}", "search: there is one setting"},
		{base + "axes: [{grid: {heldout: [0, 0.2]}}]\nsearch: {halving: {}}", "needs rows that are held out, and heldout=0"},
		{base + "axes: [{grid: {budget: [9, 100]}}]\nsearch: {halving: {}}", "5 % of budget=9, is not one iteration"},
		{base + "axes: [{list: {m: {a: {}, b: {method: sindy}}}}]\nsearch: {halving: {}}", "a trial of method sindy has no iterations of its own"},
		{base + "axes: [{list: {m: {a: {}, b: {method: 'vanilla,lm'}}}}]\nsearch: {halving: {}}", "a trial of method vanilla,lm has no iterations of its own"},
		{"[1]", "a study is a table"},
		{base + "axes: [{seeds: 2}]\nbound: {method: true}", `s.yaml:3:9: where: there is no axis "method"`},
		{base + "axes: [{seeds: 2}]\nbound: {seed: 1}", "s.yaml:3:8: bound needs one label"},
		{base + "axes: [{seeds: 2}]\ncells: [{published: {train.mse: 1 ± x}}]", `"1 ± x" is not a number`},
		{base + "axes: [{seeds: 2}]\ncells: [{published: {train.msa: 1}}]", `did you mean "train.mse"?`},
		{base + "axes: [{seeds: 2}]\ncells: [{bars: {train.mse: {medain: 1}}}]", `s.yaml:3:29: bars: unknown statistic "medain"; did you mean "median"?`},
		{base + "axes: [{seeds: 2}]\ncells: [{bars: {train.mze: {mean: 1}}}]", `bars: there is no metric "train.mze"`},
		{base + "axes: [{list: {row: {a: {tests: 3}}}}]", `s.yaml:2:26: unknown key "tests"; did you mean "test"?`},
		{base + "axes: [{grid: {rows: [0, -3]}}]", "rows=-3: it is a number of rows"},
		{"base: {simulate: lorens, rows: 9}\naxes: [{seeds: 2}]", `s.yaml:1:18: unknown system "lorens"; did you mean "lorenz"?`},
		{"base: {simulate: {name: lorenz, nose: 1}, rows: 9}\naxes: [{seeds: 2}]", `s.yaml:1:33: unknown key "nose" in simulate`},
		{"base: {simulate: lorenz, rows: 9999999999}\naxes: [{seeds: 2}]", "rows at most"},
		{"base: {teacher: {states: 2}, rows: 9, test: 999999999}\naxes: [{seeds: 2}]", "rows at most"},
		{"base: {data: d.csv, label: kind, components: 3}\naxes: [{seeds: 2}]", "s.yaml:1:46: components=3, label=kind"},
		{"base: {simulate: lorenz, rows: 9, data: d.csv}\naxes: [{seeds: 2}]", "has both data and simulate"},
	} {
		if _, err := LoadStudy("s.yaml", []byte(c.text), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngot  %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestSettingsOfAFileAreRefusedWhereNoneIsRead(t *testing.T) {
	for _, e := range entries(reflect.ValueOf(Input{})) {
		if slices.Contains(ofAll, e.name) {
			continue
		}
		value := map[reflect.Kind]string{reflect.Int: "1", reflect.Float64: "1", reflect.Bool: "true"}[e.value.Kind()]
		if value = cmp.Or(value, map[string]string{"embed": "auto"}[e.name], "x"); e.value.Kind() == reflect.Slice {
			value = "[x]"
		}
		for _, made := range []string{"simulate: lorenz", "teacher: {states: 2}"} {
			text := "axes: [{seeds: 2}]\nbase:\n  " + made + "\n  rows: 9\n  " + e.name + ": " + value
			_, err := LoadStudy("s.yaml", []byte(text), nil)
			if err == nil || !strings.Contains(err.Error(), "s.yaml:5:") || !strings.Contains(err.Error(), e.name+" is about a file of data") {
				t.Errorf("%s, %s: got %v", made, e.name, err)
			}
		}
	}
}

func TestIdentityLeavesOutWhatChangesNoResult(t *testing.T) {
	identity := func(args ...string) string {
		c, err := Load("", nil, args, 1)
		if err != nil {
			t.Fatal(err)
		}
		text, err := c.Identity()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	one := identity("data=a.csv", "method=vanilla", "lr=0.1")
	if one != identity("data=b/c.csv", "limit=60s", "lr=0.1", "method=vanilla", "solver.threads=2") {
		t.Error("the place of the data, the time limit or the order changes the identity")
	}
	for _, other := range []string{"lr=0.2", "seed=1", "hidden=8", "rtol=1e-3", "ignore=x"} {
		if one == identity("data=a.csv", "method=vanilla", "lr=0.1", other) {
			t.Errorf("%s does not change the identity", other)
		}
	}
}

func TestStudiesOfTheProjectLoad(t *testing.T) {
	files, err := filepath.Glob("../../studies/*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no studies")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := LoadStudy(file, text, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, x := range s.Trials {
			if _, err := os.Stat(x.Config.Data.String()); err != nil && x.Missing == "" && !x.Source.Made() {
				t.Error(err)
			}
		}
	}
}

func FuzzLoadStudy(f *testing.F) {
	f.Add("base: {data: d.csv}\naxes: [{seeds: 2}, {grid: {lr: [1]}}, {zip: {budget: [1]}}]\ncells: [{where: {seed: 1}, skip: true}]")
	f.Add("axes: [{random: {draws: 2, of: {lr: {choose: [a, b]}}}}, {list: {m: {a: {}, b: }}}]\nfiles: {x: y}")
	large := regexp.MustCompile(`[0-9]{3,}|[eE][0-9+]|[0-9]_`) // many trials take long and find nothing
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<11 || large.MatchString(text) {
			return
		}
		s, err := LoadStudy("s.yaml", []byte(text), nil)
		if err == nil && len(s.Trials) == 0 {
			t.Error("neither trials nor an error")
		}
	})
}
