package config

import (
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/train"
)

func TestMethodsOfAChainHaveTheirOwnKeys(t *testing.T) {
	text := "method: {name: 'gradient-matching, homotopy, lm', lm: {decay: 0.5}}"
	check := func(c *Config) {
		t.Helper()
		m := c.Method.(*train.Chain).Methods
		if h := m[1].(*train.Homotopy); h.LR != 0.25 || h.Levels == 0 {
			t.Errorf("homotopy %+v", h)
		}
		if m[0].(*train.GradientMatching).Decay == 0.5 || m[2].(*train.LM).Decay != 0.5 {
			t.Errorf("%+v, %+v", m[0], m[2])
		}
		if c.ModelName != plainModel {
			t.Errorf("model %s", c.ModelName)
		}
	}
	c := load(t, text, "homotopy.lr=0.25")
	check(c)
	again, err := c.YAML("dir")
	if err != nil {
		t.Fatal(err)
	}
	check(load(t, string(again)))
}

func TestErrorsInAChainNameTheMethod(t *testing.T) {
	for arg, want := range map[string]string{
		"homotopy.lrr=1":          `unknown key "lrr" in homotopy; did you mean "lr"?`,
		"homotpy.lr=1":            `did you mean "homotopy"?`,
		"method=lm,homotpy":       `did you mean "homotopy"?`,
		"method=lm,auto":          "auto cannot come after others",
		"method.homotopy.lr=fast": `"fast" is not a number`,
	} {
		_, err := Load("", []byte("method: homotopy,lm"), []string{arg}, 2)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", arg, err, want)
		}
	}
}

func TestAChainThatBeginsWithAutoHasItsModel(t *testing.T) {
	if c := load(t, "method: 'auto,measure'"); c.ModelName != autoModel {
		t.Errorf("model %s", c.ModelName)
	}
}
