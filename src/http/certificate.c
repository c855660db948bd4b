/* SPDX-License-Identifier: BSD-2-Clause
 * A certificate chain and its private key, read from PEM files. */
#include "http/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PEM_MAX = 256 * 1024, /* a chain of a dozen RSA-8192 certificates is a tenth of it */
	CHAIN_MAX = 16,
	RSA_BITS_MIN = 2048, /* NIST SP 800-57; what clients take today */
	KEY_ID_MAX = 64,
	LIFETIME_SHARE_LEFT = 3, /* with less than a third left, something failed to renew it */
};

struct certificate {
	_Atomic unsigned refs;
	unsigned n_certs;
	gnutls_pcert_st certs[CHAIN_MAX];
	gnutls_privkey_t key;
	struct certificate_names names;
	int64_t not_before_s, not_after_s;
	bool key_is_public; /* everybody can read its file */
};

struct certificate *certificate_ref(struct certificate *p)
{
	atomic_fetch_add(&p->refs, 1);
	return p;
}

void certificate_unref(struct certificate *p)
{
	unsigned i;

	if (p == NULL || atomic_fetch_sub(&p->refs, 1) > 1)
		return;
	for (i = 0; i < p->n_certs; i++)
		gnutls_pcert_deinit(&p->certs[i]);
	certificate_names_free(&p->names);
	gnutls_privkey_deinit(p->key);
	free(p);
}

gnutls_pcert_st *certificate_certs(struct certificate *p, unsigned *ret_n)
{
	*ret_n = p->n_certs;
	return p->certs;
}

gnutls_privkey_t certificate_key(struct certificate *p)
{
	return p->key;
}

gnutls_pk_algorithm_t certificate_kind(const struct certificate *p)
{
	return (gnutls_pk_algorithm_t)gnutls_privkey_get_pk_algorithm(p->key, NULL);
}

enum certificate_fit certificate_fits(const struct certificate *p, struct slice name)
{
	return certificate_fit(&p->names, name);
}

int64_t certificate_not_after(const struct certificate *p)
{
	return p->not_after_s;
}

bool certificate_is_valid(const struct certificate *p, int64_t now_s)
{
	return p->not_before_s <= now_s && now_s <= p->not_after_s;
}

/* By then certbot and lego should have renewed it. */
bool certificate_is_due(const struct certificate *p, int64_t now_s)
{
	return p->not_after_s - now_s < (p->not_after_s - p->not_before_s) / LIFETIME_SHARE_LEFT;
}

static bool is_short(const struct certificate *p)
{
	unsigned bits = 0;
	int kind = gnutls_privkey_get_pk_algorithm(p->key, &bits);

	return (kind == GNUTLS_PK_RSA || kind == GNUTLS_PK_RSA_PSS) && bits < RSA_BITS_MIN;
}

const char *certificate_weakness(const struct certificate *p, enum certificate_weakness which,
				 int64_t now_s)
{
	switch (which) {
	case CERTIFICATE_TIME:
		if (certificate_is_valid(p, now_s))
			return NULL;
		return p->not_after_s < now_s ? "the certificate has expired"
					      : "the certificate is not valid yet";
	case CERTIFICATE_DUE:
		return certificate_is_valid(p, now_s) && certificate_is_due(p, now_s)
			       ? "the certificate was not renewed, and less than a third of its "
				 "lifetime is left"
			       : NULL;
	case CERTIFICATE_KEY_SHORT:
		return is_short(p) ? "the RSA key has less than 2048 bits, clients refuse it"
				   : NULL;
	case CERTIFICATE_KEY_PUBLIC:
		return p->key_is_public ? "every user of this machine can read the private key"
					: NULL;
	default:
		return NULL;
	}
}

bool certificate_weakness_is_of_key(enum certificate_weakness which)
{
	return which == CERTIFICATE_KEY_SHORT || which == CERTIFICATE_KEY_PUBLIC;
}

static int read_whole_file(int fd, const char *path, gnutls_datum_t *pem, struct errinfo *ei)
{
	ssize_t n;

	do {
		n = read(fd, pem->data + pem->size, PEM_MAX - pem->size);
		if (n < 0 && errno != EINTR)
			return err_set(ei, ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
		pem->size += n > 0 ? (unsigned)n : 0;
	} while (n != 0 && pem->size < PEM_MAX);
	if (pem->size == 0)
		return err_set(ei, ERR_INVAL, "%s: the file is empty", path);
	if (pem->size == PEM_MAX)
		return err_set(ei, ERR_LIMIT, "%s: larger than %d bytes", path, PEM_MAX - 1);
	pem->data[pem->size] = '\0';
	return 0;
}

static void wipe_pem(gnutls_datum_t *pem)
{
	if (pem->data != NULL)
		explicit_bzero(pem->data, PEM_MAX + 1);
	free(pem->data);
	pem->data = NULL;
}

/* pem->data is NUL-terminated; ended by wipe_pem(), in every case. */
static int read_pem(const char *path, gnutls_datum_t *pem, bool *ret_is_public, struct errinfo *ei)
{
	struct stat st = {0};
	int fd, err;

	pem->size = 0;
	pem->data = malloc(PEM_MAX + 1);
	if (pem->data == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set(ei, ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		err = err_set(ei, ERR_IO, "%s: not a regular file", path);
	else
		err = read_whole_file(fd, path, pem, ei);
	close(fd);
	*ret_is_public = (st.st_mode & S_IROTH) != 0;
	return err;
}

static size_t count_text(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return n;
}

/* GnuTLS takes the whole certificates of a file that somebody is still writing, and with a part of
 * the chain many clients would leave. */
static bool is_cut_off(const gnutls_datum_t *pem)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const char *text = (const char *)pem->data, *last = strrchr(text, '\n');

	last = last != NULL ? last + 1 : text;
	return count_text(text, "-----BEGIN ") != count_text(text, "-----END ") ||
	       (*last != '\0' && strncmp(last, begin, strlen(last)) == 0);
}

/* Certificates in the file's order or not: GnuTLS sorts them, leaf first. */
static int import_certs(struct certificate *p, const char *path, const gnutls_datum_t *pem,
			struct errinfo *ei)
{
	gnutls_x509_crt_t crts[CHAIN_MAX];
	unsigned i, n = CHAIN_MAX, n_certs;
	bool no_memory = false;
	int err, n_read = gnutls_x509_crt_list_import(crts, &n, pem, GNUTLS_X509_FMT_PEM,
						      GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);

	if (n_read == GNUTLS_E_SHORT_MEMORY_BUFFER)
		return err_set(ei, ERR_LIMIT, "%s: more than %d certificates", path, CHAIN_MAX);
	if (n_read < 0)
		return err_set(ei, ERR_INVAL, "%s: not a PEM certificate: %s", path,
			       gnutls_strerror(n_read));
	n = (unsigned)n_read;
	n_certs = n;
	err = gnutls_pcert_import_x509_list(p->certs, crts, &n_certs, GNUTLS_X509_CRT_LIST_SORT);
	if (err == 0) {
		p->n_certs = n_certs;
		p->not_after_s = gnutls_x509_crt_get_expiration_time(crts[0]);
		p->not_before_s = gnutls_x509_crt_get_activation_time(crts[0]);
		no_memory = certificate_names_read(crts[0], &p->names) != 0;
	} else {
		err_set(ei, ERR_INVAL, "%s: not a certificate chain: %s", path,
			gnutls_strerror(err));
	}
	for (i = 0; i < n; i++)
		gnutls_x509_crt_deinit(crts[i]);
	if (no_memory)
		return err_set(ei, ERR_NOMEM, "out of memory");
	return err == 0 ? 0 : ERR_INVAL;
}

/* Both of PKCS #8 and of the older form. */
static bool is_encrypted(const gnutls_datum_t *pem)
{
	const char *text = (const char *)pem->data;

	return strstr(text, "BEGIN ENCRYPTED PRIVATE KEY") != NULL ||
	       strstr(text, "Proc-Type: 4,ENCRYPTED") != NULL;
}

static int import_key(struct certificate *p, const char *path, const gnutls_datum_t *pem,
		      struct errinfo *ei)
{
	int err;

	if (is_encrypted(pem))
		return err_set(ei, ERR_INVAL,
			       "%s: the private key is encrypted; a service cannot ask for its "
			       "passphrase, store it without one",
			       path);
	err = gnutls_privkey_import_x509_raw(p->key, pem, GNUTLS_X509_FMT_PEM, NULL,
					     GNUTLS_PKCS_PLAIN);
	if (err != 0)
		return err_set(ei, ERR_INVAL, "%s: not a PEM private key: %s", path,
			       gnutls_strerror(err));
	return 0;
}

static bool keys_match(struct certificate *p)
{
	unsigned char of_cert[KEY_ID_MAX], of_key[KEY_ID_MAX];
	size_t len_cert = sizeof(of_cert), len_key = sizeof(of_key);
	gnutls_pubkey_t public_key;
	bool match;

	if (gnutls_pubkey_init(&public_key) != 0)
		return false;
	match = gnutls_pubkey_import_privkey(public_key, p->key, 0, 0) == 0 &&
		gnutls_pubkey_get_key_id(public_key, GNUTLS_KEYID_USE_SHA256, of_key, &len_key) ==
			0 &&
		gnutls_pubkey_get_key_id(p->certs[0].pubkey, GNUTLS_KEYID_USE_SHA256, of_cert,
					 &len_cert) == 0 &&
		len_cert == len_key && memcmp(of_cert, of_key, len_key) == 0;
	gnutls_pubkey_deinit(public_key);
	return match;
}

static int certificate_fill(struct certificate *p, const char *certificate, const char *private_key,
			    struct errinfo *ei)
{
	gnutls_datum_t pem;
	bool is_public;
	int err;

	err = read_pem(certificate, &pem, &is_public, ei);
	if (err == 0 && is_cut_off(&pem))
		err = err_set(ei, ERR_INVAL,
			      "%s: not a PEM certificate: the file ends within a certificate",
			      certificate);
	if (err == 0)
		err = import_certs(p, certificate, &pem, ei);
	wipe_pem(&pem);
	if (err != 0)
		return err;
	err = read_pem(private_key, &pem, &p->key_is_public, ei);
	if (err == 0)
		err = import_key(p, private_key, &pem, ei);
	wipe_pem(&pem);
	if (err == 0 && !keys_match(p))
		err = err_set(ei, ERR_INVAL, "%s: not the private key of the certificate in %s",
			      private_key, certificate);
	return err;
}

int certificate_load(const char *certificate, const char *private_key, struct certificate **ret,
		     struct errinfo *ei)
{
	struct certificate *p = calloc(1, sizeof(*p));
	int err;

	if (p == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	p->refs = 1;
	if (gnutls_privkey_init(&p->key) != 0) {
		free(p);
		return err_set(ei, ERR_NOMEM, "out of memory");
	}
	err = certificate_fill(p, certificate, private_key, ei);
	if (err != 0) {
		certificate_unref(p);
		return err;
	}
	*ret = p;
	return 0;
}
