// Package archive makes archives of BTF: it takes kernels and their modules out of the
// packages of distributions, encodes them, and stores the results.
//
//	inputs ──► source.Package ──► members, in the order of the package
//	                                │ vmlinux   encoded at once, the base of what follows
//	                                │ modules   encoded side by side, on top of it
//	                                ▼
//	            what a kernel says of it, and how it compares with the BTF that the file has
//	                                ▼
//	            layout: objects of the store        then, at last, the record of the package
//
// In some formats modules come before their vmlinux. They are passed over, and the package is
// read a second time: that takes less than to keep them.
//
// # Finished kernels
//
// Files in packages are finished: IDs are resolved, sets of kernel functions sorted. They are
// encoded by the steps of module.Build for their release, which takes that back first, so that
// tags and IDs come out as the build had them.
//
// # What a run leaves behind
//
// The objects of a run are a function of its inputs and options. Nothing depends on the number
// of workers, the order of arrival, or on runs that were cut off before. Every object is
// put whole, and the record of a package after all that it refers to: what has a record is
// done, and a run passes over it, unless an object that it tells of was removed since. So workers that do the same work do
// no harm, whether they know of each other or not, and so do those that have different kernels for one place in BTFHub's
// layout: the greater one gets it, with its modules and markers, and never a part of each.
//
// What is wrong with a package is part of its record. What is wrong with the store, the disk or
// the memory is no matter of the package: then it has no record, and the run tells. That the file
// of a package cannot be read is one of these: it is tried again after all others.
package archive
