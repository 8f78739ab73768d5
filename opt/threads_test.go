package opt_test

import (
	"runtime"
	"testing"

	"github.com/entrain-dev/entrain/opt/opttest"
)

func TestSolversLeaveTheThreadsOfTheProcessAlone(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	p, start := opttest.VanDerPol(3, 6, 1, 3, 0, 0.1, 1)
	s := solver(t, p, nil)
	s.Step(s.Start(start))
	if n := runtime.GOMAXPROCS(0); n != 3 {
		t.Errorf("3 threads became %d", n)
	}
}
