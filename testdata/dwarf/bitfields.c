/* Bit-fields: every DWARF version describes them differently, and byte order matters. */
struct flags { unsigned ready : 1; int level : 5; unsigned long long mask : 33; _Bool on : 1; unsigned char pad : 3; int plain; } flags;
struct __attribute__((packed)) header { char version; unsigned length : 29; unsigned kind : 19; short tail; } header;
struct full { int all : 32; unsigned char eight : 8; long rest; } full;
struct zero { unsigned a : 3; unsigned : 0; unsigned b : 3; unsigned : 7; unsigned c : 2; } zero;
union choice { unsigned low : 6; signed high : 7; char whole; } choice;
enum mode { OFF, SLOW, FAST };
typedef enum mode mode_t;
struct typed { mode_t mode : 2; enum mode other : 3; const unsigned volatile bits : 4; } typed;
