package field

import (
	"errors"
	"fmt"

	"github.com/entrain-dev/entrain/internal/budget"
)

// huge is more than any budget; counts that could overflow stop there.
const huge = 1 << 40

// affordable refuses a model with too many parameters, before it is built; key
// is the setting to blame.
func affordable(key string, parameters float64) error {
	if parameters <= budget.Parameters {
		return nil
	}
	return fmt.Errorf("%s: the model would have %.3g parameters; %d is the most: choose fewer or smaller layers (hidden=, units=), "+
		"a lower degree=, fewer hidden states (augment=), or fewer columns (states=)", key, parameters, budget.Parameters)
}

// affordableNetwork is affordable for a network of layers with the given units,
// beside which are others.
func affordableNetwork(sizes []int, others float64) error {
	if len(sizes) > budget.Layers+2 {
		return fmt.Errorf("hidden: %d layers; %d is the most", len(sizes)-2, budget.Layers)
	}
	n := others
	for i := 1; i < len(sizes); i++ {
		n += float64(sizes[i]) * (float64(sizes[i-1]) + 1)
	}
	return affordable("hidden", n)
}

// affordablePolynomial is the same for n polynomials in width variables.
func affordablePolynomial(n, width, degree int) error {
	terms := 0
	for d := 1; d <= degree; d++ {
		terms += choose(width, d)
	}
	if degree > 1 && terms > budget.Terms {
		return fmt.Errorf("degree=%d: a polynomial in %d variables has %d terms; %d is the most; lower it, or name fewer columns with states=",
			degree, width, terms, budget.Terms)
	}
	return affordable("degree", float64(n)*float64(terms))
}

// affordableStates refuses more states than a model may have.
func affordableStates(measured, hidden int) error {
	switch {
	case hidden < 0:
		return fmt.Errorf("augment: %d hidden states; it must be 0 or more", hidden)
	case hidden > budget.States || measured+hidden > budget.States:
		return fmt.Errorf("augment: %d hidden states beside %d; %d states are the most", hidden, measured, budget.States)
	}
	return nil
}

// errLongText is the answer to equations that no one writes.
var errLongText = errors.New("equations: the text is longer than 1 MiB")
