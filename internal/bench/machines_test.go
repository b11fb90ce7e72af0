package main

import (
	"strings"
	"testing"
	"time"
)

func ms(n int) usage {
	return usage{cpu: time.Duration(n) * time.Millisecond, wall: 2 * time.Duration(n) * time.Millisecond, peak: int64(n) << 20}
}

// TestSettingRow: more than 1 says that the setting gives something.
func TestSettingRow(t *testing.T) {
	pairs := []pair{{gopahole: ms(10), pahole: ms(12)}, {gopahole: ms(20), pahole: ms(20)}, {gopahole: ms(10), pahole: ms(15)}}
	if got, want := settingRow("a | b | c", cpu, pairs), "| a | b | c | 10.0 ms | 15.0 ms | **1.20** | 1.00 | 1.50 | 10 MB | 15 MB |"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	pairs[0].gopahole.peak, pairs[0].pahole.peak = 0, 0
	if got, want := settingRow("a", wall, pairs[:1]), "| a | 20.0 ms | 24.0 ms | **1.20** | 1.20 | 1.20 | - | - |"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestVerbRow(t *testing.T) {
	got := verbRow("verify", 100, []usage{ms(50), ms(25), ms(20)}, []usage{ms(100), ms(50), ms(50)})
	if want := "| verify | 100 | **2000** | 1000 | 2000 | 0.10 s | 50 MB | 2.00 |"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWithoutConstraint(t *testing.T) {
	if got, ok := withoutConstraint("//go:build !linux\n\npackage p\n"); got != "\npackage p\n" || !ok {
		t.Errorf("%q, %v", got, ok)
	}
	if _, ok := withoutConstraint("package p\n"); ok {
		t.Error("no constraint")
	}
}

func TestRunOn(t *testing.T) {
	if err := runOn("mars", nil); err == nil || !strings.Contains(err.Error(), "no such machine") {
		t.Error(err)
	}
}
