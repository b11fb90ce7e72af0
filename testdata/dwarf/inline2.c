/* A call of a function of inline.c, which only link-time optimisation inlines. */
extern int shared(int value, int by);
int of_other_unit(int a) { return shared(a, 11) + shared(a + 1, a); }
