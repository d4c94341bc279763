// Package filestorageextension is the file_storage extension of the Collector's contrib
// repository, behind a look at its files. In go a directory; out come files that the
// extension can open. A file that it could not (damaged, cut off, something else in its
// place) would end the process by a panic of the database library, at each start, or
// lose all that is stored without a word.
//
// What is no file is put aside under another name. So is a damaged file, next to a new one with everything that
// could be read back, and the log says so as an error. Configuration and type are those of
// the extension, so that nothing changes for who has it in use.
//
// A start on a full disk waits until there is space, and the log says so as an error: the
// extension writes to a file as soon as it opens it, and even to read from it, so that nothing could be
// begun.
//
// A file that somebody removes while it is in use, or replaces by another one, is written anew, under its name, before anything
// else is stored in it. Else all that was said to be stored would be gone with the process. What came in its place is kept
// under another name.
//
// A storage file belongs to one process at a time: a file beside it, lock_ and its name, is locked for as long as it is in
// use. The database library's own lock ends with each compaction, so that of two Collectors that start together on one
// directory both had the file, and what one of them stored was lost. A lock that somebody removes is made again; where another
// process was faster, nothing more is stored, which the caller is told.
//
// The files are looked at when the extension starts, before anybody opens one. There are
// no goroutines.
package filestorageextension
