package cli

import (
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/internal/kernel"
)

func TestKernelsCanBeForced(t *testing.T) {
	was := kernel.Level()
	defer func() {
		if err := kernel.Force(was); err != nil {
			t.Error(err)
		}
	}()
	o := withEnv(Env{Args: []string{"version"}, Interrupt: never, Kernel: "generic"})
	if o.code != 0 || !strings.Contains(o.out, "kernels: generic") {
		t.Errorf("exit %d: %s%s", o.code, o.out, o.err)
	}
	o = withEnv(Env{Args: []string{"version"}, Interrupt: never, Kernel: "mmx"})
	if o.code != exitBad || !strings.Contains(o.err, "ENTRAIN_KERNEL") || !strings.Contains(o.err, "generic") {
		t.Errorf("exit %d: %s%s", o.code, o.out, o.err)
	}
}
