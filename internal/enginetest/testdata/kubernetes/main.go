// Reads a Job of Kubernetes as its API server does with strict field validation, and prints it as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	var job batchv1.Job
	if err == nil {
		err = yaml.UnmarshalStrict(text, &job)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(job)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
