package shard_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/archive/shard"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]shard.Shard{
		"1/1": {0, 1}, "1/4": {0, 4}, "4/4": {3, 4}, "7/1000000": {6, 1_000_000},
	} {
		s, err := shard.Parse(text)
		if err != nil || s != want || s.String() != text {
			t.Errorf("%s: %+v, %s, %v", text, s, s, err)
		}
	}
	for _, text := range []string{"", "/", "1", "1/", "/1", "0/4", "5/4", "0/0", "-1/4", "+1/4", "1/4/4", " 1/4", "1/4 ", "a/b", "1/1000001",
		"1/99999999999999999999", "0x1/4", "1_0/20"} {
		if s, err := shard.Parse(text); err == nil {
			t.Errorf("%q: %v", text, s)
		} else if !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestZero(t *testing.T) {
	var all shard.Shard
	if !all.All() || all.String() != "1/1" || !all.Has("x") {
		t.Errorf("%s, %v", all, all.All())
	}
}

// Each piece belongs to one shard of any number, whatever else is in the list.
func TestHas(t *testing.T) {
	for _, count := range []int{1, 2, 3, 4, 16, 100} {
		most, owners := 0, make([]int, count)
		for i := range 1000 {
			name := fmt.Sprintf("linux-image-6.%d.0-%d-amd64-dbg_6.%d.%d-1_amd64.deb", i%20, i, i%20, i)
			found := 0
			for index := range count {
				s, err := shard.New(index, count)
				if err != nil {
					t.Fatal(err)
				}
				if s.Has(name) {
					found++
					owners[index]++
					most = max(most, owners[index])
				}
			}
			if found != 1 {
				t.Fatalf("%s is in %d of %d shards", name, found, count)
			}
		}
		// Fewer than one division in 1000 is worse than this.
		if mean := 1000 / count; most > mean+4*isqrt(mean) {
			t.Errorf("of %d shards, one has %d of 1000 pieces", count, most)
		}
	}
	// Workers of different versions share the work: this is for ever.
	for name, index := range map[string]int{"a": 0, "linux-image-6.12.9-amd64-dbg_6.12.9-1_amd64.deb": 0, "": 2} {
		for i := range 5 {
			if s := (shard.Shard{Index: i, Count: 5}); s.Has(name) != (i == index) {
				t.Errorf("%q is in %s: %v", name, s, s.Has(name))
			}
		}
	}
}

func isqrt(n int) int {
	r := 0
	for r*r < n {
		r++
	}
	return r
}

func TestFromEnv(t *testing.T) {
	for _, c := range []struct {
		env  string
		want string // the part and what says so, or a part of the error after "!"
	}{
		{"", "1/1"},
		{"GOPAHOLE_SHARDS=4", "1/1"},
		{"SLURM_JOB_ID=7 SLURM_PROCID=0", "1/1"},

		{"JOB_COMPLETION_INDEX=0 GOPAHOLE_SHARDS=4", "1/4 JOB_COMPLETION_INDEX"},
		{"JOB_COMPLETION_INDEX=3 GOPAHOLE_SHARDS=4", "4/4 JOB_COMPLETION_INDEX"},
		{"JOB_COMPLETION_INDEX=0 GOPAHOLE_SHARDS=1", "1/1 JOB_COMPLETION_INDEX"},
		{"JOB_COMPLETION_INDEX=4 GOPAHOLE_SHARDS=4", "!no part 4 of 4"},
		{"JOB_COMPLETION_INDEX=0", "!GOPAHOLE_SHARDS does not say of how many"},
		{"JOB_COMPLETION_INDEX= GOPAHOLE_SHARDS=4", "!JOB_COMPLETION_INDEX is \"\""},
		{"JOB_COMPLETION_INDEX=x GOPAHOLE_SHARDS=4", "!JOB_COMPLETION_INDEX is \"x\""},
		{"JOB_COMPLETION_INDEX=0 GOPAHOLE_SHARDS=0", "!0 is no number of parts"},
		{"JOB_COMPLETION_INDEX=0 GOPAHOLE_SHARDS=-4", "!GOPAHOLE_SHARDS is \"-4\""},
		{"JOB_COMPLETION_INDEX=0 GOPAHOLE_SHARDS=4 SLURM_ARRAY_TASK_ID=1", "!both"},

		// sbatch --array=0-3, 1-4, 10-40:10, 0-15:4 and 5
		{"SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=4", "3/4 SLURM_ARRAY_TASK_ID"},
		{"SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=4 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=4", "4/4 SLURM_ARRAY_TASK_ID"},
		{"SLURM_ARRAY_TASK_ID=30 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_MAX=40 SLURM_ARRAY_TASK_STEP=10 SLURM_ARRAY_TASK_COUNT=4", "3/4 SLURM_ARRAY_TASK_ID"},
		{"SLURM_ARRAY_TASK_ID=12 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=15 SLURM_ARRAY_TASK_STEP=4 SLURM_ARRAY_TASK_COUNT=4", "4/4 SLURM_ARRAY_TASK_ID"},
		{"SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_MAX=5 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=1", "1/1 SLURM_ARRAY_TASK_ID"},
		{"SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7", "4/8 SLURM_ARRAY_TASK_ID"},
		// sbatch --array=0,2,7, without and with what it is a part of
		{"SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=3", "!not evenly spaced"},
		{"SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=3 GOPAHOLE_SHARDS=8", "3/8 SLURM_ARRAY_TASK_ID"},
		{"SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_MIN=8 SLURM_ARRAY_TASK_MAX=8 GOPAHOLE_SHARDS=8", "!no part 8 of 8"},
		{"SLURM_ARRAY_TASK_ID=2", "!SLURM_ARRAY_TASK_MIN is not set"},
		{"SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7", "!not in the array"},
		{"SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=2", "!not in the array"},
		{"SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=0", "!not in the array"},
		{"SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=2147483646", "!is no number of parts"},
	} {
		env := map[string]string{}
		for _, pair := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(pair, "=")
			env[name] = value
		}
		s, from, err := shard.FromEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
		if reason, fails := strings.CutPrefix(c.want, "!"); fails {
			if err == nil || !strings.Contains(err.Error(), reason) {
				t.Errorf("%s: %s, error %v, want %q", c.env, s, err, reason)
			}
			continue
		}
		if got := strings.TrimSpace(fmt.Sprint(s, " ", from)); err != nil || got != c.want {
			t.Errorf("%s: %q, %v, want %q", c.env, got, err, c.want)
		}
	}
}
