/* Declarations without definitions, void, qualifiers, function types. */
struct hidden;
union either;
enum later;
typedef struct hidden hidden_t;
typedef void nothing_t;
typedef struct { long inside; } unnamed_t;
hidden_t *first;
const union either *second;
enum later *third;
nothing_t *fourth;
volatile const void *const *fifth;
unnamed_t sixth;
struct none { } seventh;
void (*old_style)();
int (*printer)(char const *format, ...);
int (*named)(hidden_t *self, unsigned count);
short *restrict alone;
int (*(*table)[3])(void (*callback)(int), unnamed_t by_value);
