//go:build unix

package main

import "syscall"

// noCore keeps a crash from writing all memory to the disk.
func noCore() { _ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
