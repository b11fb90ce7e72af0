package main

import "runtime/debug"

// What packagers build with, as the go command knows neither in a tree without its
// history: -ldflags "-X main.version=v1.2.3 -X main.commit=0123abcd".
var version, commit string

// ownVersion returns the version of this program: that of its build, or what the go command
// recorded, a tag, a pseudo-version, or "devel" for a build of a changed tree.
func ownVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// ownCommit returns the commit that this program was built from, "" if nobody says.
func ownCommit() string {
	if commit != "" {
		return commit
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
