package source

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/mikelolasagasti/xz"
)

// Of the decoders of xz in Go, mikelolasagasti/xz is the fastest: 52 MB/s of a vmlinux, that of ulikunitz/xz 22. liblzma has
// 75, and more in its newer versions, so that xz(1), where it is installed, takes four fifths of the time, the pipes included.

// openXZ opens the library's decoder.
func openXZ(r io.Reader) (io.ReadCloser, error) { return plain(xz.NewReader(r, maxDictionary)) }

// worthProcess is how large a stream has to be for another process, in bytes. Tests lower it.
var worthProcess int64 = 4 << 20

// An xzProcess decodes a stream of xz by xz(1). Whatever is wrong with the process or the stream, the library has the last
// word: it decodes the stream from its beginning, and goes on where the process ended. So bytes and errors are the library's.
type xzProcess struct {
	cmd   *exec.Cmd
	out   io.ReadCloser
	stop  func() bool               // ends the watch of the context
	n     int64                     // bytes that were decoded so far
	again func() (io.Reader, error) // the stream from its beginning, by the library
	rest  io.Reader                 // that, after the process has failed
	end   error
}

// startXZ starts xz(1) on what from returns. It returns nil if there is no such program, or it cannot be started.
func startXZ(ctx context.Context, from func() io.Reader, again func() (io.Reader, error)) *xzProcess {
	program, err := exec.LookPath("xz")
	if err != nil {
		return nil
	}
	cmd := exec.CommandContext(ctx, program, "-dcqq", "-T1", fmt.Sprintf("--memlimit-decompress=%d", 2*maxDictionary))
	cmd.Env = []string{"LC_ALL=C"} // without XZ_OPT
	cmd.Stdin = from()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil
	}
	widen(out)
	cmd.WaitDelay = time.Second // a script called xz may leave a child that has the pipes
	if err := cmd.Start(); err != nil {
		out.Close()
		return nil
	}
	stop := context.AfterFunc(ctx, func() { out.Close() }) // or a Read would wait for such a child
	return &xzProcess{cmd: cmd, out: out, stop: stop, again: again}
}

func (x *xzProcess) Read(p []byte) (int, error) {
	if x.end != nil {
		return 0, x.end
	}
	if x.rest == nil {
		n, err := x.out.Read(p)
		x.n += int64(n)
		if err == nil || n > 0 {
			return n, nil
		}
		if x.end = x.finish(); x.end != nil {
			return 0, x.end
		}
	}
	return x.rest.Read(p)
}

// finish waits for the process. The error is io.EOF if it has decoded all; nil if the library goes on.
func (x *xzProcess) finish() error {
	cmd := x.cmd
	x.cmd = nil
	x.stop()
	if cmd.Wait() == nil {
		return io.EOF
	}
	rest, err := x.again()
	if err == nil {
		_, err = io.CopyN(io.Discard, rest, x.n)
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF // the process has decoded more than the library
	}
	x.rest = rest
	return err
}

// Close ends the process.
func (x *xzProcess) Close() error {
	if x.cmd != nil {
		x.stop()
		x.cmd.Process.Kill()
		x.cmd.Wait()
		x.cmd = nil
	}
	return nil
}

// unpackData is unpackStream for what is large enough for another process.
func unpackData(ctx context.Context, data *io.SectionReader, limits Limits) (*stream, error) {
	packed := new(counted)
	from := func() io.Reader {
		packed.r = &contextReader{ctx, io.NewSectionReader(data, 0, data.Size())}
		packed.n.Store(0)
		return packed
	}
	var start [32]byte
	n, _ := data.ReadAt(start[:], 0)
	if c := codecOf(start[:n]); c != nil && c.name == "xz" && data.Size() >= worthProcess {
		x := startXZ(ctx, from, func() (io.Reader, error) { return openXZ(bufio.NewReaderSize(from(), readAhead)) })
		if x != nil {
			return newStream(c, x, packed, limits), nil
		}
	}
	return unpackStream(from(), limits)
}
