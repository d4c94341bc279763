// Package boltfile reads a file of the database library bbolt without trusting it: whether
// all of it is sound, and what can be read back of one that is not. In go a file and the name of a bucket; out
// come its entries, and what is wrong. The library itself ends the process over a
// damaged file, by a panic or a fault of memory, since it maps the file and follows its
// offsets.
//
// The format is that of bbolt 1.3 to 1.5 (internal/common: page.go, meta.go, bucket.go): pages
// of one size; pages 0 and 1 are metas, with a checksum, of which the one with the newer
// transaction names the root; branch and leaf pages form a tree of keys in order; numbers are
// in the byte order of the machine. Only metas have a checksum: a value that was changed is for
// its reader to notice.
package boltfile
