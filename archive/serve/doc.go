// Package serve answers requests for the BTF in an archive by HTTP, and only reads.
//
//	GET /release/RELEASE/vmlinux.btf           the BTF of a kernel
//	GET /release/RELEASE/MODULE.btf            that of a module, and MODULE.btf.base its distilled base
//	GET /buildid/ID/section/.BTF               by build ID, under the path that debuginfod has for sections;
//	                                           and .BTF.base
//	GET /sha256/DIGEST                         by the SHA-256 of the BTF
//	GET /object/KEY                            an object of the store as it is
//	GET /index.jsonl                           a line of JSON for each kernel and module: those of package index, in one
//	                                           object with the name, version and distribution of the package
//
// Answers are raw BTF, and the same bytes as long as they have the same ETag, which is the SHA-256. Repr-Digest has that
// as well (RFC 9530). Ranges are answered, and If-None-Match. Where several kernels of a release have different BTF the
// answer is 300 with a line of JSON for each; ?architecture=, ?distribution= and ?package= say which. 404 is for what the
// archive has not, 502 for a store that does not answer or has damaged objects, 503 while too many answers are on their way.
package serve
