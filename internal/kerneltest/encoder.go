package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// An encoder is what makes BTF in a build of Linux: the programs for the variables of its makefiles.
type encoder struct {
	name    string
	pahole  string // PAHOLE
	resolve string // RESOLVE_BTFIDS; empty for that of the tree
}

// prepare makes the programs.
func (s *suite) prepare(subject string) error {
	bin := filepath.Join(s.dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	s.guest = filepath.Join(bin, "guest")
	if err := goBuild(s.guest, "./internal/kerneltest/guest"); err != nil {
		return err
	}
	s.reference = encoder{name: "pahole", pahole: filepath.Join(bin, "pahole")}
	script := "#!/bin/sh\nLD_LIBRARY_PATH=/p/libbpf18 exec /usr/bin/pahole \"$@\"\n"
	if err := os.WriteFile(s.reference.pahole, []byte(script), 0o755); err != nil {
		return err
	}
	switch subject {
	case "pahole":
		s.subject = s.reference
	case "gopahole":
		s.gopahole = filepath.Join(bin, "gopahole")
		if err := goBuild(s.gopahole, "./cmd/gopahole"); err != nil {
			return err
		}
		s.subject = encoder{name: "gopahole", pahole: s.gopahole}
		s.resolver = encoder{name: "resolve_btfids", pahole: s.gopahole, resolve: filepath.Join(bin, "resolve_btfids")}
		if err := os.Remove(s.resolver.resolve); err != nil && !os.IsNotExist(err) {
			return err
		}
		if err := os.Link(s.gopahole, s.resolver.resolve); err != nil {
			return err
		}
	default:
		return fmt.Errorf("no encoder %q", subject)
	}
	return nil
}

// goBuild builds a program without libraries, which runs in the Debian tree of the peers and as init.
func goBuild(out, pkg string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-o", out, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", pkg, err, text)
	}
	return nil
}

// without makes an encoder that is called with all but some of the arguments: with pattern, of sed, cut out of each of
// them, and not at all with what is then empty.
func (s *suite) without(e encoder, name, pattern string) (encoder, error) {
	filter := func(program string) (string, error) {
		path := filepath.Join(s.dir, "bin", name+"-"+filepath.Base(program))
		script := fmt.Sprintf(`#!/bin/sh
for arg do
  shift
  arg=$(printf %%s "$arg" | sed 's/%s//')
  [ -z "$arg" ] || set -- "$@" "$arg"
done
exec %s "$@"
`, pattern, s.peers.Inside(program))
		return path, os.WriteFile(path, []byte(script), 0o755)
	}
	var err error
	broken := encoder{name: name}
	if broken.pahole, err = filter(e.pahole); err != nil {
		return encoder{}, err
	}
	if broken.resolve, err = filter(e.resolve); err != nil {
		return encoder{}, err
	}
	return broken, nil
}
