package die

// Key stands for a string, so that most names are never read. It is made from what the
// DIE has:
//
//	0                     no string
//	offset + 1            in .debug_str, below 1 GiB
//	KeyPacked | n<<24 | … at most three bytes: gcc writes such names inline
//	KeyInterned | n       a number that the caller gave to the text
//
// Two keys may mean the same string.
type Key = uint32

// The classes of keys.
const (
	KeyPacked   = 1 << 30
	KeyInterned = 1 << 31
)
