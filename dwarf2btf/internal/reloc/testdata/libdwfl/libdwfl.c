// Writes what libdwfl makes of the sections of relocatable files, as pahole asks for them: for each file and section
// a line with number, address, and the size of the data that follow the line (0 but for debug sections), and behind
// the last section an empty line. A file that libdwfl refuses has the empty line alone.
//
// Usage: libdwfl FILE...
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>

// The part of elfutils/libdwfl.h that is needed: the peers have the library, which pahole needs, but not its headers.
typedef struct Dwfl Dwfl;
typedef struct Dwfl_Module Dwfl_Module;
typedef struct {
	void *find_elf, *find_debuginfo, *section_address;
	char **debuginfo_path;
} Dwfl_Callbacks;
Dwfl *dwfl_begin(const Dwfl_Callbacks *);
void dwfl_end(Dwfl *);
Dwfl_Module *dwfl_report_offline(Dwfl *, const char *name, const char *file, int fd);
Elf *dwfl_module_getelf(Dwfl_Module *, GElf_Addr *bias);
extern int dwfl_offline_section_address(), dwfl_standard_find_debuginfo(), dwfl_build_id_find_elf();

static void sections(Elf *elf)
{
	size_t names;
	if (elf_getshdrstrndx(elf, &names))
		return;
	for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s)) != NULL;) {
		GElf_Shdr h;
		if (!gelf_getshdr(s, &h))
			continue;
		const char *name = elf_strptr(elf, names, h.sh_name);
		Elf_Data *data = NULL;
		if (h.sh_type != SHT_NOBITS && name && (strstr(name, ".debug_") || strstr(name, ".zdebug_")))
			data = elf_rawdata(s, NULL);
		size_t n = data && data->d_buf ? data->d_size : 0;
		printf("%zu %#llx %zu\n", elf_ndxscn(s), (unsigned long long)h.sh_addr, n);
		if (n)
			fwrite(data->d_buf, 1, n, stdout);
	}
}

int main(int argc, char **argv)
{
	const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	for (int i = 1; i < argc; i++) {
		Dwfl *dwfl = dwfl_begin(&callbacks);
		Dwfl_Module *m = dwfl_report_offline(dwfl, argv[i], argv[i], open(argv[i], O_RDONLY));
		GElf_Addr bias;
		Elf *elf = m ? dwfl_module_getelf(m, &bias) : NULL;
		if (elf)
			sections(elf);
		printf("\n");
		dwfl_end(dwfl);
	}
	return 0;
}
