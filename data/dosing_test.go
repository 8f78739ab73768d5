package data

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// dosed reads a table of doses for equations with these states and names.
func dosed(text string, states, uses []string) ([]Series, ReadOptions, error) {
	var found ReadOptions
	s, err := Read(strings.NewReader(text), ReadOptions{File: "pk.csv", Compartments: states, Uses: uses, Settled: func(o ReadOptions) { found = o }})
	return s, found, err
}

func TestTablesOfDosesBecomeRecordings(t *testing.T) {
	const text = "Id,Time,Amt,Rate,AddL,II,EVID,Cmt,DV,MDV,wt,sex\n" +
		"7,0,100,.,2,12,1,1,.,1,80,M\n" + // at 0, 12 and 24, the last behind the rows
		"7,1,.,.,.,.,0,2,5.5,0,80,M\n" +
		"7,2,60,20,.,.,1,2,.,1,.,M\n" + // an infusion of 3 h
		"7,14,.,.,.,.,0,2,3,0,80,M\n" +
		"7,15,.,.,.,.,0,2,9,1,80,M\n" + // left out by MDV
		"9,0,50,.,.,.,1,1,.,1,60,F\n" +
		"9,4,.,.,.,.,0,2,1.5,0,60,F\n"
	all, found, err := dosed(text, []string{"gut", "blood"}, []string{"gut", "blood", "WT", "ka"})
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	want := []Series{
		{ID: "7", Names: []string{"blood"}, Inputs: []string{"Amt", "Rate", "WT"}, T: []float64{0, 1, 2, 5, 12, 14, 15}, X: []float64{nan, 5.5, nan, nan, nan, 3, nan},
			U: []float64{100, 0, 80, 0, 0, 80, 0, 20, 80, 0, 0, 80, 100, 0, 80, 0, 0, 80, 0, 0, 80}},
		{ID: "9", Names: []string{"blood"}, Inputs: []string{"Amt", "Rate", "WT"}, T: []float64{0, 4}, X: []float64{nan, 1.5}, U: []float64{50, 0, 60, 0, 0, 60}},
	}
	for i := range want {
		g, w := &all[i], &want[i]
		if g.ID != w.ID || g.Time != "Time" || !slices.Equal(g.Names, w.Names) || !slices.Equal(g.Inputs, w.Inputs) ||
			fmt.Sprint(g.T, g.X, g.U) != fmt.Sprint(w.T, w.X, w.U) {
			t.Errorf("%+v\nwant %+v", g, w)
		}
	}
	if d := found.Dosings; len(d) != 2 || d[0] != (Dosing{"Amt", 1, false}) || d[1] != (Dosing{"Rate", 2, true}) || found.Layout != LayoutDosing {
		t.Errorf("%+v", found)
	}
	if len(found.Taken) != 12 || !strings.Contains(fmt.Sprint(found.Taken), "[WT covariate") || !strings.Contains(fmt.Sprint(found.Taken), "[sex left out") {
		t.Errorf("%q", found.Taken)
	}
}

// Several things that are measured become columns, by DVID in the order of states=, or by compartment.
func TestSeveralObservationsBecomeColumns(t *testing.T) {
	text := "ID,TIME,AMT,EVID,DVID,DV\n1,0,10,1,.,.\n1,1,.,0,2,70\n1,1,.,0,1,4\n1,2,.,0,1,3\n"
	all, err := Read(strings.NewReader(text), ReadOptions{States: []string{"conc", "pca"}, Uses: []string{"conc", "pca"}})
	if err != nil || !slices.Equal(all[0].Names, []string{"conc", "pca"}) || fmt.Sprint(all[0].X) != "[NaN NaN 4 70 3 NaN]" {
		t.Errorf("%+v %v", all, err)
	}
	all, _, err = dosed(strings.ReplaceAll(text, "DVID", "CMT"), []string{"a", "b"}, []string{"a", "b"})
	if err != nil || !slices.Equal(all[0].Names, []string{"a", "b"}) || fmt.Sprint(all[0].X) != "[NaN NaN 4 70 3 NaN]" {
		t.Errorf("%+v %v", all, err)
	}
}

func TestValuesBelowALimitOfQuantificationAreKnownOnlySo(t *testing.T) {
	for text, want := range map[string]string{
		"ID,TIME,AMT,MDV,DV,CENS,LLOQ\n1,0,10,1,.,0,0.5\n1,1,.,0,4,0,0.5\n1,2,.,0,0,1,0.5\n": "[NaN 4 0.5] [0.5]",
		"ID,TIME,AMT,MDV,DV,CENS\n1,0,10,1,.,0\n1,1,.,0,4,0\n1,2,.,0,0.25,1\n":               "[NaN 4 0.25] [0.25]",
		"ID,TIME,AMT,MDV,DV,LLOQ\n1,0,10,1,.,0.5\n1,1,.,0,4,0.5\n1,2,.,0,0.1,0.5\n":          "[NaN 4 0.5] [0.5]",
		"ID,TIME,AMT,MDV,DV\n1,0,10,1,.\n1,1,.,0,4\n1,2,.,0,<0.5\n":                          "[NaN 4 0.5] [0.5]",
	} {
		all, _, err := dosed(text, nil, nil)
		if err != nil || fmt.Sprint(all[0].X, all[0].Below) != want {
			t.Errorf("%s: %+v %v", text, all, err)
		}
	}
}

func TestMistakesInTablesOfDosesAreExplained(t *testing.T) {
	head := "ID,TIME,AMT,RATE,DUR,ADDL,II,SS,EVID,CMT,DV,MDV,CENS\n"
	for row, want := range map[string]string{
		"1,0,10,.,.,.,12,1,1,1,.,1,.":      "line 2, column \"SS\": a dose in steady state",
		"1,0,10,-2,.,.,.,.,1,1,.,1,.":      "column \"RATE\": RATE -2 asks",
		"1,0,10,5,3,.,.,.,1,1,.,1,.":       "lasts 2, but the duration says 3",
		"1,0,0,5,.,.,.,.,1,1,.,1,.":        "a rate without an amount",
		"1,0,10,.,.,3,.,.,1,1,.,1,.":       "II does not say how far apart",
		"1,0,10,.,.,1.5,2,.,1,1,.,1,.":     "no number of further doses",
		"1,0,10,.,.,.,.,.,4,1,.,1,.":       "an ID of its own",
		"1,0,10,.,.,.,.,.,7,1,.,1,.":       "none of 0",
		"1,0,10,.,.,.,.,.,0,1,2,0,.":       "a dose has EVID 1",
		"1,0,-1,.,.,.,.,.,1,1,.,1,.":       "below 0",
		"1,0,10,.,.,.,.,.,1,0,.,1,.":       "numbered from 1",
		"1,0,ten,.,.,.,.,.,1,1,.,1,.":      "\"ten\" is not a number",
		"1,.,10,.,.,.,.,.,1,1,.,1,.":       "the time is missing",
		"1,3,10,.,.,.,.,.,1,1,.,1,.":       "the time goes back from 3 (line 2) to 1",
		"1,0,.,.,.,.,.,.,0,1,2,0,-1":       "above a limit",
		"1,0,.,.,.,.,.,.,0,1,.,0,1":        "which neither LLOQ nor DV says",
		"1,1,.,.,.,.,.,.,0,1,2,0,0":        "duplicates=mean",
		"1,0,10,.,.,9999999,1,.,1,1,.,1,.": "from 0 to 1000000",
		"1,0,10,.,.,3,1e-17,.,1,1,.,1,.":   "column \"II\": doses 1e-17 apart are nearer",
		"1,0,10,1e300,.,.,.,.,1,1,.,1,.":   "column \"AMT\": the infusion lasts 1e-299",
		"1,0,0,.,.,.,.,.,1,1,.,1,.":        "line 2, column \"AMT\": EVID 1 is a dose",
		"1,0,.,.,.,.,.,.,1,1,.,1,.":        "line 2, column \"AMT\": EVID 1 is a dose",
		".,0,10,.,.,.,.,.,1,1,.,1,.":       "line 2, column \"ID\": the ID is missing",
	} {
		_, _, err := dosed(head+row+"\n1,1,.,.,.,.,.,.,0,1,2,0,0\n", nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v, want %s", row, err, want)
		}
	}
	if _, _, err := dosed("ID,TIME,AMT,EVID,DV\n1,0,1,1,.\n1,1,.,0,2\n", []string{"gut", "blood"}, []string{"gut", "blood"}); err == nil || !strings.Contains(err.Error(), "states=NAME") {
		t.Errorf("nobody knows what is measured: %v", err)
	}
}

// Other tables stay as they are, and so does one of doses where that is wanted.
func TestOtherTablesAreNotOfDoses(t *testing.T) {
	const text = "id,time,amt,dv,mdv\n1,0,5,1,0\n1,1,0,2,0\n1,2,0,3,0\n"
	all, err := Read(strings.NewReader(text), ReadOptions{Layout: LayoutPlain})
	if err != nil || !slices.Equal(all[0].Names, []string{"amt", "dv", "mdv"}) {
		t.Errorf("%+v %v", all, err)
	}
	all, err = Read(strings.NewReader(strings.ReplaceAll(text, "mdv", "x")), ReadOptions{})
	if err != nil || !slices.Equal(all[0].Names, []string{"amt", "dv", "x"}) {
		t.Errorf("%+v %v", all, err)
	}
	if _, err := Read(strings.NewReader("time,x\n0,1\n1,2\n"), ReadOptions{Layout: LayoutDosing}); err == nil || !strings.Contains(err.Error(), "no column") {
		t.Error(err)
	}
}

// A recording where nothing is measured is a plan: its doses go on as long as ADDL says, to the bit as
// those written out, and an infusion to its end. With a measured row they end at the last row.
func TestPlansOfDosesGoOn(t *testing.T) {
	head := "ID,TIME,AMT,RATE,ADDL,II,EVID,DV\n"
	for _, c := range [][2]string{
		{"1,0,5,0,3,0.1,1,.\n", "1,0,5,0,0,0,1,.\n1,0.1,5,0,0,0,1,.\n1,0.2,5,0,0,0,1,.\n1,0.3,5,0,0,0,1,.\n"},
		{"1,2,6,3,1,12,1,.\n", "1,2,6,3,0,0,1,.\n1,14,6,3,0,0,1,.\n"},
		{"1,0,5,0,3,0.1,1,.\n1,0.2,.,0,0,0,0,7\n", "1,0,5,0,0,0,1,.\n1,0.1,5,0,0,0,1,.\n1,0.2,5,0,0,0,1,.\n1,0.2,.,0,0,0,0,7\n"},
	} {
		var got [2][]Series
		for i, rows := range c {
			var err error
			if got[i], err = Read(strings.NewReader(head+rows), ReadOptions{States: []string{"cp"}, Uses: []string{"cp", "AMT", "RATE"}, Layout: LayoutDosing}); err != nil {
				t.Fatal(err)
			}
		}
		a, b := got[0][0], got[1][0]
		if !slices.Equal(a.T, b.T) || !slices.Equal(a.U, b.U) || fmt.Sprint(a.Inputs) != fmt.Sprint(b.Inputs) {
			t.Errorf("%q: %v %v, want %v %v", c[0], a.T, a.U, b.T, b.U)
		}
	}
}
