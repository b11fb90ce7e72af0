package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/relocate"
)

// inlineSuffix ends the names of files with raw BTF inline, which is split from the BTF in
// the file whose name is the rest: FILE.BTF.inline, /sys/kernel/btf/vmlinux.inline.
const inlineSuffix = ".inline"

// errNoInline says that there is no BTF inline where it is asked for.
var errNoInline = errors.New("has no section " + btf.InlineSection)

// inlineMain returns the file that raw BTF inline is split from, by the name of its own.
func inlineMain(name string) (main string, ok bool) {
	main, ok = strings.CutSuffix(name, inlineSuffix)
	return main, ok && main != "" && !strings.HasSuffix(main, "/")
}

// withMain completes the sections of a file with raw BTF inline: with the BTF that it is
// split from and the distilled base of that. Other files stay as they are, and what
// stands alone is no BTF inline, whatever its name.
func withMain(name string, s *btf.Sections) (*btf.Sections, error) {
	main, ok := inlineMain(name)
	if !ok || s.ELF {
		return s, nil
	}
	if _, err := btf.ParseLoose(s.BTF, nil); !errors.Is(err, btf.ErrNeedBase) {
		return s, nil
	}
	of, err := loadSections(main)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoMain(name, main)
	}
	if err != nil {
		return nil, err
	}
	whole := &btf.Sections{BTF: of.BTF, Base: of.Base, Inline: s.BTF}
	if !of.ELF {
		if whole.Base, err = loadDistilled(main); err != nil {
			return nil, err
		}
	}
	return whole, nil
}

func errNoMain(name, main string) error {
	return fileError(name, fmt.Errorf("BTF inline says nothing without the BTF that it is split from, and there is no %s", main))
}

// isInline reports whether BTF inline is what a file of the command line is about: raw, by
// its name, and not on top of bases that have the BTF that it is split from.
func isInline(name string, bases []string) bool {
	main, ok := inlineMain(name)
	if !ok || slices.Contains(bases, main) {
		return false
	}
	_, err := os.Stat(main)
	return err == nil || len(bases) == 0
}

// loadInline reads the BTF inline of a file, in a section or raw with the BTF that it is
// split from beside it. What that is split from is base, which may be nil; with a
// distilled base of its own, both are relocated onto it.
func loadInline(name string, base *btf.Types) (*btf.Types, error) {
	s, err := loadSections(name)
	if err != nil {
		return nil, err
	}
	if s, err = withMain(name, s); err != nil {
		return nil, err
	}
	if s.Inline == nil {
		return nil, fileError(name, errNoInline)
	}
	on := base
	if s.Base != nil {
		if on, err = btf.Parse(s.Base, nil); err != nil {
			return nil, fileError(name, fmt.Errorf(".BTF.base: %w", err))
		}
	}
	main, err := btf.Parse(s.BTF, on)
	if err != nil {
		return nil, fileError(name, fmt.Errorf("the BTF that its BTF inline is split from: %w", err))
	}
	inline, err := btf.Parse(s.Inline, main)
	if err != nil {
		return nil, fileError(name, fmt.Errorf("BTF inline: %w", err))
	}
	if base != nil && inline.ByteOrder() != base.ByteOrder() {
		return nil, fileError(name, errOtherOrder)
	}
	if base != nil && s.Base != nil {
		if _, inline, err = relocate.Inline(inline, relocate.NewTarget(base)); err != nil {
			return nil, fileError(name, err)
		}
	}
	return inline, nil
}
