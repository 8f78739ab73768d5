package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/study"
)

// asDoses writes examples/oral-doses.csv with a row for each dose and each observation.
func asDoses(t *testing.T) string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(read(t, "oral-doses.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	text := "ID,TIME,AMT,EVID,CMT,DV,MDV\n"
	for _, r := range rows[1:] {
		if r[2] != "" {
			text += fmt.Sprintf("%s,%s,%s,1,1,.,1\n", r[0], r[1], r[2])
		}
		if r[3] != "" {
			text += fmt.Sprintf("%s,%s,.,0,2,%s,0\n", r[0], r[1], r[3])
		}
	}
	return text
}

// A table of doses and the same doses in a column of rows give the same fit, to the bit.
func TestTablesOfDosesGiveTheSameFit(t *testing.T) {
	workplace(t)
	write(t, "pk.csv", asDoses(t))
	settings := read(t, "oral-doses.yaml")
	settings = settings[:strings.Index(settings, "data:")] + settings[strings.Index(settings, "equations:"):]
	write(t, "pk.yaml", strings.Replace(settings, "doses: {amt: gut}\n", "", 1))
	must(t, "fit", "oral-doses.yaml", "--out", "a")
	must(t, "fit", "pk.csv", "model=pk.yaml", "--out", "b")
	var values [2][]float64
	for i, run := range []string{"a", "b"} {
		var res study.Result
		if err := json.Unmarshal([]byte(read(t, run+"/result.json")), &res); err != nil {
			t.Fatal(err)
		}
		for _, p := range res.Parameters {
			values[i] = append(values[i], *p.Value, *p.SD)
		}
	}
	if fmt.Sprint(values[0]) != fmt.Sprint(values[1]) || len(values[0]) != 6 {
		t.Errorf("%v\n%v", values[0], values[1])
	}
	said := must(t, "check", "pk.csv", "model=pk.yaml").out
	for _, want := range []string{"AMT   amounts of doses: AMT into gut (compartment 1)", "DV    measured: blood", "layout=dosing", "compartments=gut,blood", "gut += AMT"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
	// The run goes on with what was read: forecasts, plans as a table of doses, other recordings.
	want := must(t, "forecast", "a", "--recording", "A", "--horizon", "12", "--step", "4").out
	if got := must(t, "forecast", "b", "--recording", "A", "--horizon", "12", "--step", "4").out; strings.Count(got, "\n") != 4 || got[strings.Index(got, "\n"):] != want[strings.Index(want, "\n"):] {
		t.Errorf("%s\n%s", got, want)
	}
	write(t, "plan.csv", "ID,TIME,AMT,EVID,CMT,DV,MDV\nA,50,300,1,1,.,1\n")
	write(t, "rows.csv", "subject,time,amt\nA,50,300\n")
	want = must(t, "forecast", "a", "--recording", "A", "--horizon", "12", "--step", "4", "--inputs", "rows.csv").out
	if got := must(t, "forecast", "b", "--recording", "A", "--horizon", "12", "--step", "4", "--inputs", "plan.csv").out; got[strings.Index(got, "\n"):] != want[strings.Index(want, "\n"):] {
		t.Errorf("%s\n%s", got, want)
	}
	if got := must(t, "forecast", "b", "--from", "pk.csv", "--horizon", "12").out; strings.Count(got, "\n") < 10 {
		t.Error(got)
	}
}

// The rate of an infusion acts as the same rate in the equations, and the limits of quantification are
// those of the fit.
func TestInfusionsOfATableAct(t *testing.T) {
	workplace(t)
	text := "ID,TIME,AMT,RATE,ADDL,II,EVID,DV,CENS,LLOQ\n1,0,100,50,2,12,1,.,0,.\n"
	r := rand.New(rand.NewPCG(1, 1))
	for k := range 40 {
		at, c := 0.9*float64(k+1), 0.0
		for dose := range 3 {
			if s := at - 12*float64(dose); s > 0 {
				c += 50 / (10 * 0.2) * (1 - math.Exp(-0.2*min(s, 2))) * math.Exp(-0.2*max(s-2, 0))
			}
		}
		if c *= 1 + 0.02*r.NormFloat64(); c < 3 {
			text += fmt.Sprintf("1,%.1f,.,.,.,.,0,.,1,3\n", at)
		} else {
			text += fmt.Sprintf("1,%.1f,.,.,.,.,0,%.4f,0,3\n", at, c)
		}
	}
	write(t, "inf.csv", text)
	write(t, "inf.yaml", "equations: |\n  a' = -ke*a\nobserve: {DV: a/V}\nparameters:\n  ke: {start: 0.5, min: 0}\n  V: {start: 5, min: 0}\ninitial: known\nstart: {a: 0}\nheldout: 0\n")
	var res study.Result
	if err := json.Unmarshal([]byte(must(t, "fit", "inf.csv", "model=inf.yaml", "--out", "run", "--json").out), &res); err != nil {
		t.Fatal(err)
	}
	for _, p := range res.Parameters {
		if truth := map[string]float64{"ke": 0.2, "V": 10}[p.Name]; math.Abs(*p.Value-truth) > 0.02*truth {
			t.Errorf("%s is %g, want %g", p.Name, *p.Value, truth)
		}
	}
	if said := must(t, "show", "run").out; !strings.Contains(said, "a' = -ke*a + RATE") {
		t.Error(said)
	}
}

// Of recordings of which only doses are known, nine in ten values lie in the band.
func TestDosesAloneAreForecastFromTheStart(t *testing.T) {
	workplace(t)
	r := rand.New(rand.NewPCG(5, 5))
	conc := func(v, at float64) float64 { return 100 / v * math.Exp(-0.1*at) }
	text, alone, truth := "id,t,c,amt\n", "id,t,amt\n", map[string]float64{}
	for k := range 30 {
		v := 10 * math.Exp(0.3*r.NormFloat64())
		text += fmt.Sprintf("%d,0,,100\n", k)
		for _, at := range []float64{1, 4, 8, 16} {
			text += fmt.Sprintf("%d,%g,%.4f,\n", k, at, conc(v, at)+0.05*r.NormFloat64())
		}
		id := fmt.Sprint("new", k)
		v = 10 * math.Exp(0.3*r.NormFloat64())
		alone += id + ",0,100\n" + id + ",20,0\n"
		for _, at := range []float64{5, 10, 15} {
			truth[fmt.Sprint(id, at)] = conc(v, at) + 0.05*r.NormFloat64()
		}
	}
	write(t, "pop.csv", text)
	write(t, "alone.csv", alone)
	write(t, "pop.yaml", "data: pop.csv\nequations: |\n  a' = -k*a\nobserve: {c: a/V}\ndoses: {amt: a}\nparameters:\n  k: {start: 0.2, min: 0}\n  V: {start: 5, min: 0, per_recording: true}\ninitial: known\nstart: {a: 0}\nheldout: 0\n")
	must(t, "fit", "pop.yaml", "--out", "run")
	rows, err := csv.NewReader(strings.NewReader(must(t, "forecast", "run", "--from", "alone.csv", "--horizon", "15", "--step", "5").out)).ReadAll()
	if err != nil || len(rows) != 91 {
		t.Fatal(len(rows), err)
	}
	inside := 0
	for _, row := range rows[1:] {
		number := func(c int) float64 { v, _ := strconv.ParseFloat(row[c], 64); return v }
		if v := truth[row[4]+row[0]]; number(2) <= v && v <= number(3) {
			inside++
		}
	}
	t.Logf("%d of 90 inside", inside)
	if inside < 72 || inside == 90 {
		t.Errorf("%d of 90 values lie in a band of 90 %%", inside)
	}
}

func TestDosesAreNotCountedTwice(t *testing.T) {
	workplace(t)
	write(t, "twice.yaml", read(t, "oral-doses.yaml")+"inputs: [amt]\nhold: \"amt:impulse\"\n")
	if o := entrain("check", "twice.yaml"); o.code != 2 || !strings.Contains(o.out+o.err, "count twice") {
		t.Errorf("exit %d: %s%s", o.code, o.out, o.err)
	}
}
