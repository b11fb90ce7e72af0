//go:build !unix || solaris || aix

package rusage

import "os"

// Self is the usage of this process so far. ok is false where the system does not say.
func Self() (u Usage, ok bool) { return Usage{}, false }

// Children is the usage of all children that have ended and were waited for.
func Children() (u Usage, ok bool) { return Usage{}, false }

// Of is the usage of a process that has ended.
func Of(p *os.ProcessState) (u Usage, ok bool) { return Usage{}, false }
