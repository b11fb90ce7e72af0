package main

import (
	"strings"
	"testing"
	"time"
)

func TestTableHasRatiosWithinRounds(t *testing.T) {
	use := func(seconds, mb int) usage {
		return usage{time.Duration(seconds) * time.Second, time.Duration(seconds) * time.Second, int64(mb) << 20}
	}
	var text strings.Builder
	table(&text, []pair{
		{1, use(1, 50), use(10, 500)},
		{1, use(2, 50), use(30, 600)}, // a slow moment: the ratio is 15, not 30 to 1
		{1, use(1, 50), use(12, 400)},
	})
	for _, want := range []string{
		"| CPU, -j1 | 1.00 s | 12.00 s | **12.0** | 10.0 | 15.0 |",
		"| peak memory, -j1 | 50.00 MB | 500.00 MB | **10.0** | 8.0 | 12.0 |",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no line %q in\n%s", want, &text)
		}
	}
	if strings.Contains(text.String(), "-j2") {
		t.Errorf("lines without measurements:\n%s", &text)
	}
}

func TestMedian(t *testing.T) {
	for _, tc := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 2}, 2}} {
		if got := median(tc.values); got != tc.want {
			t.Errorf("median of %v is %v, want %v", tc.values, got, tc.want)
		}
	}
}
