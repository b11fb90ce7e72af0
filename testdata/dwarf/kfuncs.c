/* Sets of kernel functions in .BTF_ids, with the flags that become tags and attributes. */
#define TEXT(x) #x
#define BEGIN(name, flags) __asm__(".pushsection .BTF_ids,\"a\"\n.local __BTF_ID__set8__" #name "\n__BTF_ID__set8__" #name ":\n.zero 4\n.4byte " TEXT(flags) "\n.popsection");
#define MEMBER(func, n, flags) __asm__(".pushsection .BTF_ids,\"a\"\n.local __BTF_ID__func__" #func "__" #n "\n__BTF_ID__func__" #func "__" #n ":\n.zero 4\n.4byte " TEXT(flags) "\n.popsection");
#define END(name) __asm__(".pushsection .BTF_ids,\"a\"\n.size __BTF_ID__set8__" #name ", . - __BTF_ID__set8__" #name "\n.popsection");
BEGIN(mine, 1)
MEMBER(kf_simple, 1, 0)
MEMBER(kf_quick, 2, 0x1000)
MEMBER(kf_arena_return, 3, 0x2000)
MEMBER(kf_arena_all, 4, 0xe000)
MEMBER(kf_missing, 5, 0)
MEMBER(kf__under__score, 6, 1)
END(mine)
BEGIN(theirs, 0)
MEMBER(not_a_kfunc, 7, 0x1000)
END(theirs)
int kf_simple(int a) { return a; }
int kf_quick(int a) { return a; }
long *kf_arena_return(long *a, int b) { return a + b; }
void *kf_arena_all(void *a, const char *b, int c) { return a; }
void kf__under__score(void) { }
int not_a_kfunc(int a) { return a; }
