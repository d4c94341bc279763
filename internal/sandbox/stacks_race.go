//go:build linux && race

package sandbox

// threadStacks stands for what the race detector maps, which is more than any bound.
const threadStacks = 1 << 46
