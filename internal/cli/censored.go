package cli

import (
	"fmt"
	"maps"
	"math"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/train"
)

// findHold has what lies between the rows of inputs found from their values, and tells it.
func findHold(c *config.Config, series []data.Series, tell func(text string)) {
	if note := c.Settings.FindHold(series, c.Model); note != "" {
		tell(note)
	}
}

// censorWritten makes censored values of those that the file has as below a limit, where nobody
// says anything else of the column and the method knows what that is. It returns the problem
// that p is then, and tells what is done.
func censorWritten(c *config.Config, series []data.Series, p *train.Problem, build func() (*train.Problem, error), tell func(text string)) *train.Problem {
	was := c.Censored
	var names, limits []string
	for k, limit := range series[0].Below {
		name := series[0].Names[k]
		if _, said := was[name]; said || math.IsNaN(limit) {
			continue
		}
		names, limits = append(names, name), append(limits, belowLimit(name, limit))
		c.Censored = maps.Clone(c.Censored)
		if c.Censored == nil {
			c.Censored = map[string]train.Quantified{}
		}
		c.Censored[name] = train.Quantified{Below: limit}
	}
	if names == nil {
		return p
	}
	setting := censoredSetting(limits)
	if p.MaximisesLikelihood(c.Method) {
		if q, err := build(); err == nil {
			tell(fmt.Sprintf("values below a limit are censored: they are known only not to be above it; %s says so", setting))
			return q
		}
	}
	c.Censored = was
	tell(fmt.Sprintf("values of %s below a limit are taken for the limit itself, as this fit is by least squares; "+
		"equations without networks, and method=lm or vanilla, know them for what they are: %s", strings.Join(names, ", "), setting))
	return p
}

// belowLimit is the entry of a column, and censoredSetting the setting of several.
func belowLimit(name string, limit float64) string {
	return fmt.Sprintf("%s: {below: %s}", name, words.Short(limit))
}

func censoredSetting(entries []string) string {
	return fmt.Sprintf("censored: {%s}", strings.Join(entries, ", "))
}

// lostLimits says what is written as if it were exact where rows were written below a limit; "" if
// there are none.
func lostLimits(series []data.Series) string {
	var limits []string
	for k, limit := range series[0].Below {
		if !math.IsNaN(limit) {
			limits = append(limits, belowLimit(series[0].Names[k], limit))
		}
	}
	if limits == nil {
		return ""
	}
	return "values below a limit are written as the limit itself; fits of what is written need " + censoredSetting(limits)
}
