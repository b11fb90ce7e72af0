package index

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Prefix is that of the keys of all records.
const Prefix = "index/"

const suffix = ".jsonl"

// Key returns the key of a package's record.
func (p *Package) Key() string {
	name := p.Name
	for _, part := range []string{p.Version, p.Architecture} {
		if part != "" {
			name += "_" + part
		}
	}
	id := p.Identity
	if id == "" {
		id = "unknown"
	}
	return Prefix + Element(name) + "_" + id[:min(len(id), 12)] + suffix
}

// ObjectKey returns the key of BTF that is kept by its digest, in hexadecimal digits.
func ObjectKey(digest string) string {
	return "btf/" + digest[:min(2, len(digest))] + "/" + digest + ".btf.zst"
}

// maxElement is how long an element of a key may become here, in bytes.
const maxElement = 180

// Element returns a text as an element of a key: letters, digits and the characters of names and versions of
// packages stay, of others the bytes in hexadecimal digits. Different texts have different elements.
func Element(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("_-+~", c) >= 0, c == '.' && i > 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteString(hex.EncodeToString([]byte{c}))
		}
	}
	if b.Len() <= maxElement {
		return b.String()
	}
	sum := sha256.Sum256([]byte(text))
	return b.String()[:maxElement-17] + "%" + hex.EncodeToString(sum[:8])
}
