package e2e

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// actionRun runs a script of contrib/action as a runner of GitHub does, in a directory that has the files of the guide.
type actionRun struct {
	dir, bin                 string
	stdout, summary, outputs string
	failed                   bool
}

func runAction(t *testing.T, script, dir, bin string, env ...string) actionRun {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	path, err := filepath.Abs(filepath.Join(root, "contrib/action", script))
	if err != nil {
		t.Fatal(err)
	}
	r := actionRun{dir: dir, bin: bin}
	cmd := exec.Command("bash", path)
	cmd.Dir = dir
	temp := t.TempDir()
	summary, outputs := filepath.Join(temp, "summary"), filepath.Join(temp, "outputs")
	cmd.Env = append(os.Environ(), "PATH="+bin+":/usr/bin:/bin", "RUNNER_TEMP="+temp, "GITHUB_STEP_SUMMARY="+summary, "GITHUB_OUTPUT="+outputs,
		"GITHUB_PATH="+filepath.Join(temp, "path"), "LC_ALL=C")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	r.failed = err != nil
	r.stdout = string(out)
	read := func(name string) string {
		data, _ := os.ReadFile(name)
		return strings.ReplaceAll(string(data), temp, "TEMP")
	}
	r.summary, r.outputs = read(summary), read(outputs)
	return r
}

// linkProgram makes a directory with the program.
func linkProgram(t *testing.T) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(path, filepath.Join(bin, "gopahole")); err != nil {
		t.Fatal(err)
	}
	return bin
}

func TestAction(t *testing.T) {
	bin := linkProgram(t)
	for _, tc := range []struct {
		name    string
		env     []string
		summary string // all of it
		said    string // a pattern of a line
		result  string
		fails   bool
	}{
		{
			name: "made and taken", env: []string{"MODULES=driver.ko", "KERNELS= vmlinux-6.12 \n\n vmlinux-6.13\n", "BASE=vmlinux-6.12", "GENERATE=true"},
			summary: "### BTF of kernel modules\n\nOn the kernel that they were built for:\n\n" +
				"    driver.ko: accepted by Linux 6.12 (rules of 6.12 to 6.14)\n    driver.ko: kfuncs: 0, complete 0\n\n" +
				"| module | vmlinux-6.12 | vmlinux-6.13 |\n|---|---|---|\n| driver.ko | ✅ relocates | ✅ relocates |\n",
			result: "true",
		},
		{
			name: "one is refused", env: []string{"MODULES=*.ko\n", "KERNELS=vmlinux-6.12\nvmlinux-6.13", "BASE=vmlinux-6.12", "GENERATE=true"},
			summary: "### BTF of kernel modules\n\nOn the kernel that they were built for:\n\n" +
				"    driver.ko: accepted by Linux 6.12 (rules of 6.12 to 6.14)\n    driver.ko: kfuncs: 0, complete 0\n" +
				"    keeps.ko: accepted by Linux 6.12 (rules of 6.12 to 6.14)\n    keeps.ko: kfuncs: 0, complete 0\n\n" +
				"| module | vmlinux-6.12 | vmlinux-6.13 |\n|---|---|---|\n| driver.ko | ✅ relocates | ✅ relocates |\n| keeps.ko | ✅ relocates | ❌ refused |\n\n" +
				"- keeps.ko on vmlinux-6.13: -EINVAL: distilled base BTF type 'task' &#91;2&#93; is not mapped to base BTF id\n",
			said: `^::warning title=BTF of a module::keeps\.ko on \(2\): -EINVAL: distilled base`, result: "false", fails: true,
		},
		{
			name: "one is refused, and that is no failure", env: []string{"MODULES=keeps.ko", "KERNELS=vmlinux-6.13", "BASE=vmlinux-6.12", "GENERATE=true", "FAIL=never"},
			summary: "### BTF of kernel modules\n\nOn the kernel that they were built for:\n\n" +
				"    keeps.ko: accepted by Linux 6.12 (rules of 6.12 to 6.14)\n    keeps.ko: kfuncs: 0, complete 0\n\n" +
				"| module | vmlinux-6.13 |\n|---|---|\n| keeps.ko | ❌ refused |\n\n" +
				"- keeps.ko on vmlinux-6.13: -EINVAL: distilled base BTF type 'task' &#91;2&#93; is not mapped to base BTF id\n",
			result: "false",
		},
		{
			name: "no BTF", env: []string{"MODULES=modules", "KERNELS=vmlinux-6.13"},
			summary: "### BTF of kernel modules\n\n| module | vmlinux-6.13 |\n|---|---|\n| modules/driver.ko | ❔ no BTF |\n| modules/keeps.ko | ❔ no BTF |\n\n" +
				"- modules/driver.ko: a kernel loads it and learns nothing of its types\n- modules/keeps.ko: a kernel loads it and learns nothing of its types\n",
			result: "false", fails: true,
		},
		{name: "an archive", env: []string{"MODULES=driver.ko", "KERNELS=file://DIR/6.13.btf.tar.gz", "BASE=vmlinux-6.12", "GENERATE=true"}, result: "true"},
		{name: "no such module", env: []string{"MODULES=none*.ko", "KERNELS=vmlinux-6.13"}, said: `^::error title=gopahole::no modules: there is no none\*\.ko$`, fails: true},
		{name: "no such kernel", env: []string{"MODULES=driver.ko", "KERNELS=vmlinux-5"}, said: `^::error title=gopahole::no kernel: there is no vmlinux-5$`, fails: true},
		{name: "no kernel", env: []string{"MODULES=driver.ko", "KERNELS=driver.c"}, said: `^::error title=gopahole::gopahole: --base driver\.c: `, fails: true},
		{name: "no word", env: []string{"MODULES=driver.ko", "KERNELS=vmlinux", "FAIL=often"}, said: `^::error title=gopahole::fail is 'often'`, fails: true},
		{name: "no base", env: []string{"MODULES=driver.ko", "KERNELS=vmlinux", "GENERATE=true"}, said: `^::error title=gopahole::generate needs base$`, fails: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := place(t, "built")
			if res := run(t, "encode", "-o", filepath.Join(dir, "6.13.btf"), filepath.Join(dir, "vmlinux-6.13")); res.exitCode != 0 {
				t.Fatal(res.stderr)
			}
			if err := os.Rename(filepath.Join(dir, "6.13.btf/vmlinux-6.13.btf"), filepath.Join(dir, "6.13.btf/6.13.0-example.btf")); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("tar", "-czf", filepath.Join(dir, "6.13.btf.tar.gz"), "-C", filepath.Join(dir, "6.13.btf"), "6.13.0-example.btf").CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for i := range tc.env {
				tc.env[i] = strings.ReplaceAll(tc.env[i], "DIR", dir)
			}
			r := runAction(t, "check.sh", dir, bin, tc.env...)
			if r.failed != tc.fails || tc.summary != "" && r.summary != tc.summary {
				t.Errorf("failed %v, want %v; it printed\n%s\nand the summary is\n%s\nwant\n%s", r.failed, tc.fails, r.stdout, r.summary, tc.summary)
			}
			if !regexp.MustCompile("(?m)" + tc.said).MatchString(r.stdout) {
				t.Errorf("it printed\n%s\nwant %s", r.stdout, tc.said)
			}
			if want := "relocates=" + tc.result + "\n"; tc.result != "" && !strings.HasPrefix(r.outputs, want) {
				t.Errorf("outputs %q, want %q", r.outputs, want)
			}
		})
	}
}

// TestActionInstall installs a release from a directory in the place of GitHub.
func TestActionInstall(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the release of the test is for linux/amd64")
	}
	dir := t.TempDir()
	release := filepath.Join(dir, "download/v0.9.1")
	if err := os.MkdirAll(release, 0o777); err != nil {
		t.Fatal(err)
	}
	const name = "gopahole-0.9.1-linux-amd64"
	archive := filepath.Join(release, name+".tar.gz")
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	script := "#!/bin/sh\necho gopahole v0.9.1\n"
	if err := w.WriteHeader(&tar.Header{Name: name + "/gopahole", Mode: 0o755, Size: int64(len(script))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(script)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []interface{ Close() error }{w, z, f} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	sums := fmt.Sprintf("%x  %s.tar.gz\n", sha256.Sum256(data), name)
	for _, tc := range []struct {
		name, version, sums, said string
		fails                     bool
	}{
		{"right", "v0.9.1", sums, "gopahole v0.9.1", false},
		{"another sum", "v0.9.1", strings.Replace(sums, sums[:4], "0000", 1), "is not what its checksum says", true},
		{"no sum", "v0.9.1", "", "is not what its checksum says", true},
		{"no such release", "v0.9.2", sums, "no download", true},
		{"no version", "latest", sums, "'latest' is no version", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(release, "SHA256SUMS"), []byte(tc.sums), 0o666); err != nil {
				t.Fatal(err)
			}
			r := runAction(t, "install.sh", dir, dir, "RELEASES=file://"+dir, "VERSION="+tc.version)
			if r.failed != tc.fails || !strings.Contains(r.stdout, tc.said) {
				t.Errorf("failed %v, want %v; it printed\n%s", r.failed, tc.fails, r.stdout)
			}
		})
	}
}

// TestActionFiles: what action.yml hands to scripts is what they take, and the workflow hands over inputs that there are.
func TestActionFiles(t *testing.T) {
	var action struct {
		Inputs  map[string]map[string]any
		Outputs map[string]map[string]any
		Runs    struct {
			Using string
			Steps []struct {
				Name, ID, Shell, Run string
				Env                  map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(document(t, "contrib/action/action.yml")), &action); err != nil {
		t.Fatal(err)
	}
	if action.Runs.Using != "composite" || len(action.Runs.Steps) != 2 {
		t.Fatalf("%+v", action)
	}
	used := make(map[string]bool)
	for _, step := range action.Runs.Steps {
		name := strings.Trim(strings.TrimPrefix(step.Run, `"$GITHUB_ACTION_PATH/`), `"`)
		script := document(t, "contrib/action/"+name)
		for key, value := range step.Env {
			if !strings.Contains(script, "${"+key+":") {
				t.Errorf("%s does not look at %s", name, key)
			}
			input := strings.TrimSuffix(strings.TrimPrefix(value, "${{ inputs."), " }}")
			if action.Inputs[input] == nil {
				t.Errorf("%s: %s is no input", key, value)
			}
			used[input] = true
		}
	}
	for name, input := range action.Inputs {
		if !used[name] || input["description"] == "" {
			t.Errorf("input %s: %v", name, input)
		}
	}
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Uses string
				With map[string]any
			}
		}
	}
	if err := yaml.Unmarshal([]byte(document(t, "contrib/action/example-workflow.yml")), &workflow); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, job := range workflow.Jobs {
		for _, step := range job.Steps {
			if !strings.HasPrefix(step.Uses, "gopahole/") {
				continue
			}
			found = true
			for name := range step.With {
				if action.Inputs[name] == nil {
					t.Errorf("the workflow has the input %s, which the action has not", name)
				}
			}
		}
	}
	if !found {
		t.Error("the workflow does not use the action")
	}
}
