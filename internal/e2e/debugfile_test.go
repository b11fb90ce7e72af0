package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// TestDebugFilesOfModules strips modules of a kernel as packagers do, and encodes them in all ways that there are: the
// result is that of the whole module.
func TestDebugFilesOfModules(t *testing.T) {
	peers := peer.Get(t)
	dir := peer.Scratch(t)
	base := "--btf_base=" + peer.Vmlinux(t, "612c")
	strip := map[string]string{
		"objcopy":  "objcopy --only-keep-debug $f $f.debug; objcopy --strip-debug --add-gnu-debuglink=$f.debug $f",
		"no-id":    "objcopy -R .note.gnu.build-id $f; objcopy --only-keep-debug $f $f.debug; objcopy --strip-debug --add-gnu-debuglink=$f.debug $f",
		"build-id": "id=$(readelf -n $f | sed -n 's/.*Build ID: //p'); b=root/.build-id/$(echo $id | cut -c1-2); mkdir -p $b; objcopy --only-keep-debug $f $b/$(echo $id | cut -c3-).debug; objcopy --strip-debug $f",
		"symbols":  "mkdir -p .debug; objcopy --only-keep-debug $f .debug/$f.debug; objcopy --strip-all --add-gnu-debuglink=.debug/$f.debug $f",
	}
	for way, commands := range strip {
		for _, module := range smallModules(t, 3) {
			name := way + "-" + filepath.Base(module)
			file := filepath.Join(dir, name)
			copyFile(t, module, file)
			script := fmt.Sprintf("cd %s; f=%s; %s", peers.Inside(dir), name, commands)
			if res := peer.Run(t, peers.Command("sh", "-ec", script)); res.ExitCode != 0 {
				t.Fatalf("%s: %s%s", script, res.Stdout, res.Stderr)
			}
			encode := func(input string, args ...string) string {
				t.Helper()
				return sum(encodeDefault(t, input, args...))
			}
			root := "--debug_dir=" + filepath.Join(dir, "root")
			if got, want := encode(file, root), encode(module); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
			if got, want := encode(file, root, base), encode(module, base); got != want {
				t.Errorf("%s on a base: %s, want %s", name, got, want)
			}
			if way == "objcopy" || way == "no-id" {
				checkPaholeFinds(t, peers, file, encode(file))
			}
			checkInPlace(t, name, base, root, file, module)
		}
	}
}

// checkPaholeFinds checks that pahole finds the same debug file.
func checkPaholeFinds(t *testing.T, peers *peer.Peers, file, want string) {
	t.Helper()
	raw, messages := paholeDefault(t, peers, file)
	if raw == nil {
		t.Fatalf("%s: pahole wrote nothing: %s", file, messages)
	}
	if got := sum(raw); got != want {
		t.Errorf("%s: %s, pahole %s", filepath.Base(file), want, got)
	}
}

// checkInPlace compares what a batch and gen put into the stripped file with what they put into the whole one.
func checkInPlace(t *testing.T, name, base, root, file, module string) {
	t.Helper()
	base = strings.Replace(base, "--btf_base", "--base", 1)
	for _, verb := range [][]string{{"encode", "--in_place", "--features=default,distilled_base"}, {"gen"}} {
		var dumps []string
		for _, input := range []string{file, module} {
			// The copy has to be where the debug file is.
			work := filepath.Join(filepath.Dir(file), name+".work")
			copyFile(t, input, work)
			res := run(t, append(append([]string{}, verb...), base, root, work)...)
			if res.exitCode != 0 {
				t.Errorf("%s: %v: exit status %d: %s", name, verb, res.exitCode, res.stderr)
				return
			}
			shown := run(t, "dump", work)
			if shown.exitCode != 0 {
				t.Errorf("%s: %v: dump: %s", name, verb, shown.stderr)
			}
			dumps = append(dumps, shown.stdout)
		}
		if dumps[0] != dumps[1] || dumps[0] == "" {
			t.Errorf("%s: %v writes other BTF into the stripped module than into the whole one", name, verb)
		}
	}
}
