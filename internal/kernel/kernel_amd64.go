//go:build amd64 && !purego

package kernel

// level is what this build runs on; the generic code until kernels in assembly are chosen here.
const level = "generic"
