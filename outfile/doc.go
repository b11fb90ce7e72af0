// Package outfile writes files so that none is lost: each is the old one or the new one,
// whatever happens.
//
//	err := outfile.Write("vmlinux.btf", types, outfile.Options{})
//
// [Write] is for one file, a [Set] for several that belong together, and [Rewrite] for a
// new file that is made of the old one.
//
// # How a file is written
//
// The new contents go to an unnamed file (O_TMPFILE) in the directory of the target. When
// they are complete, the file is linked to the name .NAME.gopahole-XXXXXXXXXXXX and
// renamed to the target; or linked to the target itself where there was nothing. A
// program that is killed between link and rename leaves that name. The next one that
// writes into the directory removes it: a file in use is locked (flock) by its writer.
// Where there are no unnamed files (NFS), the file has that name from the beginning.
//
// A rename gives one name a new file; other hard links keep the old contents.
//
// # What is not replaced
//
// What is no regular file (a pipe, a device) is written directly, and so is a file in a
// directory in which nothing can be created. What the names of open files lead to
// (/dev/stdout, /proc/self/fd/3) is written through the descriptor, from where it stands:
// a file that is appended to keeps what it has. A mount point is written over when the
// new contents are complete and saved beside it.
//
// # Links of other users
//
// Symbolic links are followed here and not by the kernel, as a rename would replace the
// link. The kernel's protection of directories that everybody may write to, such as /tmp,
// is applied whatever the setting of fs.protected_symlinks is: in a sticky directory of
// that kind, a link is followed and a file is written over only if it belongs to the user
// or to the owner of the directory.
//
// # Changes by other programs
//
// A [State] is a regular file as it was when it was opened. [Options.Check] is called at
// the last moment, and can compare states with what is there now. [ID] and [Place] tell
// whether two names mean one file.
//
// # What is stable
//
// Exported names, the errors, and the names of temporary files, so that a later version
// removes those of an earlier one.
package outfile
