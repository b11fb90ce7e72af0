/* _Atomic cannot be encoded; one such type is an error for the whole file. */
_Atomic int counter;
int other;
