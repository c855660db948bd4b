/* SPDX-License-Identifier: BSD-2-Clause
 * The least that libmicrohttpd can do: TLS as mooringd sets it up, and a constant reply. What
 * script/bench compares mooringd with, to tell the library's cost from ours.
 *
 *	bare PORT CERTIFICATE KEY		serves until standard input ends */
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char reply[] = "nochg 203.0.113.7";
/* The string of src/http/tls.c: X25519 first, or every OpenSSL client needs one more round trip. */
static const char priorities[] =
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:-CIPHER-ALL:+AES-128-GCM:"
	"+AES-256-GCM:+CHACHA20-POLY1305:-MAC-ALL:+AEAD:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:"
	"+GROUP-SECP384R1:%SERVER_PRECEDENCE";
static gnutls_datum_t ticket_key;

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *data_len, void **request)
{
	static int seen;

	(void)url, (void)method, (void)version, (void)data, (void)data_len;
	if (*request == NULL) {
		*request = &seen;
		return MHD_YES;
	}
	return MHD_queue_response(c, MHD_HTTP_OK, cls);
}

static void on_connection(void *cls, struct MHD_Connection *c, void **ctx,
			  enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;

	(void)cls, (void)ctx;
	if (code != MHD_CONNECTION_NOTIFY_STARTED)
		return;
	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (info != NULL)
		gnutls_session_ticket_enable_server(info->tls_session, &ticket_key);
}

static char *read_file(const char *path)
{
	char *data = calloc(1, 65536);
	FILE *f = fopen(path, "r");

	if (data == NULL || f == NULL || fread(data, 1, 65535, f) == 0) {
		perror(path);
		exit(1);
	}
	fclose(f);
	return data;
}

int main(int argc, char **argv)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct MHD_Response *response;
	struct MHD_Daemon *d;

	if (argc != 4)
		return 2;
	sin.sin_port = htons((uint16_t)atoi(argv[1]));
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	gnutls_session_ticket_key_generate(&ticket_key);
	response = MHD_create_response_from_buffer(sizeof(reply) - 1, (void *)(uintptr_t)reply,
						   MHD_RESPMEM_PERSISTENT);
	d = MHD_start_daemon(
		MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_USE_ERROR_LOG, 0, NULL, NULL,
		on_request, response, MHD_OPTION_SOCK_ADDR, &sin, MHD_OPTION_THREAD_POOL_SIZE, 2u,
		MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_HTTPS_MEM_CERT, read_file(argv[2]),
		MHD_OPTION_HTTPS_MEM_KEY, read_file(argv[3]), MHD_OPTION_HTTPS_PRIORITIES,
		priorities, MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL, MHD_OPTION_END);
	if (d == NULL || response == NULL)
		return 1;
	while (getchar() != EOF)
		continue;
	MHD_stop_daemon(d);
	MHD_destroy_response(response);
	return 0;
}
