//go:build linux && !cgo && !race

package sandbox

// threadStacks is nothing: without cgo the runtime's threads have small stacks.
const threadStacks = 0
