/* Per-CPU variables: linkage, order by offset, declarations in front of definitions, names that are left out. */
#define PERCPU __attribute__((section(".data..percpu")))
struct stat { short kind; long value; };
extern int declared;
PERCPU int declared = 1;
PERCPU struct stat stats[3] = { { 1, 2 } };
PERCPU static char flag = 4;
extern int sized_later[];
PERCPU int sized_later[2] = { 1 };
PERCPU int __UNIQUE_ID_marker = 5;
PERCPU struct { } empty;
PERCPU void *pointer = &flag;
int outside = 7;
static long hidden;
const short readonly = 3;
extern int only_declared;
int touch(void)
{
	static PERCPU int inside = 1;
	return inside++ + flag + sized_later[1] + hidden++ + readonly + only_declared;
}
