package unpack

import "strings"

// A Format is a way to compress a whole file.
type Format string

// The formats that Linux loads modules from. The zero value is no compression.
const (
	None Format = ""
	Gzip Format = "gzip"
	XZ   Format = "xz"
	Zstd Format = "zstd"
)

// suffixes are the endings of names of compressed files.
var suffixes = map[string]Format{".gz": Gzip, ".xz": XZ, ".zst": Zstd}

// FormatOf returns the format that the name of a file stands for: .gz, .xz and .zst, as in
// module.ko.xz. Other names stand for None.
func FormatOf(name string) Format {
	for suffix, format := range suffixes {
		if strings.HasSuffix(name, suffix) {
			return format
		}
	}
	return None
}
