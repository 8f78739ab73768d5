//go:build !unix

package main

import "time"

// processorTime is not known; see watch.
func processorTime() time.Duration { return 0 }
