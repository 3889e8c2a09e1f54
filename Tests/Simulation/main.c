/* The entry that both smpirun, which loads programs as libraries, and mpirun look for. */
extern int swift_main(int count, char **words);
int main(int count, char **words) { return swift_main(count, words); }
