// Package module makes the BTF of a module, or of another object, as a build of the
// kernel does: it is the pipeline that all verbs of gopahole share.
//
// A [Module] is a file on its way, and a [Step] is one thing that is done with it. A
// verb is a list of steps for [Run]:
//
//	step             gen         encode, -J    distill    resolve_btfids
//	Load                                          x
//	ReadIDs           x             encode        x
//	UnfillIDs         x             encode                  7.0 on
//	Encode            x               x
//	TagKfuncs       7.3 on                                  7.3 on
//	CheckKfuncs     to 7.2                                  7.0 to 7.2
//	HideImplicit    7.0 to 7.2                              7.0 to 7.2
//	Distill         6.11 on     the feature       x         --distill_base
//	SortByName      7.0 on                                  7.0 on
//	SplitInline                                             --inline
//	UnfillIDs                                     x
//	FillIDs           x                           x           x
//	Verify            x         --verify
//	CheckLanguages    x               x
//	Embed             x         in place          x
//	EmbedIDs                                                up to 6.19
//	Detach                      to a file       raw BTF     7.0 on
//
// Numbers are releases of Linux: what the build of each does stands in the table of
// package kernel, and [Build] makes its steps.
//
// ReadIDsToEncode, TryIDs, UnfillEncoded and UnfillResolved are ReadIDs and UnfillIDs for
// verbs that need them for something else, or can do without.
//
// Steps before Embed and Detach change the Module in memory only, and the first one
// that fails ends the run. So a list with Verify before Embed writes nothing that the
// kernel would refuse.
//
// # What is stable
//
// What a list of steps writes: it is what the build of that kernel writes. New steps may come,
// and lists of [Build] follow the kernel. Texts of warnings may change.
package module
