// Pointers to members cannot be encoded.
struct Thing { int value; };
int Thing::*selector;
