/* SPDX-License-Identifier: BSD-2-Clause
 * As much XML as Route 53 and STS speak: a document as its leaves, and text escaped for one. Local
 * names only, because namespaces and prefixes vary; a document type is refused, and with it every
 * entity but the five of XML itself. Pure; any thread. */
#ifndef MOORING_AWS_XML_H
#define MOORING_AWS_XML_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum {
	XML_DEPTH_MAX = 32,
	XML_PATH_MAX = 512,
	XML_LEAF_MAX = 64 * 1024,
	XML_LEAVES_MAX = 100000,
};

/* An element without elements in it. path is its names from the root: "ErrorResponse/Error/Code".
 * Returns 0 to go on, or what xml_parse() shall return. */
typedef int xml_leaf_fn(void *arg, const char *path, const char *text);

/* ERR_INVAL for what is not well-formed or has a document type, ERR_LIMIT, ERR_NOMEM, or what leaf
 * returned. */
int xml_parse(struct slice document, xml_leaf_fn *leaf, void *arg);

/* Appends text with & < > " ' escaped. ERR_INVAL (which then sticks) for control characters and
 * text that is not UTF-8: XML 1.0 cannot carry them. */
int xml_add_text(struct buf *out, const char *text);

#endif
