package main

import (
	"errors"
	"os"
	"runtime"
	"runtime/pprof"

	"github.com/gopahole/gopahole/internal/tuning"
)

// startProfiles begins the profiles whose file names are not "". The function
// that it returns ends and writes them.
func startProfiles(g *guard, cpu, mem string) (stop func() error, err error) {
	var ends []func() error
	stop = func() error {
		var errs []error
		for _, end := range ends {
			errs = append(errs, end())
		}
		ends = nil
		return errors.Join(errs...)
	}
	for _, profile := range []struct{ name, kind string }{{cpu, "the CPU profile "}, {mem, "the allocation profile "}} {
		if profile.name == "" {
			continue
		}
		if err := g.take(profile.name, profile.kind+profile.name); err != nil {
			return nil, err
		}
	}
	if cpu != "" {
		f, err := os.Create(cpu)
		if err != nil {
			return nil, fileError(cpu, err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return nil, errors.Join(fileError(cpu, err), f.Close())
		}
		ends = append(ends, func() error {
			pprof.StopCPUProfile()
			return f.Close()
		})
	}
	if mem != "" {
		f, err := os.Create(mem)
		if err != nil {
			return nil, errors.Join(fileError(mem, err), stop())
		}
		tuning.ProfileMemory()
		ends = append(ends, func() error {
			runtime.GC() // so that the profile shows what is in use at the end
			return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
		})
	}
	return stop, nil
}
