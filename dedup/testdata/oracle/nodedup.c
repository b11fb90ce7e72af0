/*
 * Loaded into pahole with LD_PRELOAD, this lets it write the types it has made,
 * without deduplication.
 */
struct btf;
struct btf_dedup_opts;

int btf__dedup(struct btf *btf, const struct btf_dedup_opts *opts)
{
	(void)btf, (void)opts;
	return 0;
}
