package features_test

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/features"
)

// What a user spells, with a name that does not exist.
func ExampleParse() {
	set, err := features.Parse("default,distilled_base")
	fmt.Println(set&features.DistilledBase != 0, err)
	_, err = features.Parse("default,distilled_bas")
	var unknown *features.UnknownError
	if errors.As(err, &unknown) {
		fmt.Println("no such feature:", unknown.Name)
	}
	// Output:
	// true <nil>
	// no such feature: distilled_bas
}
