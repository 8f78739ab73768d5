package cli

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/internal/scenes"
)

// What is filmed unless one says otherwise.
const (
	sceneRecordings = 100
	sceneRows       = 70
)

// simulateScene writes frames of a filmed system.
func (a *app) simulateScene(name string, set map[string]string, f *simulateFlags) error {
	size := map[string]int{"recordings": sceneRecordings, "rows": sceneRows}
	for key, text := range set {
		n, err := strconv.Atoi(text)
		switch {
		case !slices.Contains([]string{"recordings", "rows"}, key):
			return &registry.UnknownError{Kind: "setting", Name: key, Known: []string{"recordings", "rows"}}
		case err != nil:
			return fmt.Errorf("%s=%s: it is a whole number", key, text)
		}
		size[key] = n
	}
	switch {
	case f.times != "" || f.noise != "" || f.process != "":
		return fmt.Errorf("%s has frames %g apart, without noise; rows= says how many, recordings= of how many starts, --seed which", name, scenes.Step)
	case a.json:
		return fmt.Errorf("%s is written as CSV; leave --json out", name)
	}
	films, err := scenes.Film(name, size["recordings"], size["rows"], f.seed)
	if err != nil {
		return err
	}
	return failed(data.Write(a.Stdout, films, data.WriteOptions{}))
}
