//go:build !linux

package tuning

// available returns nothing: the limit goes by the input alone.
func available() []int64 { return nil }

func hasResourceLimit() bool { return false }
