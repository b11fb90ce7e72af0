package kernel_test

import (
	"fmt"
	"log"

	"github.com/gopahole/gopahole/kernel"
)

// Which rules a kernel has, and how its build makes the BTF of a module.
func ExampleFor() {
	for _, release := range []string{"6.12.48-1-amd64", "6.19.1"} {
		v, err := kernel.ParseVersion(release)
		if err != nil {
			log.Fatal(err)
		}
		coverage, rows := kernel.For(v)
		fmt.Printf("%s: known: %v, rules of", v, coverage == kernel.Known)
		for _, r := range rows {
			fmt.Printf(" %q", r)
		}
		fmt.Println(", distils:", kernel.BuildOf(v).Distills)
	}
	// Output:
	// 6.12: known: true, rules of "6.12 to 6.14", distils: true
	// 6.19: known: false, rules of "6.16 to 6.18" "7.2", distils: true
}
