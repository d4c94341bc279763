// Package sandbox runs work on input that nobody vouches for in child processes of the same
// program, so that what such input does to memory, processor or stack is done to a child and
// not to the program. It knows nothing of what the work is: messages are bytes.
//
// A [Pool] keeps started children waiting, so that a request costs no start. A child takes one
// request at a time; while it works it may call back to its parent, which does for it what it
// must not do itself, such as use the network. A child has none of the parent's environment
// and none of its open files but three pipes, on Linux from 5.11 not even those that the parent was itself
// started with.
//
// What is bounded, and where:
//
//   - Memory: on Linux by RLIMIT_DATA, which counts private writable memory (setrlimit(2); not
//     RLIMIT_AS, since the Go runtime reserves address space that it does not use; a program built with
//     cgo is given the stacks of its threads on top). Elsewhere the
//     child looks at its own use while it works and ends itself, which is a softer bound.
//   - Processor time: by RLIMIT_CPU on Unix, for each request anew. Not on Windows.
//   - Time: by the parent everywhere. Only time in which the child has no call open counts.
//   - Messages, calls and what the child writes to its standard error: by the parent everywhere.
//   - Files written, open files, core dumps: by RLIMIT_FSIZE, RLIMIT_NOFILE and RLIMIT_CORE on Unix.
//
// There are no job objects on Windows. On Linux a child has the highest oom_score_adj, so that a
// container that runs out of memory loses a child and never its parent, and dies with its parent
// at once (PR_SET_PDEATHSIG); elsewhere it ends when the pipe from its parent does.
//
// A child that dies takes the request with it, and no other. Whether that says anything about
// the input is for [Pool.Do] to find out.
package sandbox
