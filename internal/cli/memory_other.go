//go:build !linux

package cli

// machineMemory is the memory in bytes of the machine; 0: it is not known, and
// there is no limit unless one is given.
func machineMemory() float64 { return 0 }
