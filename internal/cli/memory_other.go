//go:build !linux

package cli

import "time"

// machineMemory is the memory in bytes of the machine; 0: it is not known, and
// there is no limit unless one is given.
func machineMemory() float64 { return 0 }

// busy is the processor time that the process has taken so far; 0: it is not known.
func busy() time.Duration { return 0 }
