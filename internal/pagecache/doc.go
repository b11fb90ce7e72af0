// Package pagecache reads what is in the page cache without telling the scheduler of
// Go.
//
// The files of a build have just been written, and reading them takes microseconds.
// But a system call that lasts longer than 20 of them loses its place, and the
// goroutine goes on in another thread, often on another processor with other caches;
// and a thread of the runtime wakes up all the time to look for such calls.
//
// What has to come from a disk is left to package os, and so is everything on
// systems without preadv2(2).
package pagecache
