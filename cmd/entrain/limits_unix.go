//go:build unix

package main

import "syscall"

// noCore keeps a crash from writing all memory to the disk.
func noCore() { _ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }

// openFiles is how many files the process may have open at a time.
func openFiles() uint64 {
	var r syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r) != nil {
		return fewestFiles
	}
	return uint64(r.Cur)
}
