//go:build slow

package cli

// slow asks tests for all they can do.
const slow = true
