// Package store keeps the objects of an archive: byte strings under keys, in a directory or, so that workers on several
// machines can share it, elsewhere. [Open] has the names of stores.
//
// A store is all that workers share. What makes that safe is that a Put is all or nothing, and that workers that do the
// same work put the same bytes. Where they do not, as two packages may have a kernel for one place, there is Update: in
// a directory it holds a lock, with S3 it puts on a condition (If-Match, If-None-Match), and registries have nothing of
// the kind.
//
// # Keys
//
// A key is a path with slashes, such as ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz, and is the same in every store:
// elements that are not empty, "." or "..", in UTF-8 without control characters and backslashes. [CheckKey] has the
// rule. One key is not the beginning of another one at a slash: "a" and "a/b" are not together in a directory, so they
// should not be in one store.
//
// # Errors
//
// They name the store and the key. errors.Is(err, fs.ErrNotExist) is true if there is nothing under the key, and
// nothing else makes it true: a store that is gone is another error.
package store
