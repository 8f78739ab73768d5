//go:build !slow

package study

// slow asks tests for all they can do.
const slow = false
