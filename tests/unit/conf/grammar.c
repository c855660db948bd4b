/* SPDX-License-Identifier: BSD-2-Clause
 * The syntax of a file, and what may stand where. */
#include "conf/grammar.h"

#include <string.h>

#include "kit/conf_kit.h"
#include "kit/unit.h"

START_TEST(broken_syntax_names_its_line)
{
	static const struct conf_kit_row rows[] = {
		{"zone a.b {}\nttl = 1\n", "m.conf:2: no such option 'ttl'"},
		{"zone a.b {\n# one\n// two\n/* three\n*/ foo = 1\n}",
		 "m.conf:5: no such option 'foo'"},
		{"store {\n\tkind = x\n}\n", "m.conf:2: no such option 'kind'"},
		{"zone a.b {\n\tttl = 1\n", "m.conf:1: the brace that opens here is not closed"},
		{"listen = {\n\n", "m.conf:1: the brace that opens here is not closed"},
		{"\n}\n", "m.conf:2: there is no opening brace for this one"},
		{"zone a.b { x { y {", "m.conf:1: no such option 'x'"},
		{"\ncertificate = \"/etc\nzone a.b {}",
		 "m.conf:2: the string is not closed on its line"},
		{"certificate = '/etc", "m.conf:1: the string is not closed on its line"},
		{"certificate = \"\\", "m.conf:1: a backslash in a string may only stand before a "
				       "quote, '$' or '\\'"},
		{"certificate = \"a\\nb\"",
		 "m.conf:1: a backslash in a string may only stand before "
		 "a quote, '$' or '\\'"},
		{"retry-after = \"1\"\n\"\001\"", "m.conf:2: a control character is in a string"},
		{"\n\n/* never closed\n\n", "m.conf:3: the comment that begins here is not closed"},
		{"certificate = \"${HOME}/a\"",
		 "m.conf:1: ${...} is not expanded: set the MOORING_ variable instead"},
		{"certificate = ${HOME}",
		 "m.conf:1: ${...} is not expanded: set the MOORING_ variable instead"},
		{"http-threads = *1",
		 "m.conf:1: a value with one of ()+*| must be in double quotes"},
		{"listen += { \"[::]:1\" }",
		 "m.conf:1: a value with one of ()+*| must be in double quotes"},
		{"http-threads = 1\r2", "m.conf:1: a control character is in the file"},
		{"http-threads \r= 1", "m.conf:1: a control character is in the file"},
		{"http-threads \"1\"", "m.conf:1: missing equal sign after option 'http-threads'"},
	};

	conf_kit_check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(what_stands_in_the_wrong_place_is_named)
{
	static const struct conf_kit_row rows[] = {
		{"http-threads\n= = 1", "m.conf:2: unexpected token '='"},
		{"http-threads 1", "m.conf:1: missing equal sign after option 'http-threads'"},
		{"http-threads = { 1 }", "m.conf:1: unexpected token '{'"},
		{"listen = { \"[::]:1\" \"[::]:2\" }", "m.conf:1: unexpected token '[::]:2'"},
		{"zone { ttl = 1 }", "m.conf:1: missing title for section 'zone'"},
		{"store x { }", "m.conf:1: missing opening brace for section 'store'"},
		{"http-threads =", "m.conf:1: premature end of file"},
		{"http-threads\n", "m.conf:2: premature end of file"},
		{"retry-after = 1 = 2", "m.conf:1: unexpected token '='"},
		{"retry-after = , 2", "m.conf:1: unexpected token ','"},
		{"retry-after = }", "m.conf:1: unexpected token '}'"},
		{"listen = { , }", "m.conf:1: unexpected token ','"},
		{"listen = { '[::]:1', , '[::]:2' }", "m.conf:1: unexpected token ','"},
		{"listen = { '[::]:1' = }", "m.conf:1: unexpected token '='"},
		{"listen = { { '[::]:1' } }", "m.conf:1: unexpected token '{'"},
		{"listen = { '[::]:1' }, '[::]:2'", "m.conf:1: unexpected token ','"},
		{"{ retry-after = 1 }", "m.conf:1: unexpected token '{'"},
		{"dns-tcp-idle", "m.conf:1: premature end of file"},
		{"dns-tcp-idle 5", "m.conf:1: missing equal sign after option 'dns-tcp-idle'"},
		{"dns-tcp-idle =\n= 5", "m.conf:2: unexpected token '='"},
		{"dns-tcp-idle = {}", "m.conf:1: unexpected token '{'"},
		{"store = 1", "m.conf:1: missing opening brace for section 'store'"},
		{"store", "m.conf:1: premature end of file"},
		{"store {} }", "m.conf:1: there is no opening brace for this one"},
		{"store {\n{ } }", "m.conf:2: unexpected token '{'"},
		{"store {\nstore { } }", "m.conf:2: no such option 'store'"},
		{"zone", "m.conf:1: premature end of file"},
		{"zone = x", "m.conf:1: missing title for section 'zone'"},
		{"zone a.b", "m.conf:1: premature end of file"},
		{"zone a.b ttl = 1", "m.conf:1: missing opening brace for section 'zone'"},
		{"zone a.b {\nname-servers = {\nn.s", "m.conf:2: the brace that opens here is not "
						      "closed"},
		{"zone a.b {\nname-servers = { n.s }\n", "m.conf:1: the brace that opens here is "
							 "not closed"},
		{"\"\\$\" = 1", "m.conf:1: no such option '$'"},
		{"'a\\'b' = 1", "m.conf:1: no such option 'a'b'"},
		{"'\\$' = 1", "m.conf:1: a backslash in a string may only stand before a quote, "
			      "'$' or '\\'"},
		{"m\xc3\xbc = 1", "m.conf:1: no such option 'm\\xc3\\xbc'"},
		{"zone a.b {\n\"\" = 1 }", "m.conf:2: an empty string is no name"},
		{"zone '' {}", "m.conf:1: an empty string is no name"},
		{"zone a.b {}\n\"store|type\" = sqlite\n", "m.conf:2: no such option 'store|type'"},
	};

	conf_kit_check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		broken_syntax_names_its_line,
		what_stands_in_the_wrong_place_is_named,
	};

	return unit_run("grammar", tests, N_ELEMENTS(tests));
}
