/* DW_TAG_unspecified_type: at top level it takes no ID and means void. */
typedef typeof(nullptr) null_t;
null_t nil;
struct holder { short first; null_t nil; null_t *pointer; } holder;
short take(null_t n, struct holder *h) { return h->first; }
