//go:build linux && cgo && !race

package sandbox

// threadStacks is what the stacks of threads count for RLIMIT_DATA: with cgo the C library maps
// 8 MiB for each, of which next to nothing is used.
const threadStacks = 16 * 8 << 20
