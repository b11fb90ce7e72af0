package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/gopahole/gopahole/internal/peer"
)

// archiveBench measures the way from a debug package to the BTF of its kernel and modules in compressed archives: gopahole
// archive run against dpkg-deb, pahole for each file and tar, as projects do it that keep the BTF of many kernels. All run in the
// Debian tree of the peers, so with one liblzma. The bytes are not compared: what gopahole encodes is what the build of the
// kernel's release asks for, in the form of the header too.
type archiveBench struct {
	*bench
	rounds  int
	archive string // the package
}

// paholeArchive is the other way. $1 is the package, $2 a directory for what comes of it, $3 the features.
const paholeArchive = `set -e
mkdir -p "$2/tree" "$2/modules"
dpkg-deb -x "$1" "$2/tree"
vmlinux=$(find "$2/tree/usr/lib/debug/boot" -name 'vmlinux-*')
pahole -J -j1 --btf_features="$3" --btf_encode_detached="$2/vmlinux.btf" "$vmlinux"
find "$2/tree" -name '*.ko' | while read -r module; do
  name=${module##*/}
  pahole -J -j1 --btf_features="$3" --btf_base="$2/vmlinux.btf" --btf_encode_detached="$2/modules/${name%.ko}.btf" "$module"
done
tar -C "$2" -cJf "$2/kernel.tar.xz" vmlinux.btf
tar -C "$2" -cJf "$2/modules.tar.xz" modules
rm -rf "$2/tree"
`

func (a *archiveBench) run(w io.Writer) error {
	input := filepath.Join(a.dir, "package.deb")
	if out, err := exec.Command("cp", a.archive, input).CombinedOutput(); err != nil { // below the peers, where pahole reads it
		return fmt.Errorf("cp: %w\n%s", err, out)
	}
	n := 0
	commands := func() (gopahole, pahole *exec.Cmd) {
		n++
		dest := filepath.Join(a.dir, fmt.Sprint("archive", n))
		gopahole = a.peers.Command(a.peers.Inside(a.program), "archive", "run", "--modules", "-j1", "--max_memory=2G", "--distribution=debian/0", "-o", dest, input)
		gopahole.Env = append(gopahole.Env, "TMPDIR="+a.peers.Inside(a.dir))
		work := filepath.Join(a.dir, fmt.Sprint("pahole", n))
		return gopahole, peer.WithLibbpf18(a.peers.Command("sh", "-c", paholeArchive, "sh", input, work, a.features))
	}
	var pairs []pair
	for round := range a.rounds {
		p, err := a.alternate(commands, round%2 == 1, true)
		if err != nil {
			return err
		}
		pairs = append(pairs, p)
		fmt.Fprintf(os.Stderr, "round %d: gopahole %s, dpkg-deb, pahole and tar %s\n", round+1, p.gopahole, p.pahole)
	}
	if err := a.describe(w, a.archive, "a package"); err != nil {
		return err
	}
	printRows(w, []row{{"package to archive: CPU", "s", cpu, pairs}, {"package to archive: wall", "s", wall, pairs},
		{"package to archive: peak memory", "MB", peak, pairs}})
	return nil
}
