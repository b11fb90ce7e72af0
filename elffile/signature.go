package elffile

// A signed kernel module ends with the signature, a 12-byte description of it
// and this line (Linux, include/linux/module_signature.h).
const (
	signatureMagic = "~Module signature appended~\n"
	signatureInfo  = 12 // bytes: algorithm, hash, kind, signer's and key ID's length, 3 unused, signature's length (big endian)
)

// A SignedError says that a module was not changed, because its signature would not be
// valid any more. [Options.DropSignature] takes the signature off.
type SignedError struct{ File string }

func (e *SignedError) Error() string {
	return e.File + ": signed module: a change would invalidate the appended signature"
}

// Signed reports whether the file ends with the signature of a kernel module.
func (f *File) Signed() (bool, error) {
	size, err := f.unsignedSize()
	return size != f.Size, err
}

// unsignedSize returns the size of the file without the signatures that are appended to
// it. There may be several.
func (f *File) unsignedSize() (int64, error) {
	size := uint64(f.Size)
	for size >= uint64(len(signatureMagic)) {
		magic := make([]byte, len(signatureMagic))
		if err := f.readAt(magic, size-uint64(len(magic))); err != nil {
			return 0, err
		}
		if string(magic) != signatureMagic {
			break
		}
		rest := size - uint64(len(magic))
		if rest < signatureInfo {
			return 0, f.formatf(rest, "the appended signature is cut off")
		}
		var info [signatureInfo]byte
		if err := f.readAt(info[:], rest-signatureInfo); err != nil {
			return 0, err
		}
		rest -= signatureInfo
		length := uint64(info[3]) + uint64(info[4]) + uint64(load32(info[8:], true))
		if length > rest {
			return 0, f.formatf(rest, "appended signature of %d bytes in a file of %d", length, f.Size)
		}
		size = rest - length
	}
	return int64(size), nil
}
