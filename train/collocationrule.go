package train

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/registry"
)

// placements are the rules by name. That with the name "" is the first.
var placements = []struct {
	name        string
	make        func(stages int) *num.Rule
	least, most int // stages
}{
	{"radau", num.RadauRule, 1, 5},
	{"gauss", num.GaussRule, 1, 5},
	{"lobatto", num.LobattoRule, 2, 6},
}

// checkRule reports a rule that there is not, or stages that it does not have.
func (c *Collocation) checkRule() error {
	var known []string
	for _, r := range placements {
		known = append(known, r.name)
		if r.name != c.Rule && (c.Rule != "" || r.name != placements[0].name) {
			continue
		}
		if c.Stages < r.least || c.Stages > r.most {
			return fmt.Errorf("stages=%d: with rule=%s it must be %d to %d", c.Stages, r.name, r.least, r.most)
		}
		return nil
	}
	return &registry.UnknownError{Kind: "rule", Name: c.Rule, Known: known}
}

// rule is that of the settings, which were checked.
func (c *Collocation) rule() *num.Rule {
	for _, r := range placements {
		if r.name == c.Rule {
			return r.make(c.Stages)
		}
	}
	return placements[0].make(c.Stages)
}
