struct cxx_only { int a; long b; };
extern "C" int from_cxx(cxx_only *c) { return c->a; }
