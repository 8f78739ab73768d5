//go:build !unix

package main

import "time"

// processorTime is not known; see entry.turn.
func processorTime() time.Duration { return 0 }
