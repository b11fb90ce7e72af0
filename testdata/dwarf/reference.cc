// References cannot be encoded.
int through(int &r) { return r; }
