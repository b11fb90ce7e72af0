/* Base types and enumerations: signedness, widths, values that need ENUM64, floats. */
enum plain { PLAIN_ZERO, PLAIN_TEN = 10 } a_plain;
enum negative { NEG = -7, POS = 7 } a_negative;
enum top { TOP = 0xfffffffeu } a_top;
enum wide { WIDE = 1ULL << 40, WIDEST = ~0ULL } a_wide;
enum wide_negative { LOW = -(1LL << 40), HIGH = 1LL << 40 } a_wide_negative;
enum __attribute__((packed)) tiny { TINY_A = 1, TINY_B = 255 } a_tiny;
_Bool truth;
char letter;
signed char small;
unsigned char byte;
short half;
unsigned short uhalf;
long word;
unsigned long uword;
long long big;
unsigned long long ubig;
float single;
double dbl;
long double extended;
#ifdef __SIZEOF_INT128__
__int128 huge;
unsigned __int128 uhuge;
#endif
