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
// A file that somebody removes while it is in use is written anew, under its name, before anything else is stored in it.
// Else all that was said to be stored would be gone with the process.
//
// The files are looked at when the extension starts, before anybody opens one. There are
// no goroutines.
package filestorageextension
