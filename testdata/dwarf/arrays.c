/* Arrays: one ARRAY for each dimension, no size, size 0, and no base type called int in the unit. */
struct grid { char cell[5][3][2]; unsigned long row[4]; short last[]; } grid;
char nothing[0];
extern unsigned char unknown[];
unsigned char *use(void) { return unknown; }
unsigned long (*pointer)[6];
unsigned char known[3][7];
void variable(unsigned long n) { volatile char line[n]; line[0] = 1; }
