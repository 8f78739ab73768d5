package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/train"
)

// memory watches what the process takes. Beyond most it is asked to end, and
// beyond farTooMuch times that it is left behind at once.
type memory struct {
	most  config.Bytes // 0: no limit
	given bool         // by the user
	over  chan struct{}
}

const (
	farTooMuch  = 1.15
	lookEvery   = 50 * time.Millisecond
	memoryShare = 0.75 // of the machine, by default
)

// watchMemory looks at the memory of the process until the command is over.
func (a *app) watchMemory() {
	a.memory.over = make(chan struct{})
	a.limitMemory(config.Bytes(memoryShare*float64(machineMemory())), false)
	go func() {
		for tick := time.NewTicker(lookEvery); ; {
			select {
			case <-a.user.Done():
				tick.Stop()
				return
			case <-tick.C:
			}
			most := float64(a.memoryLimit())
			if most == 0 || taken() <= most {
				continue
			}
			runtime.GC() // some of it may be waste
			if got := taken(); got > farTooMuch*most {
				a.stop(train.ErrMemory)
				close(a.memory.over)
				return
			} else if got > most {
				a.stop(train.ErrMemory)
			}
		}
	}()
}

// limitMemory sets what the process may take; 0 changes nothing.
func (g *guard) limitMemory(most config.Bytes, given bool) {
	if most <= 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.memory.most, g.memory.given = most, given
	debug.SetMemoryLimit(int64(0.95 * float64(most)))
}

func (g *guard) memoryLimit() config.Bytes {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.memory.most
}

// taken is the memory of the process in bytes, as far as Go knows of it.
func taken() float64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return float64(s[0].Value.Uint64()) - float64(s[1].Value.Uint64())
}

// words says that memory ran out, and what to do; then is how to go on.
func (m *memory) words(then string) string {
	of := "memory="
	if !m.given {
		of = "three quarters of this machine's memory"
	}
	if then != "" {
		then += "; "
	}
	return fmt.Sprintf("this takes more than the %s it may take (%s); %sgive more with memory=, or less to do: fewer rows, columns, members or parameters, or fewer trials at a time", m.most, of, then)
}
