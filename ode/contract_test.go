package ode_test

import (
	"testing"

	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/ode/odetest"
)

// The toy is tested wherever all methods are.
func init() { ode.Register(odetest.ImplicitEuler()) }

func TestMethodsKeepTheContract(t *testing.T) {
	for _, name := range ode.Methods() {
		t.Run(name, func(t *testing.T) { odetest.Run(t, name) })
	}
}
