package oci

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxTag is the length of tags (OCI distribution-spec, "Pulling manifests").
const maxTag = 128

// hashed begins the tags of keys that are too long.
const hashed = "_h"

// Tag returns the tag of a key, as the package comment says.
func Tag(key string) string {
	var tag strings.Builder
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', (c == '.' || c == '-') && i > 0:
			tag.WriteByte(c)
		case c == '/':
			tag.WriteString("__")
		case c == '_':
			tag.WriteString("_u")
		default:
			tag.WriteString("_x" + hex.EncodeToString([]byte{c}))
		}
	}
	if tag.Len() > maxTag {
		sum := sha256.Sum256([]byte(key))
		return hashed + hex.EncodeToString(sum[:])
	}
	return tag.String()
}

// keyOf returns the key that a tag stands for. If the tag is that of a long key, it does not say which; ok is false for
// a tag that is none of ours.
func keyOf(tag string) (key string, long, ok bool) {
	if sum, ok := strings.CutPrefix(tag, hashed); ok {
		_, err := hex.DecodeString(sum)
		return "", true, err == nil && len(sum) == 2*sha256.Size && strings.ToLower(sum) == sum
	}
	var b []byte
	for i := 0; i < len(tag); i++ {
		switch {
		case tag[i] != '_':
			b = append(b, tag[i])
		case strings.HasPrefix(tag[i:], "__"):
			b = append(b, '/')
			i++
		case strings.HasPrefix(tag[i:], "_u"):
			b = append(b, '_')
			i++
		case strings.HasPrefix(tag[i:], "_x") && i+4 <= len(tag):
			c, err := hex.DecodeString(tag[i+2 : i+4])
			if err != nil {
				return "", false, false
			}
			b = append(b, c...)
			i += 3
		default:
			return "", false, false
		}
	}
	return string(b), false, Tag(string(b)) == tag
}
