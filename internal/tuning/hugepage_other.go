//go:build !linux

package tuning

// given says that the system may give huge pages.
const given = false

func advise(addr, n uintptr) {}

func skipTouched() uintptr { return 0 }

func adviseSparse(addr, n uintptr) {}

func populate(addr, n uintptr) {}
