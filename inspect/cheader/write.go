package cheader

import (
	"fmt"
	"io"

	"github.com/gopahole/gopahole/btf"
)

// Options says which types are written. The zero value takes all, in the order of
// bpftool: enums first, then integers, structs and unions, function pointers, each
// by name.
type Options struct {
	// Roots are the only types that are written, besides what they need, in this
	// order. There are no prototypes of kernel functions then.
	Roots []btf.ID
	// Unsorted takes types by ID.
	Unsorted bool
	// PointerSize is 4 or 8 bytes. 0 goes by the size of long, and is 8 without one.
	// Only the file that BTF is in says it for sure.
	PointerSize int
}

// A CycleError is about a type that contains itself, which has no size and no form
// in C.
type CycleError struct {
	ID   btf.ID
	Name string // may be empty
}

func (e *CycleError) Error() string {
	return fmt.Sprintf("type %d %q contains itself, which C cannot say", e.ID, e.Name)
}

// A WorkError is about a type whose C form nests too deep, gets too long, or has no
// end. Types without a name are written at each place that uses them, so a small blob
// can have a form of any length. Compilers make no such types.
type WorkError struct {
	ID btf.ID
}

func (e *WorkError) Error() string {
	return fmt.Sprintf("type %d nests too many types for a C form of reasonable length", e.ID)
}

// An IDError is about a root that does not exist.
type IDError struct {
	ID    btf.ID
	Count btf.ID // of types, void among them
}

func (e *IDError) Error() string {
	return fmt.Sprintf("there is no type %d: IDs end at %d", e.ID, e.Count-1)
}

const preamble = `#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif

#ifndef __weak
#define __weak __attribute__((weak))
#endif

#ifndef __bpf_fastcall
#if __has_attribute(bpf_fastcall)
#define __bpf_fastcall __attribute__((bpf_fastcall))
#else
#define __bpf_fastcall
#endif
#endif

`

const epilogue = `#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
`

// Write writes types, with those of their bases, as a C header. What was written
// before an error stays written. Errors are those of w, and [CycleError],
// [WorkError], [IDError].
func Write(w io.Writer, t *btf.Types, o Options) error {
	for _, id := range o.Roots {
		if id >= t.NumIDs() {
			return &IDError{id, t.NumIDs()}
		}
	}
	return newPrinter(w, t, o.PointerSize).write(o)
}

func (p *printer) write(o Options) error {
	p.str(preamble)
	if err := p.all(o); err != nil {
		return err
	}
	p.str(epilogue)
	return p.flush()
}

func (p *printer) all(o Options) error {
	if len(o.Roots) > 0 {
		return p.define(o.Roots)
	}
	var err error
	if o.Unsorted {
		err = p.define(p.byID())
	} else {
		err = p.defineSorted()
	}
	if err != nil {
		return err
	}
	return p.kfuncs()
}

// define writes the definitions of types and of what they need.
func (p *printer) define(ids []btf.ID) error {
	for _, id := range ids {
		if _, err := p.sequence(id, false); err != nil {
			return err
		}
		for _, id := range p.queue {
			p.prepare(id, 0)
		}
		p.queue = p.queue[:0]
		if err := p.flushFull(); err != nil {
			return err
		}
	}
	return nil
}
