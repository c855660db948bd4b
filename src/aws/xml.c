/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/xml.h"

#include <expat.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "base/str.h"

struct parse {
	XML_Parser parser;
	xml_leaf_fn *leaf;
	void *arg;
	unsigned depth;
	size_t path_len[XML_DEPTH_MAX]; /* of the path without the element at that depth */
	bool is_leaf;			/* no element ended since this one began */
	unsigned n_leaves;
	struct buf path;
	struct buf text;
	int err;
};

static void xml_stop(struct parse *p, int err)
{
	if (p->err == 0)
		p->err = err;
	XML_StopParser(p->parser, XML_FALSE);
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct parse *p = arg;
	const char *colon = strrchr(name, ':');

	(void)attributes;
	if (p->depth == XML_DEPTH_MAX) {
		xml_stop(p, ERR_LIMIT);
		return;
	}
	p->path_len[p->depth++] = p->path.len;
	if (p->depth > 1)
		buf_addc(&p->path, '/');
	if (buf_adds(&p->path, colon != NULL ? colon + 1 : name) != 0)
		xml_stop(p, p->path.err);
	buf_reset(&p->text);
	p->is_leaf = true;
}

static void on_text(void *arg, const XML_Char *data, int len)
{
	struct parse *p = arg;

	if (p->is_leaf && buf_add(&p->text, data, (size_t)len) != 0)
		xml_stop(p, p->text.err);
}

static void on_end(void *arg, const XML_Char *name)
{
	struct parse *p = arg;
	int err = 0;

	(void)name;
	if (p->err != 0) /* expat still reports the end of the element it was stopped in */
		return;
	if (p->is_leaf && ++p->n_leaves > XML_LEAVES_MAX)
		err = ERR_LIMIT;
	else if (p->is_leaf)
		err = p->leaf(p->arg, buf_str(&p->path), buf_str(&p->text));
	if (err != 0)
		xml_stop(p, err);
	p->is_leaf = false;
	p->path.len = p->path_len[--p->depth];
	p->path.data[p->path.len] = '\0';
}

static void on_doctype(void *arg, const XML_Char *name, const XML_Char *system_id,
		       const XML_Char *public_id, int has_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_subset;
	xml_stop(arg, ERR_INVAL);
}

static int xml_run(struct parse *p, struct slice document)
{
	enum XML_Status status;

	if (document.len > INT_MAX)
		return ERR_LIMIT;
	XML_SetUserData(p->parser, p);
	XML_SetElementHandler(p->parser, on_start, on_end);
	XML_SetCharacterDataHandler(p->parser, on_text);
	XML_SetStartDoctypeDeclHandler(p->parser, on_doctype);
	status = XML_Parse(p->parser, document.p, (int)document.len, XML_TRUE);
	if (p->err != 0)
		return p->err;
	if (status == XML_STATUS_OK)
		return 0;
	return XML_GetErrorCode(p->parser) == XML_ERROR_NO_MEMORY ? ERR_NOMEM : ERR_INVAL;
}

int xml_parse(struct slice document, xml_leaf_fn *leaf, void *arg)
{
	struct parse p = {.leaf = leaf, .arg = arg};
	int err = ERR_NOMEM;

	p.parser = XML_ParserCreate(NULL);
	if (p.parser == NULL)
		return ERR_NOMEM;
	buf_init(&p.path, XML_PATH_MAX);
	buf_init(&p.text, XML_LEAF_MAX);
	err = xml_run(&p, document);
	XML_ParserFree(p.parser);
	buf_fini(&p.path);
	buf_fini_secret(&p.text);
	return err;
}

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	default:
		return NULL;
	}
}

int xml_add_text(struct buf *out, const char *text)
{
	struct slice left = slice_of(text);
	size_t len;

	for (; left.len > 0; left.p += len, left.len -= len) {
		const char *entity = entity_of(*left.p);

		len = str_utf8_length(left);
		if (len == 0 || (unsigned char)*left.p < ' ' || *left.p == 0x7f)
			return out->err = out->err != 0 ? out->err : ERR_INVAL;
		if (entity != NULL)
			buf_adds(out, entity);
		else
			buf_add(out, left.p, len);
	}
	return out->err;
}
