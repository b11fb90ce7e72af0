// Package outfile writes files so that none is lost: each is the old one or the
// new one, whatever happens.
//
// # How a file is written
//
// The new contents go to an unnamed file (O_TMPFILE) in the directory of the
// target. When they are complete and nothing speaks against it, the file is linked
// to the name .NAME.gopahole-XXXXXXXXXXXX and renamed to the target; or linked to
// the target itself where there was nothing. A program that is killed between link
// and rename leaves that name, which the next one that writes into the directory
// removes: whoever made it holds a lock on the file (flock) as long as it runs.
// Where there are no unnamed files (NFS), the file has that name from the beginning.
//
// A rename gives one name a new file, and other hard links keep the old contents.
//
// # What is not replaced
//
// What is no regular file (a pipe, a device) is written directly, and so is a file
// in a directory in which nothing can be created. What the names of open files
// lead to (/dev/stdout, /proc/self/fd/3) is written through the descriptor, where
// it stands: a file that is appended to keeps what it has. A mount point is written
// over when the new contents are complete and saved beside it.
//
// # Links of others
//
// Symbolic links are followed here and not by the kernel, as a rename would replace
// the link. Its protection of directories that everybody may write to, such as
// /tmp, is kept whatever the setting of fs.protected_symlinks is: in a sticky
// directory of that kind, a link is followed and a file is written over only if it
// belongs to the user or to the owner of the directory.
//
// # Other programs
//
// A [State] is a file as it was when it was opened. Options.Check is asked at the
// last moment, and can compare it with what is there now.
package outfile
