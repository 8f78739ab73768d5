//go:build !unix

package main

func noCore() {}

func openFiles() uint64 { return fewestFiles }
