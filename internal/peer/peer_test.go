package peer

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

func TestInside(t *testing.T) {
	p := &Peers{dir: "/srv/peers"}
	for _, tc := range []struct{ name, arg, want string }{
		{"a path below", "/srv/peers/k/x/vmlinux", "/p/k/x/vmlinux"},
		{"the directory itself", "/srv/peers", "/p"},
		{"the value of an option", "--btf_base=/srv/peers/a=b", "--btf_base=/p/a=b"},
		{"an equals sign in a path", "/srv/peers/a=b", "/p/a=b"},
		{"a neighbour with the same beginning", "/srv/peers2/x", "/srv/peers2/x"},
		{"no path", "-J", "-J"},
	} {
		if got := p.Inside(tc.arg); got != tc.want {
			t.Errorf("%s: Inside(%q) = %q, want %q", tc.name, tc.arg, got, tc.want)
		}
	}
}

func TestOpenSaysWhatIsMissing(t *testing.T) {
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("an empty directory was accepted")
	}
	t.Setenv(EnvVar, "")
	if _, err := FromEnv(); err != ErrUnset {
		t.Errorf("got %v, want ErrUnset", err)
	}
	t.Setenv(EnvVar, Without)
	if _, err := FromEnv(); err != ErrWithout {
		t.Errorf("got %v, want ErrWithout", err)
	}
}

func TestPrograms(t *testing.T) {
	if v := PaholeVersion(t); !regexp.MustCompile(`^v\d+\.\d+$`).MatchString(v) {
		t.Errorf("pahole --version printed %q", v)
	}
	if v := LibbpfVersion(t); !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(v) {
		t.Errorf("libbpf has version %q", v)
	}
}

func TestEncodeKeepsOutputs(t *testing.T) {
	// Always the same file, so that repeated tests do not add entries.
	input := filepath.Join(Dir(t), "cache", "empty-input")
	if _, err := os.Stat(input); err != nil {
		if err := errors.Join(os.MkdirAll(filepath.Dir(input), 0o755), os.WriteFile(input, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		e, err := Get(t).Encode(input, "--btf_features=default")
		if err != nil {
			t.Fatal(err)
		}
		if e.ExitCode != 0 || e.Path != "" {
			t.Errorf("pahole on an empty file: %+v, want exit 0 and no output", e)
		}
	}
}
