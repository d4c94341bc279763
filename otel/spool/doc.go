// Package spool keeps finished traces on disk until they are delivered. In go
// parts of traces as OTLP, out come the same parts, also after a crash, a full
// disk or a restart.
//
// # The folder
//
//	<start>-<trace id>-<part>[c].otlp.gz   a pending part; c: it completes the trace
//	notes/<id>.json                        attempts made so far, next attempt, last error
//	dead/<id>.otlp.gz, dead/<id>.reason    dead letters: refused for good, and why
//	bad/<name>.otlp.gz, bad/<name>.reason  unreadable, and why
//	requests/retry-<id>, requests/drop-<id> what somebody asked the owner to do
//	requests/redirect-<id>                 another destination to give it, as JSON
//	destinations                           where processes with this folder delivered to, as JSON
//	instance                               random id of this folder, written once; gone when it is adopted
//	former                                 ids of adopted folders, of which something may have to be ended
//	lock                                   held with flock by the process that owns the folder
//
// One file is one gzip member holding one OTLP TracesData message, which is also
// the body of an OTLP/HTTP request: gzip's trailer is the checksum, ls is the
// backlog, mv makes a dead letter and zcat is the viewer. Names sort by
// the start of the trace (nanoseconds since 1970, 20 digits), then by part.
//
// The header of the gzip member names the destination for which the part was made (see
// [Destination]): an extra field (RFC 1952, 2.3.1.1) with one subfield MD, of a CRC-32 and JSON.
// Programs that do not know it, as zcat and versions before it, pass over it; parts
// without it are for wherever their deliverer is told.
//
// # Durability
//
// Put writes a temporary file, flushes it to the disk, renames it and flushes
// the folder before it returns; callers that wait at the same time share one
// flush of the folder. A process that ends in between leaves the temporary file;
// the next Open takes it over if it is whole. A damaged file costs that one part,
// which goes to bad/.
// What was put may be read more than once (a crash between delivery and Remove),
// so delivery has to be idempotent.
//
// # Bounds
//
// Pending parts are bounded in number and bytes; beyond that the newest is
// refused with an error for which IsFull holds. A full disk is refused the same
// way (IsNoSpace) and works again once there is space. dead/ and bad/ have
// bounds of their own, beyond which their oldest files go. All of it is counted
// in Stats.
//
// Health says whether a part would be taken, before one comes. A part of more than 128 MiB
// uncompressed, or of 4 Mi spans, attributes and values, is refused (IsTooLarge), since
// reading it back would take too much memory; a file of that kind goes to bad/.
//
// # Foreign files
//
// Only regular files are opened: a symbolic link, a pipe or a folder under the name of a
// part, of a note or of the lock is never followed, waited for or written to, and harms
// nothing but itself. The outbox itself may be a link to a folder elsewhere. A file whose
// name is none of ours goes to bad/, under a name that is safe on a terminal.
//
// # Life of a part
//
//	Put ──► pending ──Remove──► delivered, or dropped on request
//	           │ ▲
//	MoveToDead │ │ Retry            Read finds damage
//	           ▼ │             pending ───────────────► bad/
//	         dead/
//
// Redirect is Retry with another destination.
//
// # Goroutines and locks
//
// An open Spool has two goroutines, both ended by Close: one flushes the folder
// for all Puts that wait, one looks for requests once a second. One mutex guards
// the index and is held during renames and removals, never while a part is
// written or read. Nothing is called back, so callers may hold locks of their own.
//
// # One owner
//
// A folder belongs to one process (IsLocked tells when it is another's). List
// and Load read without owning it. Retry and Drop act directly on a folder
// without an owner; otherwise they leave a file in requests/, which the owner
// picks up within a second or so.
//
// File locks and the flush of a folder are those of local file systems; network
// file systems are not supported. On Windows a folder cannot be flushed, so a
// power cut may lose the last parts there.
package spool
