package main

// resolve builds vmlinux and modules once more, with gopahole in place of resolve_btfids, too, which the builds before
// have from the kernel's sources: it fills .BTF_ids, and since 7.0 it also sorts and distills. Nothing may change.
func (t *tree) resolve(k *kernel, files map[string]string) error {
	if err := t.unlink(); err != nil {
		return err
	}
	out, err := t.make(t.build, t.resolver, parallel(), "vmlinux", "modules")
	if err != nil {
		return err
	}
	got, err := t.snapshot()
	if err != nil {
		return err
	}
	for _, text := range differences(got, k.contents) {
		t.problem("%s: not what the kernel's resolve_btfids writes: %s", t.version, text)
	}
	if got, want := warnings(out), k.warnings; got != want {
		t.problem("%s: with gopahole as resolve_btfids the build prints\n%s\nand with that of the kernel\n%s", t.version, got, want)
	}
	for _, name := range modules {
		path, err := t.module(name, t.resolver)
		if err != nil {
			return err
		}
		got, err := readContents(path)
		if err != nil {
			return err
		}
		want, err := readContents(files[name])
		if err != nil {
			return err
		}
		for _, text := range got.differences(want) {
			t.problem("%s: %s: not what the kernel's resolve_btfids writes: %s", t.version, name, text)
		}
	}
	return nil
}
