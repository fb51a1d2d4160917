// The runner.
int main() { return 0; }
