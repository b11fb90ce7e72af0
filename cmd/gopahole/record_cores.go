//go:build cores && linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/gopahole/gopahole/internal/cores"
)

// recordEnv names the file that a record of the run is written to.
const recordEnv = "GOPAHOLE_CORES"

// record begins to record a run, if the environment names a file for that. The function
// that it returns ends and writes the record.
func record(ctx context.Context) (context.Context, func()) {
	name := os.Getenv(recordEnv)
	if name == "" {
		return ctx, func() {}
	}
	r := cores.NewRecorder(cores.ThreadTime, cores.ProcessTime)
	return cores.With(ctx, r), func() {
		data, err := json.Marshal(r.End())
		if err == nil {
			err = os.WriteFile(name, data, 0o666)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}
