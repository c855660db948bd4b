/* SPDX-License-Identifier: BSD-2-Clause
 * Lines of somebody who is asked, and what is asked. */
#include "ctl/setup_talk.h"

#include "kit/unit.h"

enum { SHOWN_MAX = 16384 };

static const struct setup_machine machine = {.knows_aws = true};

/* All that a test does not look at. */
#define REST                                                                                       \
	"certificate=files certificate-file=/c key-file=/k listen=[::]:443 store=sqlite "          \
	"store-path=/s user=none"
#define ZONE "domain=dyn.example.com publish=builtin name-server=ns1.dyn.example.com "
#define NS   "address=93.184.216.34 dns-listen=[::]:53 server=ddns.example.com "

static const struct {
	const char *given; /* options, "name=value ..." */
	const char *in;	   /* lines; NULL: nobody can be asked */
	bool takes_presets;
	const char *want;  /* the answer of which, "name=value", or behind "! " the sentence */
	const char *shown; /* is in what was asked */
	const char *not_shown;
} rows[] = {
	/* All is given: nothing is asked. */
	{ZONE NS REST, "", false, "server=ddns.example.com", "", "["},
	{ZONE NS REST, NULL, false, "server=ddns.example.com", "", "["},
	/* One is missing. */
	{"publish=builtin name-server=ns1.dyn.example.com " NS REST, "dyn.example.com\n", false,
	 "domain=dyn.example.com", "Domain: ", "["},
	{"domain=dyn.example.com publish=builtin " NS REST, "\n", false,
	 "name-server=ns1.dyn.example.com",
	 "Names of this name server [ns1.dyn.example.com]: ", "Domain"},
	{"domain=dyn.example.com publish=builtin " NS REST, "ns1.example.com\n", false,
	 "name-server=ns1.example.com", "resolvers ask there.\nNames", "Domain"},
	/* A bad answer gets its sentence and the question again; so does a blank without a default.
	 */
	{"publish=builtin name-server=ns1.dyn.example.com " NS REST, "x\n \ndyn.example.com\n",
	 false, "domain=dyn.example.com",
	 "Domain: This must be a name with a dot in it, not \"x\".\nDomain: This must be "
	 "answered.\nDomain: ",
	 "["},
	{"domain=dyn.example.com name-server=ns1.dyn.example.com " NS REST, "bind\n\n", false,
	 "publish=builtin",
	 "[builtin]: This must be builtin or route53, not \"bind\".\nName server (builtin or "
	 "route53) "
	 "[builtin]: ",
	 "Domain"},
	/* The last line may be without its end. */
	{"publish=builtin name-server=ns1.dyn.example.com " NS REST, "dyn.example.com", false,
	 "domain=dyn.example.com", "", "["},
	/* The end of the input. */
	{"publish=builtin name-server=ns1.dyn.example.com " NS REST, "", false,
	 "! nothing was written: there is no answer for --domain", "Domain: \n", "["},
	{"publish=builtin name-server=ns1.dyn.example.com " NS REST, "x\n", false,
	 "! nothing was written: there is no answer for --domain", "not \"x\".\nDomain: \n", "["},
	/* Defaults, without a question; what has none is asked about. */
	{"domain=dyn.example.com publish=builtin " NS REST, "", true,
	 "name-server=ns1.dyn.example.com", "", "["},
	{"publish=builtin " NS REST, "dyn.example.com\n", true, "name-server=ns1.dyn.example.com",
	 "Domain: ", "["},
	{"domain=dyn.example.com publish=builtin " NS REST, NULL, true,
	 "name-server=ns1.dyn.example.com", "", "["},
	/* Brackets of an address have none around them. */
	{ZONE "address=93.184.216.34 server=ddns.example.com " REST, "\n", false,
	 "dns-listen=[::]:53",
	 "Addresses and ports of the name server, or Enter for [::]:53: ", "[["},
	/* What has no default may have a hint. */
	{ZONE "dns-listen=[::]:53 server=ddns.example.com " REST, "93.184.216.34\n", false,
	 "address=93.184.216.34", "router's status page shows it.\nPublic addresses", "["},
	/* Nobody can be asked. */
	{"publish=builtin name-server=ns1.dyn.example.com " NS REST, NULL, false,
	 "! nobody can be asked here: --domain has to say it", "", "["},
	{"publish=builtin name-server=ns1.dyn.example.com " NS REST, NULL, true,
	 "! nobody can be asked here: --domain has to say it", "", "["},
	{"domain=dyn.example.com publish=builtin " NS REST, NULL, false,
	 "! nobody can be asked here: --name-server has to say it, or --yes takes the default", "",
	 "["},
	/* All of them at once, with those that a default brings along. */
	{"", NULL, true,
	 "! nobody can be asked here: --domain, --address and --email have to say it", "", "["},
	{"", NULL, false,
	 "! nobody can be asked here: --domain, --publish, --name-server, --address, --dns-listen, "
	 "--server, --certificate, --email, --listen, --store and --store-path have to say it; "
	 "with --yes only --domain, --address and --email",
	 "", "["},
	{"domain=example.com publish=route53 store=dynamodb user=router1", NULL, true,
	 "! nobody can be asked here: --hosted-zone, --server and --email have to say it", "", "["},
	/* What was given shows that a default is not meant. */
	{ZONE "address=93.184.216.34 dns-listen=[::]:53 server=ddns.example.com key-file=/k "
	      "certificate-file=/c listen=[::]:443 store=sqlite store-path=/s",
	 NULL, false,
	 "! nobody can be asked here: --certificate has to say it, or --yes takes the default", "",
	 "["},
	/* A wrong option is told before anybody is asked. */
	{"email=you", "dyn.example.com\n", false,
	 "! --email must be an address such as you@example.com, not \"you\"", "", "Domain"},
	{"domain=dyn.example.com server=a.dyn.example.com", "", false,
	 "! --server must lie outside of dyn.example.com, in which only hosts' names are served",
	 "", "["},
	/* One that does not count is told in its turn. */
	{ZONE NS REST " table=mooring", NULL, false, "! --table counts only with --store dynamodb",
	 "", "["},
	{"domain=dyn.example.com publish=builtin hosted-zone=Z1", "", false,
	 "! --hosted-zone counts only with --publish route53", "", "["},
	/* What is private is asked about, once it is known. */
	{ZONE "address=10.0.0.1 dns-listen=[::]:53 server=ddns.example.com " REST, "yes\n", false,
	 "lab=yes", "Private addresses for hosts (yes or no) [no]: ", "Domain"},
	{ZONE "address=10.0.0.1 dns-listen=[::]:53 server=ddns.example.com " REST, NULL, false,
	 "lab=no", "", "["},
	{ZONE NS REST, "", false, "lab=no", "", "Private"},
};

static enum setup_question find_question(const char *option, size_t len)
{
	enum setup_question q;

	for (q = 0; q < SETUP_QUESTIONS; q++)
		if (strlen(setup_row(q)->option) == len &&
		    memcmp(setup_row(q)->option, option, len) == 0)
			return q;
	ck_abort_msg("no option %s", option);
	return q;
}

/* text holds what was given, which t borrows. */
static void give(struct setup_talk *t, char *text)
{
	char *word, *rest, *equals;

	for (word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
		equals = strchr(word, '=');
		t->given[find_question(word, (size_t)(equals - word))] = equals + 1;
	}
}

static FILE *open_lines(const char *lines)
{
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	fputs(lines, f);
	rewind(f);
	return f;
}

static void check_want(size_t i, const struct setup_answers *a, int err, const struct errinfo *ei)
{
	const char *want = rows[i].want, *equals = strchr(want, '=');

	if (want[0] == '!') {
		ck_assert_msg(err != 0 && strcmp(ei->text, want + 2) == 0, "row %zu: %s", i,
			      ei->text);
		return;
	}
	ck_assert_msg(err == 0, "row %zu: %s", i, ei->text);
	ck_assert_msg(setup_is(a, find_question(want, (size_t)(equals - want)), equals + 1),
		      "row %zu", i);
}

START_TEST(each_question_is_answered_once)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		static char shown[SHOWN_MAX];
		struct setup_answers a = {.machine = &machine};
		struct setup_talk t = {.answers = &a, .takes_presets = rows[i].takes_presets};
		struct errinfo ei = ERRINFO_INIT;
		char given[1024];
		int err;

		snprintf(given, sizeof(given), "%s", rows[i].given);
		give(&t, given);
		memset(shown, 0, sizeof(shown));
		t.out = fmemopen(shown, sizeof(shown), "w");
		t.in = rows[i].in != NULL ? open_lines(rows[i].in) : NULL;
		err = setup_talk_run(&t, &ei);
		fclose(t.out);
		if (t.in != NULL)
			fclose(t.in);
		check_want(i, &a, err, &ei);
		ck_assert_msg(strstr(shown, rows[i].shown) != NULL, "row %zu: %s", i, shown);
		ck_assert_msg(strstr(shown, rows[i].not_shown) == NULL ||
				      strstr(rows[i].shown, rows[i].not_shown) != NULL,
			      "row %zu: %s", i, shown);
		ck_assert_msg(t.has_asked == (shown[0] != '\0'), "row %zu", i);
	}
}
END_TEST

START_TEST(a_line_without_end_is_not_taken_in_parts)
{
	static char line[2 * SETUP_ANSWER_MAX], shown[SHOWN_MAX];
	struct setup_answers a = {.machine = &machine};
	struct setup_talk t = {.answers = &a};
	struct errinfo ei = ERRINFO_INIT;
	char given[] = "publish=builtin name-server=ns1.dyn.example.com " NS REST;

	memset(line, 'a', sizeof(line));
	strcpy(line + sizeof(line) - 20, "\ndyn.example.com\n");
	give(&t, given);
	t.in = open_lines(line);
	t.out = fmemopen(shown, sizeof(shown), "w");
	ck_assert_int_eq(setup_talk_run(&t, &ei), 0);
	fclose(t.out);
	fclose(t.in);
	ck_assert_str_eq(a.text[SETUP_DOMAIN], "dyn.example.com");
	ck_assert_ptr_nonnull(strstr(shown, "Domain: This is too long.\nDomain: "));
}
END_TEST

static void note_question(void *arg, enum setup_question q)
{
	strcat(arg, setup_row(q)->option);
	strcat(arg, " ");
}

START_TEST(nothing_is_looked_at_while_an_answer_is_missing)
{
	struct setup_answers a = {.machine = &machine};
	char given[] = ZONE NS "certificate=certbot", told[512] = "";
	struct setup_talk t = {
		.answers = &a, .takes_presets = true, .after = note_question, .arg = told};
	struct errinfo ei = ERRINFO_INIT;

	give(&t, given);
	ck_assert_int_eq(setup_talk_run(&t, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "nobody can be asked here: --email has to say it");
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(each_answer_is_told_in_its_turn)
{
	struct setup_answers a = {.machine = &machine};
	char given[] = ZONE NS REST, told[512] = "";
	struct setup_talk t = {.answers = &a, .after = note_question, .arg = told};
	struct errinfo ei = ERRINFO_INIT;

	give(&t, given);
	ck_assert_int_eq(setup_talk_run(&t, &ei), 0);
	ck_assert_str_eq(told,
			 "domain publish name-server address lab dns-listen server certificate "
			 "certificate-file key-file listen store store-path user ");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_question_is_answered_once,
		a_line_without_end_is_not_taken_in_parts,
		nothing_is_looked_at_while_an_answer_is_missing,
		each_answer_is_told_in_its_turn,
	};

	return unit_run("setup_talk", tests, N_ELEMENTS(tests));
}
