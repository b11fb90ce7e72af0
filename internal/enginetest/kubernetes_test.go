package enginetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/packtest"
	"github.com/gopahole/gopahole/internal/peer"
)

const (
	manifest = "../../contrib/engines/kubernetes/job.yaml"
	script   = "../../contrib/engines/slurm/archive.sbatch"
)

// A job is what the tests look at of a Job.
type job struct {
	APIVersion, Kind string
	Spec             struct {
		CompletionMode                     string
		Completions, Parallelism           int
		BackoffLimit, BackoffLimitPerIndex *int
		Template                           struct {
			Spec struct {
				RestartPolicy string
				Containers    []struct {
					Name          string
					Command, Args []string
					Env           []struct{ Name, Value string }
				}
			}
		}
	}
}

// kubernetes is the module that has the schemas of the API, and its sum.
const (
	kubernetes    = "k8s.io/kubernetes@v1.37.2"
	kubernetesSum = "h1:A2VDEiObzkYqFTKhSsn0ZEb0RlLEXpHWj93gi2HqEwE="
)

// schemas returns the file with the schemas of batch/v1, which Kubernetes publishes with its sources.
func schemas(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", kubernetes)
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	var got struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(out, &got); err != nil || jsonErr != nil || got.Sum != kubernetesSum {
		t.Fatalf("%v, %v: %+v", err, jsonErr, got)
	}
	return filepath.Join(got.Dir, "api/openapi-spec/v3/apis__batch__v1_openapi.json")
}

// strict reads a Job with the types of Kubernetes' API, which know all fields, and checks it by a file with schemas.
func strict(t *testing.T, schemas string, text []byte) ([]byte, error) {
	t.Helper()
	cmd := exec.Command("go", "run", ".", schemas)
	cmd.Dir = "testdata/kubernetes"
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "CGO_ENABLED=0")
	cmd.Stdin = bytes.NewReader(text)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, &stderr)
	}
	return out, err
}

// TestKubernetes reads the Job as the API server does, with all fields known, validates it against the schema of the API,
// and checks what the server checks besides: an indexed Job has as many parts as it says, and Pods that are not started
// again by themselves, as rules about failures want it.
func TestKubernetes(t *testing.T) {
	if _, err := peer.FromEnv(); err != nil {
		if errors.Is(err, peer.ErrWithout) || os.Getenv("CI") != "true" {
			t.Skip(err) // the types are to be fetched
		}
		t.Fatal(err)
	}
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	schemas := schemas(t)
	out, err := strict(t, schemas, text)
	if err != nil {
		t.Fatal(err)
	}
	var j job
	if err := json.Unmarshal(out, &j); err != nil {
		t.Fatal(err)
	}
	s, pod := j.Spec, j.Spec.Template.Spec
	if j.APIVersion != "batch/v1" || j.Kind != "Job" || s.CompletionMode != "Indexed" || s.Completions < 2 ||
		s.Parallelism < 1 || s.Parallelism > s.Completions || s.BackoffLimitPerIndex == nil || s.BackoffLimit != nil ||
		pod.RestartPolicy != "Never" || len(pod.Containers) != 1 {
		t.Fatalf("%+v", j)
	}
	c := pod.Containers[0]
	shards := ""
	for _, e := range c.Env {
		if e.Name == "GOPAHOLE_SHARDS" {
			shards = e.Value
		}
	}
	if shards != strconv.Itoa(s.Completions) || !bytes.Contains(text, []byte("containerName: "+c.Name)) {
		t.Errorf("%d completions, GOPAHOLE_SHARDS=%s, container %s", s.Completions, shards, c.Name)
	}

	// It is told what is wrong.
	for _, wrong := range [][3]string{
		{"completionMode:", "completionmodus:", "unknown field"}, {"completions: 8", "completions: eight", "cannot unmarshal"},
		{"restartPolicy", "restartpolicies", "unknown field"},
		// What types of Go do not know: fields that have to be there.
		{"          operator: In\n", "", "onExitCodes.operator in body is required"},
		{"mountPath: /packages, ", "", "mountPath in body is required"},
	} {
		changed := bytes.Replace(text, []byte(wrong[0]), []byte(wrong[1]), 1)
		if _, err := strict(t, schemas, changed); bytes.Equal(changed, text) || err == nil || !strings.Contains(err.Error(), wrong[2]) {
			t.Errorf("%q in place of %q: %v", wrong[1], wrong[0], err)
		}
	}

	program, packages := prepare(t)
	whole := filepath.Join(t.TempDir(), "whole")
	run(t, exec.Command(program, arguments(c.Command, c.Args, whole, packages)...), nil)
	many := filepath.Join(t.TempDir(), "many")
	for index := range s.Completions {
		run(t, exec.Command(program, arguments(c.Command, c.Args, many, packages)...),
			[]string{"JOB_COMPLETION_INDEX=" + strconv.Itoa(index), "GOPAHOLE_SHARDS=" + shards})
		if index == 0 && digest(t, many) == digest(t, whole) {
			t.Error("the first part is all of the work")
		}
	}
	if digest(t, many) != digest(t, whole) {
		t.Error("the parts have made something else than one run")
	}
}

// arguments are those of the container, with other places.
func arguments(command, args []string, dest, packages string) []string {
	all := append(slices.Clone(command[1:]), args...)
	for i, a := range all {
		switch {
		case strings.HasPrefix(a, "--output="):
			all[i] = "--output=" + dest
		case strings.HasPrefix(a, "--tmp_dir="):
			all[i] = "--tmp_dir=" + os.TempDir()
		case a == "/packages":
			all[i] = packages
		}
	}
	return all
}

// TestSlurm runs the script of the array as its tasks do, with the variables that Slurm sets. make test-slurm has Slurm
// itself.
func TestSlurm(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	program, packages := prepare(t)
	whole, many := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "many")
	env := []string{"PATH=" + filepath.Dir(program) + string(os.PathListSeparator) + os.Getenv("PATH"), "PACKAGES=" + packages}
	run(t, exec.Command(bash, script), append(env, "DEST="+whole))
	for id := 10; id <= 40; id += 10 {
		run(t, exec.Command(bash, script), append(env, "DEST="+many, "SLURM_ARRAY_TASK_ID="+strconv.Itoa(id), "SLURM_ARRAY_TASK_MIN=10",
			"SLURM_ARRAY_TASK_MAX=40", "SLURM_ARRAY_TASK_STEP=10", "SLURM_ARRAY_TASK_COUNT=4", "SLURM_CPUS_PER_TASK=2", "SLURM_MEM_PER_NODE=1000"))
	}
	if digest(t, many) != digest(t, whole) {
		t.Error("the parts have made something else than one run")
	}
	cmd := exec.Command(bash, script)
	cmd.Env = append(os.Environ(), "PACKAGES="+packages)
	if out, err := cmd.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("DEST: where the archive is")) {
		t.Errorf("without DEST: %v: %s", err, out)
	}
}

// prepare builds the command and makes packages, some of which are for each of a few parts.
func prepare(t *testing.T) (program, packages string) {
	t.Helper()
	dir := t.TempDir()
	program = filepath.Join(dir, "bin", "gopahole")
	build := exec.Command("go", "build", "-pgo=off", "-o", program, "github.com/gopahole/gopahole/cmd/gopahole")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	packages = filepath.Join(dir, "packages")
	if err := os.Mkdir(packages, 0o777); err != nil {
		t.Fatal(err)
	}
	const release = "6.12.0-example" // of the kernel in testdata/guide
	read := func(name string) []byte {
		data, err := os.ReadFile("../../testdata/guide/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for i := range 20 {
		name := fmt.Sprintf("linux-image-%d-dbg", i)
		deb := packtest.Deb(packtest.Meta{Name: name, Version: "1-1", Arch: "amd64", Maintainer: "Debian Kernel Team <debian-kernel@lists.debian.org>"}, "gz",
			packtest.File{Name: "usr/lib/debug/boot/vmlinux-" + release, Data: read("vmlinux-6.12")},
			packtest.File{Name: "usr/lib/debug/lib/modules/" + release + "/kernel/driver.ko", Data: read("driver.ko")})
		if err := os.WriteFile(filepath.Join(packages, name+"_1-1_amd64.deb"), deb, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return program, packages
}

func run(t *testing.T, cmd *exec.Cmd, env []string) {
	t.Helper()
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

// digest is that of all files below a directory.
func digest(t *testing.T, dir string) string {
	t.Helper()
	sum := sha256.New()
	n := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		n++
		fmt.Fprintf(sum, "%s %x\n", strings.TrimPrefix(path, dir), sha256.Sum256(data))
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) || n == 0 && err == nil {
		t.Fatalf("%s: %d files, %v", dir, n, err)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}
