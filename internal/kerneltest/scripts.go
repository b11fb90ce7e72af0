package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/internal/peer"
)

// An edit changes one place of a script of the kernel's build.
type edit struct {
	file     string // in the sources of Linux
	old, new string // old must be there exactly once
}

// scripts73 are what the build of Linux 7.3 does in another way than that of 7.2: it does not ask the encoder for the
// tags of kfuncs and of their arena pointers, as they are made by resolve_btfids then. How that is called has not
// changed, so it goes by what the encoder was asked for.
var scripts73 = []edit{
	{"scripts/Makefile.btf", ",decl_tag_kfuncs", ""},
	{"scripts/Makefile.btf", " --btf_features=attributes", ""},
}

// scriptsInline are those of a kernel that knows of BTF inline, and is configured without it.
var scriptsInline = append(slices.Clone(scripts73),
	edit{"scripts/Makefile.btf", "export RESOLVE_BTFIDS_FLAGS", "export BTF_INLINE :=\nexport RESOLVE_BTFIDS_FLAGS"},
	edit{"scripts/gen-btf.sh", "${RESOLVE_BTFIDS_FLAGS}", "${RESOLVE_BTFIDS_FLAGS} ${BTF_INLINE:+--inline}"},
)

// scriptsInlineBuilt are those of a kernel that is configured to have BTF inline in its image. The encoder is asked by
// the name that the preview has here, and the linker puts the section where it likes, as nothing in this kernel looks
// for it.
var scriptsInlineBuilt = append(slices.Clone(scripts73),
	edit{"scripts/Makefile.btf", "export RESOLVE_BTFIDS_FLAGS", "export BTF_INLINE := y\nexport RESOLVE_BTFIDS_FLAGS"},
	edit{"scripts/Makefile.btf", "export PAHOLE_FLAGS := $(pahole-flags-y)",
		"export PAHOLE_FLAGS := $(pahole-flags-y) --btf_features=inline_preview"},
	edit{"scripts/gen-btf.sh", "${RESOLVE_BTFIDS_FLAGS}", "${RESOLVE_BTFIDS_FLAGS} ${BTF_INLINE:+--inline}"},
	edit{"scripts/gen-btf.sh", "${OBJCOPY} --only-section=.BTF --strip-all ${btf_data}",
		"${OBJCOPY} --add-section .BTF.inline=${ELF_FILE}.BTF.inline " +
			"--set-section-flags .BTF.inline=alloc,readonly ${btf_data}\n" +
			"\t${OBJCOPY} --only-section=.BTF --only-section=.BTF.inline --strip-all ${btf_data}"},
	edit{"scripts/gen-btf.sh", "\tbtf_ids=\"${ELF_FILE}.BTF_ids\"",
		"\t${OBJCOPY} --add-section .BTF.inline=${ELF_FILE}.BTF.inline ${ELF_FILE}\n\tbtf_ids=\"${ELF_FILE}.BTF_ids\""},
	edit{"scripts/gen-btf.sh", "rm -f \"${ELF_FILE}.BTF.1\"", "rm -f \"${ELF_FILE}.BTF.1\" \"${ELF_FILE}.BTF.inline\""},
)

// applyEdits returns the changed files. It fails if sources are not those that the edits were written for.
func applyEdits(src fs.FS, edits []edit) (map[string]string, error) {
	texts := make(map[string]string)
	for _, e := range edits {
		if _, ok := texts[e.file]; !ok {
			text, err := fs.ReadFile(src, e.file)
			if err != nil {
				return nil, err
			}
			texts[e.file] = string(text)
		}
		if n := strings.Count(texts[e.file], e.old); n != 1 {
			return nil, fmt.Errorf("%s has %q %d times, want once: the edits are for other sources", e.file, e.old, n)
		}
		texts[e.file] = strings.Replace(texts[e.file], e.old, e.new, 1)
	}
	return texts, nil
}

// withScripts returns the tree as its build would be with other scripts, in the same directories, so that nothing is
// compiled again. The sources stay as they are.
func (t *tree) withScripts(name string, edits []edit) (*tree, error) {
	texts, err := applyEdits(os.DirFS(t.src), edits)
	if err != nil {
		return nil, err
	}
	changed := *t
	changed.scripts = nil
	dir := filepath.Join(t.dir, "scripts-"+name)
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(texts[file]), 0o755); err != nil {
			return nil, err
		}
		changed.scripts = append(changed.scripts, path, filepath.Join(t.src, file))
	}
	return &changed, nil
}

// mountScripts is a script of the shell: of its arguments up to --, it mounts every first one over the second one, and
// then runs the rest.
const mountScripts = `while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 1; shift 2; done; shift; exec "$@"`

// command prepares a run of a program of the peers, for which the scripts of this tree are in their places.
func (t *tree) command(tool string, args ...string) *exec.Cmd {
	if t.scripts == nil {
		return t.peers.Command(tool, args...)
	}
	cmd := t.peers.Command("sh", slices.Concat([]string{"-c", mountScripts, "sh"}, t.scripts, []string{"--", tool}, args)...)
	peer.OwnMounts(cmd)
	return cmd
}
