//go:build slow

package train

const slow = true
