// C++: namespaces, base classes, static members, member functions; only what C could have said is encoded.
namespace outer { namespace inner { struct Point { short x, y; }; } enum class Size : unsigned char { Small = 1, Large = 2 }; enum class Far : long long { Away = -5 }; }
struct Base { int base; virtual ~Base(); };
class Derived : public Base {
public:
	int own;
	static int shared;
	struct Nested { char n; } nested;
	union { int u1; float u2; };
	int method(int q);
	enum { One = 1 };
};
int Derived::shared = 3;
Base::~Base() { }
int Derived::method(int q) { return own + q; }
outer::inner::Point point;
outer::Size size;
outer::Far far;
extern "C" int plain(Derived *d, outer::inner::Point p) { return d->own + p.x; }
