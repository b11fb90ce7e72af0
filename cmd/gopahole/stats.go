package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/gopahole/gopahole/dwarf2btf"
)

// printStats prints what --stats shows: first counters that are the same on every
// machine, then times and memory, which are not.
func printStats(w io.Writer, s *dwarf2btf.Stats) {
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	usage := processUsage()

	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer tw.Flush()
	row := func(value any, label string) { fmt.Fprintf(tw, "%v\t  %s\n", value, label) }
	row(s.Units, "units")
	row(s.InfoBytes, "bytes of .debug_info")
	row(s.DIEs, "DIEs visited")
	row(s.Lists, "location lists read")
	row(s.Types, "types before deduplication")
	row(s.Distinct, "distinct type contents")
	row(s.Known, "types recognised")
	row(s.Comparisons, "comparisons of types")
	row(s.Steps, "pairs of types compared")
	row(s.Identity, "pairs that needed the identity check")
	row(s.Work, "pairs of types that count as work")
	row(s.Functions, "function instances")
	row(s.Emitted, "functions encoded")
	row(s.Merged, "all units taken as one")
	row(s.Reruns, "times the input was read again")
	if s.Deferred != "" {
		row(s.Deferred, "reason why types were merged at the end")
	}
	if in := &s.Inlined; in.Sites > 0 {
		row(in.Sites, "sites of inlined functions")
		row(in.All, "sites with the locations of all parameters")
		row(in.Some, "sites with those of some")
		row(in.None, "sites with those of none")
		row(in.Plain, "sites of functions without parameters")
		row(in.LeftOut, "of these sites left out with their function")
		row(in.Functions, "functions that were inlined")
		row(in.Params, "distinct locations")
		row(in.Protos, "distinct lists of locations")
		row(4*in.Words, "bytes of sites, had each its own locations")
	}
	row(mem.Mallocs, "allocations")
	row(mem.TotalAlloc, "bytes allocated")
	row(mem.NumGC, "garbage collections")
	for _, p := range s.Phases {
		row(milliseconds(p.Wall), "ms "+p.Name)
	}
	if usage != nil {
		row(milliseconds(usage.user+usage.system), "ms of CPU")
		row(usage.peakKiB, "KiB peak resident memory")
	}
}

// usage is what the process has used so far.
type usage struct {
	user, system time.Duration
	peakKiB      int64
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
