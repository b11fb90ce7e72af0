package shard

import "fmt"

// CountVariable is the variable that says how many workers there are, where the engine says only which one this is.
const CountVariable = "GOPAHOLE_SHARDS"

// Variables that engines set: Kubernetes for Pods of a Job with completionMode: Indexed, Slurm for tasks of arrays
// (sbatch(1), OUTPUT ENVIRONMENT VARIABLES).
const (
	kubernetesIndex = "JOB_COMPLETION_INDEX"
	slurmID         = "SLURM_ARRAY_TASK_ID"
	slurmMin        = "SLURM_ARRAY_TASK_MIN"
	slurmMax        = "SLURM_ARRAY_TASK_MAX"
	slurmStep       = "SLURM_ARRAY_TASK_STEP"
	slurmCount      = "SLURM_ARRAY_TASK_COUNT"
)

// FromEnv returns the part that an engine has given this process, and the variable that says so, or all of the work
// and "" if there is no engine. An engine that does not say enough is an error: that every worker does all of the work
// would go unnoticed.
func FromEnv(lookup func(name string) (string, bool)) (s Shard, from string, err error) {
	env := environment{lookup: lookup}
	_, kubernetes := lookup(kubernetesIndex)
	_, slurm := lookup(slurmID)
	switch {
	case kubernetes && slurm:
		return Shard{}, "", fmt.Errorf("both %s and %s are set: say which part is meant with --shard=I/N", kubernetesIndex, slurmID)
	case kubernetes:
		s, err = env.counted(kubernetesIndex)
		from = kubernetesIndex
	case slurm:
		s, err = env.slurm()
		from = slurmID
	}
	if err != nil {
		return Shard{}, "", err
	}
	return s, from, nil
}

type environment struct {
	lookup func(name string) (string, bool)
	err    error // the first one
}

// number returns the value of a variable.
func (e *environment) number(name string) int {
	text, ok := e.lookup(name)
	n, err := parse(text)
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("%s is %q, which is no number", name, text)
		if !ok {
			e.err = fmt.Errorf("%s is not set", name)
		}
	}
	return n
}

// counted is the part with the index of a variable, of as many as CountVariable says.
func (e *environment) counted(variable string) (Shard, error) {
	index := e.number(variable)
	if e.err != nil {
		return Shard{}, e.err
	}
	if _, ok := e.lookup(CountVariable); !ok {
		return Shard{}, fmt.Errorf("%s is %d, and %s does not say of how many: set it to the number of workers (spec.completions of the Job)",
			variable, index, CountVariable)
	}
	count := e.number(CountVariable)
	if e.err != nil {
		return Shard{}, e.err
	}
	s, err := New(index, count)
	if err != nil {
		return Shard{}, fmt.Errorf("%s and %s: %w", variable, CountVariable, err)
	}
	return s, nil
}

// slurm is the part of a task of an array. What Slurm says of an array is enough for one such as 0-3, 1-4 or 0-30:10. For
// one such as 0,2,7, which does again what failed, CountVariable has to say how many tasks there were at first, from 0 on.
func (e *environment) slurm() (Shard, error) {
	if _, ok := e.lookup(CountVariable); ok {
		return e.counted(slurmID)
	}
	id, first, last, step := e.number(slurmID), e.number(slurmMin), e.number(slurmMax), 1
	if _, ok := e.lookup(slurmStep); ok {
		step = e.number(slurmStep)
	}
	if e.err != nil {
		return Shard{}, e.err
	}
	if step < 1 || first > last || id < first || id > last || (id-first)%step != 0 {
		return Shard{}, fmt.Errorf("%s is %d, which is not in the array from %d to %d in steps of %d", slurmID, id, first, last, step)
	}
	count := (last-first)/step + 1
	if _, ok := e.lookup(slurmCount); ok {
		if tasks := e.number(slurmCount); e.err == nil && tasks != count {
			return Shard{}, fmt.Errorf("the array has %d tasks from %d to %d, which are not evenly spaced: set %s to the number of tasks from 0 on",
				tasks, first, last, CountVariable)
		}
	}
	if e.err != nil {
		return Shard{}, e.err
	}
	return New((id-first)/step, count)
}
