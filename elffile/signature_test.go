package elffile

import (
	"bytes"
	"debug/elf"
	"errors"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
)

// signature is an appended module signature with n bytes of PKCS #7.
func signature(n int) string {
	info := testOrder{big: true}.u32([]byte{0, 0, 2, 1, 2, 0, 0, 0}, uint32(n))
	return "SKK" + strings.Repeat("p", n) + string(info) + signatureMagic
}

func TestSignedModule(t *testing.T) {
	e := testELF{typ: elf.ET_REL, sections: ordinary(testOrder{})}
	plain := e.build()
	plainPath := writeFile(t, "plain.ko", plain)
	contents := []Content{{".BTF", fill8(300, 'b')}}
	if err := SetSections(plainPath, contents, Options{}); err != nil {
		t.Fatal(err)
	}
	want := filetest.Read(t, plainPath)

	for _, trailer := range []string{signature(500), signature(0), signature(77) + signature(33)} {
		signed := append(bytes.Clone(plain), trailer...)
		path := writeFile(t, "signed.ko", signed)
		err := SetSections(path, contents, Options{})
		var signedErr *SignedError
		if !errors.As(err,
			&signedErr) || err.Error() != path+": signed module: a change would invalidate the appended signature" || !bytes.Equal(filetest.Read(t,
			path), signed) {
			t.Errorf("%v", err)
		}
		if err := SetSections(path, contents, Options{DropSignature: true}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(filetest.Read(t, path), want) {
			t.Error("the file differs from that of a module that was never signed")
		}
	}
	for _, trailer := range []string{signature(500)[400:], signatureMagic[1:]} {
		data := append(bytes.Clone(plain), trailer...)
		if trailer[0] != '~' && strings.HasSuffix(trailer, signatureMagic) {
			// Claims more bytes than there are in the file.
			copy(data[len(data)-len(signatureMagic)-4:], "\xff\xff\xff\xff")
			err := SetSections(writeFile(t, "s.ko", data), contents, Options{DropSignature: true})
			var format *FormatError
			if !errors.As(err, &format) || !strings.Contains(err.Error(), "appended signature of 4294967298 bytes") {
				t.Error(err)
			}
		} else if err := SetSections(writeFile(t, "s.ko", data), contents, Options{}); err != nil {
			t.Errorf("half a magic line: %v", err)
		}
	}
}
