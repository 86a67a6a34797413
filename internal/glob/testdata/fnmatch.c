/* Writes verdicts of the C library's fnmatch(3), flags 0, C locale, as lines
 * "1|0 TAB pattern TAB string". fnmatch.tsv was made with glibc 2.36:
 *
 *	cc -o fnmatch fnmatch.c && ./fnmatch 88172645463325252 6000 > fnmatch.tsv
 *
 * Left out is what this package does not follow: [.x.], [=x=], and a class as
 * the end of a range. Of the cases that do not match one in forty is kept.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long long state;

static unsigned rnd(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state >> 20) % n);
}

static const char *tokens[] = {
	"a", "b", "c", "a", "b", "c", "-", "]", "[", "*", "?", "\\", "!", "^",
	"[:digit:]", "[:alpha:]", "[:foo:]", "[:xdigit:]", ":", "]", "[a-b]",
	"[!c]", "1", ".", "=", "[:", "z", "/",
};
static const char bytes[] = "abcabcabc-][\\!1z:.=/";

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	state = strtoull(argv[1], 0, 10);
	for (long left = atol(argv[2]); left > 0;) {
		char pattern[128] = "", string[16];
		for (unsigned i = rnd(9); i > 0; i--)
			strcat(pattern, tokens[rnd(sizeof tokens / sizeof *tokens)]);
		unsigned length = rnd(7);
		for (unsigned i = 0; i < length; i++)
			string[i] = bytes[rnd(sizeof bytes - 1)];
		string[length] = 0;
		if (strstr(pattern, "[.") || strstr(pattern, "[=") || strstr(pattern, "-[:"))
			continue;
		int matches = fnmatch(pattern, string, 0) == 0;
		if (!matches && rnd(40) != 0)
			continue;
		printf("%d\t%s\t%s\n", matches, pattern, string);
		left--;
	}
}
