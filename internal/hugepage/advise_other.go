//go:build !linux

package hugepage

func advise(addr, n uintptr) {}

func populate(addr, n uintptr) {}
