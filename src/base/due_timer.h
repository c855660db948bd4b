/* SPDX-License-Identifier: BSD-2-Clause
 * A due_list with one timer of libuv: a function is called with each item once it is due. Core
 * thread; nothing is allocated.
 *
 * Include it where the owner's struct is defined, not in headers that others see: it shows libuv.
 */
#ifndef MOORING_BASE_DUE_TIMER_H
#define MOORING_BASE_DUE_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/due_list.h"

/* The item is in no list any more. It may be put again, others may be put and removed, and the
 * timer may be stopped or closed. What is put meanwhile waits for another turn of the loop, even
 * when it is due already: this one ends. */
typedef void due_fn(void *arg, struct due_item *item);

struct due_timer {
	struct due_list list; /* to be read; changed through the functions below */
	uv_timer_t timer;
	int64_t wakes_at_ms; /* while the timer runs */
	bool is_stopped;
	due_fn *run;
	void *arg;
};

/* Cannot fail. t stays where it is until it is closed. */
void due_timer_open(struct due_timer *t, struct uv_loop_s *loop, due_fn *run, void *arg);
/* run is called once clock_mono_ms() is at_ms or later, never from inside this call. */
void due_timer_put(struct due_timer *t, struct due_item *item, int64_t at_ms);
/* Does nothing when the item is in no list. */
void due_timer_remove(struct due_item *item);
/* Nothing is run any more; what is listed, and what is put from now on, stays listed. */
void due_timer_stop(struct due_timer *t);
/* The same, and libuv lets go of t; closed(handle) is called in a later turn of the loop, after
 * which t may be freed. handle->data is arg. */
void due_timer_close(struct due_timer *t, void (*closed)(uv_handle_t *handle));

#endif
