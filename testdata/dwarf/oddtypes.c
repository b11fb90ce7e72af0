/* Base types that BTF has no form for, or that only some compilers know. */
typedef short lanes __attribute__((vector_size(8)));
lanes vector;
__CHAR16_TYPE__ utf16;
__CHAR32_TYPE__ utf32;
#if defined(__clang__) || __STDC_VERSION__ >= 202311L
unsigned _BitInt(23) odd;
_BitInt(100) wide;
#endif
#ifndef __clang__
_Decimal32 money;
_Float16 half;
_Float128 quad;
#endif
