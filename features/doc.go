// Package features knows the names of --btf_features: what each switches on,
// which are on by default, and how lists of them add up.
//
// A [Set] is a bit set. A program that uses the library takes one of the ready
// sets, or adds and removes bits:
//
//	opts.Features = features.Default() | features.Attributes
//
// or lets a user spell it:
//
//	set, err := features.Parse("default,attributes")
//
// A command line is more than one list: lists accumulate, older switches mix
// with them, and their order matters. That is what [Builder] is for.
//
// The rules are those of pahole 1.32.
//
// # What is stable
//
// The names and what they switch on. The numbers of a [Set]'s bits may change.
package features
