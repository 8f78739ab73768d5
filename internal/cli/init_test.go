package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/study"
)

// What init prints is a configuration of the same fit.
func TestInitPrintsTheConfigurationOfTheSameFit(t *testing.T) {
	workplace(t)
	quick := []string{"model=mlp", "hidden=4", "method=vanilla", "budget=20"}
	o := must(t, append([]string{"init", "lynx-hare.csv"}, quick...)...)
	if !strings.Contains(o.out, "21 rows") || !strings.Contains(o.out, "#seed: 0") || !strings.Contains(o.out, "\n  hidden: [4]") {
		t.Errorf("not what was understood and given:\n%s", o.out)
	}
	write(t, "fit.yaml", o.out)
	must(t, "fit", "fit.yaml", "--out", "a")
	must(t, append([]string{"fit", "lynx-hare.csv", "--out", "b"}, quick...)...)
	if read(t, "a/"+study.ForecastFile) != read(t, "b/"+study.ForecastFile) || read(t, "a/"+study.ConfigFile) != read(t, "b/"+study.ConfigFile) {
		t.Error("the fits differ")
	}
	if o := entrain("init", "none.csv"); o.code != 2 || o.out != "" {
		t.Errorf("exit %d, %s", o.code, o.out)
	}
	if o := piped(read(t, "lynx-hare.csv"), "init", "-"); o.code != 0 || !strings.Contains(o.out, "data: \"-\"") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
}

// A column that has one value stands under ignore, and the rest is fitted; what was asked for by name
// is refused as by fit, and so are data without any other column.
func TestInitLeavesConstantColumnsOut(t *testing.T) {
	workplace(t)
	rows := "time,x,y,site,empty\n"
	for i := range 60 {
		rows += fmt.Sprintf("%g,%.5f,%.5f,7,\n", float64(i)/8, math.Cos(float64(i)/8), math.Sin(float64(i)/8))
	}
	write(t, "flat.csv", rows)
	quick := []string{"model=mlp", "hidden=4", "method=vanilla", "budget=20"}
	o := must(t, append([]string{"init", "flat.csv"}, quick...)...)
	if !strings.Contains(o.out, "\nignore: [\"site\", \"empty\"]\n") || strings.Count(o.out, "left out under ignore") != 1 {
		t.Errorf("not left out, or not told:\n%s", o.out)
	}
	write(t, "fit.yaml", o.out)
	must(t, "fit", "fit.yaml", "--out", "a")
	must(t, append([]string{"fit", "flat.csv", "ignore=site,empty", "--out", "b"}, quick...)...)
	if read(t, "a/"+study.ForecastFile) != read(t, "b/"+study.ForecastFile) {
		t.Error("the fits differ")
	}
	write(t, "one.csv", "time,site\n0,7\n1,7\n2,7\n3,7\n4,7\n5,7\n")
	for _, args := range [][]string{{"init", "flat.csv", "states=x,site"}, {"init", "one.csv"}} {
		if o := entrain(args...); o.code != 2 || !strings.Contains(o.err, `column "site": all values are 7`) {
			t.Errorf("%v: exit %d, %s", args, o.code, o.err)
		}
	}
}

func TestSchemaAndVersionAreJSON(t *testing.T) {
	for _, key := range []string{`"$schema"`, `"homotopy"`, `"heldout"`} {
		if o := must(t, "schema"); !strings.Contains(o.out, key) || oneValue(t, o.out) == nil {
			t.Errorf("the schema lacks %s", key)
		}
	}
	var v build
	if err := json.Unmarshal([]byte(must(t, "version", "--json").out), &v); err != nil || len(v.Features.Kernels) == 0 || v.Features.Methods < 10 || v.Go == "" {
		t.Errorf("%v: %+v", err, v)
	}
	if o := must(t, "version"); !strings.HasPrefix(o.out, "entrain ") || !strings.Contains(o.out, "kernels  generic") {
		t.Errorf("%s", o.out)
	}
}
