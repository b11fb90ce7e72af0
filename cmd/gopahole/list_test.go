package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// TestJudgeLoaded: what the system call does not say is known to be missing, or an error.
func TestJudgeLoaded(t *testing.T) {
	for _, tt := range []struct {
		err    error
		fails  bool
		stderr string // part of it
	}{
		{nil, false, ""},
		{fmt.Errorf("BTF: %w", syscall.EPERM), false, "warning: IDs, programs and maps are not listed: bpf(2) is not permitted"},
		{fmt.Errorf("BTF: %w", syscall.EACCES), false, "bpf(2) is not permitted"},
		{fmt.Errorf("BTF: %w", syscall.ENOSYS), false, "this system has no bpf(2)"},
		{errors.ErrUnsupported, false, "this system has no bpf(2)"},
		{fmt.Errorf("program 7: %w", syscall.EINVAL), true, "gopahole: the list is not complete: bpf(2): program 7: invalid argument"},
		{fmt.Errorf("map 7: %w", syscall.ENOMEM), true, "the list is not complete"},
	} {
		var stderr bytes.Buffer
		c := &command{stderr: &stderr}
		if err := c.judgeLoaded(tt.err); (err != nil) != tt.fails || !strings.Contains(stderr.String(), tt.stderr) || (stderr.Len() > 0) != (tt.err != nil) {
			t.Errorf("%v: %v, %q", tt.err, err, stderr.String())
		}
		if err := listed(nil, nil); err != nil {
			t.Error(err)
		}
	}
}
