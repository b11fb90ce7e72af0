/* An arena attribute on something that is not a pointer: the run must fail when attributes are on. */
__asm__(".pushsection .BTF_ids,\"a\"\n.local __BTF_ID__set8__bad\n__BTF_ID__set8__bad:\n.zero 4\n.4byte 1\n"
	".local __BTF_ID__func__kf_bad__1\n__BTF_ID__func__kf_bad__1:\n.zero 4\n.4byte 0x4000\n"
	".size __BTF_ID__set8__bad, . - __BTF_ID__set8__bad\n.popsection");
int kf_bad(int not_a_pointer) { return not_a_pointer; }
