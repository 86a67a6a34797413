// Package elfmod reads the ELF container of kernel modules: section table,
// section contents, symbol table and notes; and that of kernels, which are linked:
// section table and segments. It does not know what the sections mean to a module.
//
// Layout of an ELF file (System V ABI, chapter 4), 32-bit and 64-bit form:
//
//	field        off32 size  off64 size
//	e_ident          0   16      0   16   magic, class, byte order
//	e_type          16    2     16    2   1: relocatable, what modules are;
//	                                      2, 3: linked
//	e_machine       18    2     18    2
//	e_phoff         28    4     32    8   offset of the program headers
//	e_shoff         32    4     40    8   offset of the section headers
//	e_phentsize     42    2     54    2   32 or 56
//	e_phnum         44    2     56    2
//	e_shentsize     46    2     58    2   40 or 64
//	e_shnum         48    2     60    2   0: see sh_size of section 0
//	e_shstrndx      50    2     62    2   0xffff: see sh_link of section 0
//
//	section header
//	sh_name          0    4      0    4   offset into the name section
//	sh_type          4    4      4    4
//	sh_flags         8    4      8    8
//	sh_addr         12    4     16    8
//	sh_offset       16    4     24    8
//	sh_size         20    4     32    8
//	sh_link         24    4     40    4
//	sh_info         28    4     44    4
//	sh_addralign    32    4     48    8
//	sh_entsize      36    4     56    8
//
//	program header
//	p_type           0    4      0    4   1: loaded
//	p_offset         4    4      8    8
//	p_vaddr          8    4     16    8
//	p_filesz        16    4     32    8
//
//	symbol
//	st_name          0    4      0    4
//	st_value         4    4      8    8
//	st_size          8    4     16    8
//	st_info         12    1      4    1
//	st_other        13    1      5    1
//	st_shndx        14    2      6    2   0xffff: see .symtab_shndx
//
// Every offset and count is untrusted: nothing is allocated or read before it
// has been checked against the size of the file.
package elfmod
