package cli

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// trials writes a folder with recordings of one oscillator, of which the last has two rows.
func trials(t *testing.T) {
	t.Helper()
	if err := os.Mkdir("trials", 0o755); err != nil {
		t.Fatal(err)
	}
	for k, rows := range []int{30, 30, 2} {
		text := "t,x,v\n"
		for i := range rows {
			at := 0.2 * float64(i)
			text += fmt.Sprintf("%g,%g,%g\n", at, math.Cos(at+float64(k)), -math.Sin(at+float64(k)))
		}
		write(t, filepath.Join("trials", fmt.Sprintf("r%d.csv", k)), text)
	}
	write(t, filepath.Join("trials", "README.md"), "no data")
}

func TestFilesFoldersAndPatternsAreRecordings(t *testing.T) {
	workplace(t)
	trials(t)
	for _, args := range [][]string{{"trials"}, {"trials/r*.csv"}, {"trials/r0.csv", "trials/r1.csv", "trials/r2.csv"}} {
		o := entrain(append([]string{"check"}, args...)...)
		if o.code != 0 || !strings.Contains(o.out, "2 recordings, 60 rows") || !strings.Contains(o.out, "too few rows are left out: r2.csv (2)") {
			t.Errorf("%v: exit %d, %s%s", args, o.code, o.out, o.err)
		}
	}
	must(t, "convert", "trials", "all.csv")
	if text := read(t, "all.csv"); !strings.HasPrefix(text, "t,x,v,id\n0,1,-0,r0.csv\n") || !strings.Contains(text, ",r2.csv\n") {
		t.Errorf("the long table begins %.60q", text)
	}
	write(t, "fit.yaml", "data: [trials/r0.csv, trials/r1.csv]\n")
	if o := entrain("check", "fit.yaml"); o.code != 0 || !strings.Contains(o.out, "2 recordings") {
		t.Errorf("exit %d, %s%s", o.code, o.out, o.err)
	}
}

func TestRunOfAFolderRemembersItsFiles(t *testing.T) {
	workplace(t)
	trials(t)
	must(t, "fit", "trials", "method=lm", "model=linear", "--out", "run")
	if text := read(t, "run/config.yaml"); !strings.Contains(text, "- ../trials/r0.csv\n  - ../trials/r1.csv") {
		t.Errorf("the configuration names no files:\n%.200s", text)
	}
	write(t, "trials/new.csv", "t,x,v\n0,1,2\n1,2,3\n")
	must(t, "report", "run")
	o := must(t, "forecast", "run", "--from", "trials/r0.csv", "--from", "trials/r1.csv", "--horizon", "0.4", "--step", "0.2", "--band", "none")
	if strings.Count(o.out, "r1.csv") != 2 {
		t.Errorf("forecasts of two files:\n%s", o.out)
	}
	write(t, "trials/r1.csv", "t,x,v\n0,1,2\n1,2,3\n")
	if o := entrain("analyse", "run", "loss-landscape"); o.code != 2 || !strings.Contains(o.err, "has changed since the run") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
}
