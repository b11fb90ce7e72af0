package main

import (
	"strings"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		ok       bool
		want     string
	}{
		{
			name: "passes, skips and takes long",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:5: no peers\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestB","Elapsed":11}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t11.0s\n"}
{"Action":"pass","Package":"p","Elapsed":11}
`,
			ok:   true,
			want: "ok  \tp\t11.0s\nslow:   11.0 s TestB in p\nskipped: 1: no peers\ntests of 1 packages passed, 0 failures\n",
		},
		{
			name: "skips without a reason",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p"}
`,
			ok:   true,
			want: "\nskipped: 1: no reason given by TestA in p\ntests of 1 packages passed, 0 failures\n",
		},
		{
			name: "fails",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:5: wrong\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`,
			want: "    a_test.go:5: wrong\nFAIL\tp\t0.1s\ntests of 0 packages passed, 2 failures\n",
		},
		{
			name: "dies within a test",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"panic: here\n"}
{"Action":"fail","Package":"p"}
`,
			want: "panic: here\ntests of 0 packages passed, 1 failures\n",
		},
		{
			name: "does not build",
			in: `{"ImportPath":"p","Action":"build-output","Output":"p.go:1: syntax error\n"}
{"ImportPath":"p","Action":"build-fail"}
`,
			want: "p.go:1: syntax error\ntests of 0 packages passed, 1 failures\n",
		},
		{name: "runs nothing", in: "go: no such package\n", want: "go: no such package\ntests of 0 packages passed, 0 failures\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			ok, err := report(strings.NewReader(tt.in), &out, 10*time.Second)
			if ok != tt.ok || err != nil || out.String() != tt.want {
				t.Errorf("%v, %v, printed:\n%swant %v:\n%s", ok, err, &out, tt.ok, tt.want)
			}
		})
	}
}
