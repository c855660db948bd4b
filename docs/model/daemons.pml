/* SPDX-License-Identifier: BSD-2-Clause
 * Several daemons that publish one host name from one store. README.md says what this is, which
 * rules it has and what it assumes; tests/model/run checks it. The names of the rules, like INTEND,
 * stand where a daemon follows them; with -DNO_INTEND and so on it does not. */

/* ---------------------------------------------------------------- sizes */

#ifndef DAEMONS
#define DAEMONS 2
#endif
/* Accounts that have the name. */
#ifndef ACCOUNTS
#define ACCOUNTS 1
#endif
/* At most so many of each; every smaller number is tried, too. */
#ifndef UPDATES
#define UPDATES 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
/* What somebody else may do, each once: a sum of these. */
#define REWRITE 1    /* the item is written anew without its state */
#define RESTORE 2    /* an older state is put back, then a repair is run */
#define CHANGE_ZONE 4 /* another zone, or somebody's hand in it, then a repair is run */
#define REMOVE 8     /* the item of an account goes */
#define MAKE_AGAIN 16 /* and comes back without a state */
#define SPONTANEOUS 32 /* a repair is run, for no reason */
#ifndef ENV
#define ENV 0
#endif
/* 0: no intent is carried out after its sender was killed or gave up. One that expects no state
 * would fit an item that was written anew meanwhile. */
#ifndef LATE
#define LATE 1
#endif
/* No intent gets as far as this, or somebody intends for ever. */
#ifndef SEQ_MAX
#define SEQ_MAX 15
#endif
/* Changes on their way whose sender does not wait for them any more. */
#define STRAYS (CRASHES + LOSSES)
/* Update 0 is what was there before. */
#define REQUESTS (UPDATES + 1)

#define BIT(n) (1 << (n))
#define NONE 0
#define DELETE(v) ((v) + 2) /* a change that removes the record if it has this value */

/* ---------------------------------------------------------------- the system */

typedef item {
	byte seq;
	byte pub;
	byte want;
	byte at; /* when an update asked for it */
	bit is_gone;
};
item store[ACCOUNTS];
byte zone;

/* The change that a daemon waits for, and whether it may still send one. A mark of daemon d says:
 * older than the wait of d. What is marked lands, or can land no more, before that wait ends. */
byte flying[DAEMONS];
byte marks[DAEMONS];
bit is_stale[DAEMONS];
#if STRAYS > 0
byte stray[STRAYS];
byte stray_marks[STRAYS];
#endif
/* An intent whose sender does not wait for it any more. */
item late;
byte late_want; /* what it expects to find */
byte late_account, late_marks, late_request;

bool is_ready; /* the beginning is chosen */
byte updates, crashes, losses, env;
byte repairs; /* set of accounts */
bit is_idle[DAEMONS];
bit is_at_work[DAEMONS]; /* on an intent of its own */

/* What clients see. */
byte n_asked;
byte asked[REQUESTS]; /* the value */
byte updates_of[ACCOUNTS]; /* set of updates */
byte ended;  /* set of updates that were answered, in whatever way */
byte passed; /* set of updates that had ended when one began that was then answered good */
byte before[REQUESTS];
bit was_killed, is_lost, is_restored;

/* ---------------------------------------------------------------- what flies */

inline land(change)
{
	if
	:: change == 1 || change == 2 -> zone = change
	:: else -> zone = (change == DELETE(zone) && zone != NONE -> NONE : zone)
	fi;
	change = NONE
}

inline mark_strays(d)
{
#if STRAYS > 0
	stray_marks[0] = (stray[0] != NONE -> stray_marks[0] | BIT(d) : 0);
#endif
#if STRAYS > 1
	stray_marks[1] = (stray[1] != NONE -> stray_marks[1] | BIT(d) : 0);
#endif
#if STRAYS > 2
	stray_marks[2] = (stray[2] != NONE -> stray_marks[2] | BIT(d) : 0);
#endif
	late_marks = (late.seq != 0 -> late_marks | BIT(d) : 0)
}

/* Nobody waits for the change of d any more. If it has not landed, it flies on, or is gone. */
inline set_adrift(d)
{
#if STRAYS > 0
	if
	:: flying[d] != NONE && stray[0] == NONE -> stray[0] = flying[d]; stray_marks[0] = marks[d]
#if STRAYS > 1
	:: flying[d] != NONE && stray[0] != NONE && stray[1] == NONE ->
		stray[1] = flying[d]; stray_marks[1] = marks[d]
#endif
#if STRAYS > 2
	:: flying[d] != NONE && stray[0] != NONE && stray[1] != NONE ->
		assert(stray[2] == NONE); stray[2] = flying[d]; stray_marks[2] = marks[d]
#endif
	:: true
	fi;
#endif
	flying[d] = NONE
}

#if DAEMONS == 1
#define EACH_DAEMON(f) f(0)
#elif DAEMONS == 2
#define EACH_DAEMON(f) f(0); f(1)
#else
#define EACH_DAEMON(f) f(0); f(1); f(2)
#endif

/* ---------------------------------------------------------------- time */

/* All that is on its way, or has the right to be sent, is older than the wait that begins now. */
#define MARK(i) marks[i] = marks[i] | BIT(_pid)
#define WAIT_BEGIN EACH_DAEMON(MARK); mark_strays(_pid)

#define OUT(i) (flying[i] != NONE && (marks[i] & BIT(_pid)) != 0)
#if DAEMONS == 1
#define FLYING_OUT OUT(0)
#elif DAEMONS == 2
#define FLYING_OUT (OUT(0) || OUT(1))
#else
#define FLYING_OUT (OUT(0) || OUT(1) || OUT(2))
#endif
#if STRAYS == 0
#define STRAY_OUT false
#elif STRAYS == 1
#define STRAY_OUT ((stray_marks[0] & BIT(_pid)) != 0)
#elif STRAYS == 2
#define STRAY_OUT (((stray_marks[0] | stray_marks[1]) & BIT(_pid)) != 0)
#else
#define STRAY_OUT (((stray_marks[0] | stray_marks[1] | stray_marks[2]) & BIT(_pid)) != 0)
#endif
#ifdef NO_WAIT
#define WAIT_IS_OVER true
#else
#define WAIT_IS_OVER (!FLYING_OUT && !STRAY_OUT && (late_marks & BIT(_pid)) == 0)
#endif

/* What had the right to be sent before the wait of this daemon, and was not, is not sent. */
#define EXPIRE(i) \
	is_stale[i] = (is_stale[i] || (marks[i] & BIT(_pid)) != 0); \
	marks[i] = marks[i] & ~BIT(_pid)
#define WAIT_END EACH_DAEMON(EXPIRE)

#define TAKE_RIGHT is_stale[_pid] = 0; marks[_pid] = 0

/* ---------------------------------------------------------------- answers */

inline end_request()
{
	ended = (request != 0 -> ended | BIT(request) : ended);
	before[request] = 0;
	request = 0
}

/* What had ended when this began shall not come back. */
inline answer_good()
{
	passed = (request != 0 -> passed | before[request] : passed);
	end_request()
}

/* Nothing was written: an intent that is still on its way from before may yet arrive; and an older
 * state that was put back may not be what the zone has. */
inline answer_nochg()
{
	before[request] = (late.seq != 0 -> before[request] & ~BIT(late_request) : before[request]);
	before[request] = (is_restored -> 0 : before[request]);
	answer_good()
}

mtype = { UPDATE, OWED, OVERTAKEN, REPAIR, REPEAT, LATER };

/* OWN_LATER stays above its own: a seq comes again. */
#define NEXT_SEQ (job == LATER && seq > had.seq -> seq + 1 : had.seq + 1)
/* The clock, and later than what it replaces whatever the clock says. */
#define MOMENT (2 * request > had.at -> 2 * request : had.at + 1)

/* The intent is on its way, and its sender does not wait any more. */
inline intend_late()
{
	late.seq = NEXT_SEQ; late.want = value; late.at = at; late.pub = had.pub; late_want = had.want;
	late_account = account; late_request = request
}

/* ---------------------------------------------------------------- a daemon */


#define ITEM store[account]
#define MAY_DIE atomic { crashes > 0 -> goto dead }
#define MAY_UPDATE(a, v) \
	atomic { updates > 0 -> \
		updates--; end_request(); \
		request = n_asked; asked[request] = v; n_asked++; \
		before[request] = ended & updates_of[a]; updates_of[a] = updates_of[a] | BIT(request); \
		is_owner = (account == a && is_owner); \
		account = a; job = UPDATE; value = v; is_idle[_pid] = 0; \
		goto read \
	}
#if ACCOUNTS == 1
#define UPDATE_COMES MAY_UPDATE(0, 1); :: MAY_UPDATE(0, 2)
#define NEXT_UPDATE_COMES UPDATE_COMES
#else
/* One value each, so that it is seen whose is published, and one account at a time. */
#define UPDATE_COMES MAY_UPDATE(0, 1); :: MAY_UPDATE(1, 2)
#define NEXT_UPDATE_COMES MAY_UPDATE(account, account + 1)
#endif
#define ALL_ACCOUNTS (BIT(ACCOUNTS) - 1)

#ifdef NO_COMPARE_INTENT
#define INTENT_FITS (!ITEM.is_gone)
#elif defined(NO_COMPARE_STATE)
#define INTENT_FITS (!ITEM.is_gone && ITEM.seq == had.seq)
#else
#define INTENT_FITS \
	(!ITEM.is_gone && ITEM.seq == had.seq && ITEM.pub >= had.pub && ITEM.want == had.want)
#endif
/* OVERTAKEN: whoever finds the newer value of another daemon publishes it in that one's place. */
#ifdef NO_OVERTAKEN
#define MUST_TAKE_OVER false
#else
#define MUST_TAKE_OVER IS_OVERTAKEN
#endif
#define IS_OVERTAKEN \
	(!ITEM.is_gone && ITEM.seq != seq && ITEM.want != value && ITEM.want != NONE && !IS_OLDER)
/* OWN_LATER: in the place of its own intent it finds nothing, or what was asked for earlier. */
#ifdef NO_OWN_LATER
#define IS_OLDER false
#else
#define IS_OLDER \
	(is_owner && !ITEM.is_gone && !IS_MINE && (ITEM.seq == 0 || ITEM.at < at))
#endif
#define IS_MINE (!ITEM.is_gone && ITEM.seq == seq && ITEM.want == value)
#define IS_REPLACED (!ITEM.is_gone && !IS_MINE)

active [DAEMONS] proctype daemon()
{
	mtype job = OWED;
	byte account, request;
	byte value, seq; /* its intent, or what is to become one */
	byte at;	 /* when an update asked for it */
	item had;	 /* what it read */
	byte unseen;	 /* set of accounts to be looked at for what is owed */
	byte stateless;	 /* set of accounts whose value replaced no state, to be sent once more */
	byte sent;	 /* set of values that it sent for this account, or that it replaced unconfirmed */
	byte to_delete;	 /* of these, what is still to be deleted */
	bit is_owner;	 /* seq is its own */
	bit is_in_doubt; /* something older may land after what it sends */
	bit is_other;	 /* and may have another value */
	bit looks_again; /* after a wait, for what is owed */

	atomic {
		/* What a daemon decides without a look at anything that changes meanwhile. */
		is_ready;
		goto next;

start:		/* TAKE_OVER: whoever starts looks for what is owed, now and once more after a wait. */
#ifndef NO_TAKE_OVER
		if
		:: unseen = ALL_ACCOUNTS
		:: true
		fi;
#ifndef NO_LOOK_AGAIN
		looks_again = 1;
#endif
#endif

next:		end_request();
		value = 0; seq = 0; at = 0; sent = 0; to_delete = 0; job = OWED;
		is_owner = 0; is_in_doubt = 0; is_other = 0; is_at_work[_pid] = 0;
		had.seq = 0; had.pub = 0; had.want = 0; had.at = 0;
		if
		:: (unseen & 1) != 0 ->
			unseen = unseen & ~1; account = 0;
			job = ((stateless & 1) != 0 -> REPEAT : OWED); stateless = stateless & ~1; goto read
		:: (unseen & 1) == 0 && unseen != 0 ->
			unseen = 0; account = ACCOUNTS - 1;
			job = ((stateless & 2) != 0 -> REPEAT : OWED); stateless = stateless & ~2; goto read
		:: unseen == 0 && looks_again -> account = 0; goto wait
		:: unseen == 0 && !looks_again ->
			TAKE_RIGHT; account = 0; is_idle[_pid] = 1; goto idle
		fi;

read:		job = (job == LATER && !IS_OLDER -> OVERTAKEN : job);
		if
		:: ITEM.is_gone && is_owner -> goto gone
		:: ITEM.is_gone && !is_owner -> goto next
		:: else
		fi;
		had.seq = ITEM.seq; had.pub = ITEM.pub; had.want = ITEM.want; had.at = ITEM.at;
		if
		:: job == UPDATE && had.pub == had.seq && had.want == value && had.seq != 0 ->
			answer_nochg(); goto next
		:: job == OWED && had.pub == had.seq -> goto next
		:: job != UPDATE && job != OWED && job != LATER && had.want == NONE -> goto next
		:: else
		fi;
		at = (job == UPDATE -> MOMENT : (job == LATER -> at : had.at));
		value = (job == UPDATE || job == LATER -> value : had.want);
#ifdef NO_OWN_INTENT
		/* What is owed is published as the one intended it who owes it. */
		if
		:: job == OWED -> seq = had.seq; is_owner = 1; is_in_doubt = 1; TAKE_RIGHT; goto send
		:: else
		fi;
#endif
#ifdef NO_INTEND
		/* The zone is told first, the store later. */
		TAKE_RIGHT; flying[_pid] = value; sent = sent | BIT(value); goto early;
#endif
		goto intend;

intended:	seq = NEXT_SEQ;
		ITEM.seq = seq; ITEM.want = value; ITEM.at = at;
		assert(ITEM.seq < SEQ_MAX);
		/* DOUBT: it replaces what somebody else has not confirmed. */
		is_other = is_other || is_in_doubt;
		if
#ifndef NO_DOUBT_OWED
		:: had.pub < had.seq ->
			is_in_doubt = 1; is_other = 1; sent = sent | BIT(had.want)
#endif
#ifndef NO_DOUBT_REPAIR
		:: job == REPAIR -> is_in_doubt = 1; is_other = 1
#endif
		:: else
		fi;
#ifndef NO_DOUBT_STATELESS
		/* DOUBT_STATELESS: it replaces nobody knows what, and need not wait for that. */
		stateless = (had.seq == 0 -> stateless | BIT(account) : stateless);
		looks_again = looks_again || had.seq == 0;
#endif
		is_owner = 1; is_at_work[_pid] = 1;
		TAKE_RIGHT;
		goto send;

unknown:	/* The outcome of the intent is not known. */
		is_lost = is_lost || ITEM.seq == 0;
		stateless = (job == REPEAT -> stateless | BIT(account) : stateless);
#ifndef NO_LOOK_AGAIN
		looks_again = 1;
#endif
		if
		:: job == LATER -> goto read
		:: else -> goto next
		fi;

landed:		answer_good();
		if
		:: !is_in_doubt -> goto confirm
		:: is_in_doubt && IS_OVERTAKEN -> job = OVERTAKEN; goto read
		:: is_in_doubt && IS_OLDER -> job = LATER; goto read
		:: is_in_doubt
		fi;

wait:		/* WAIT: until all that is older has landed or can land no more. */
		WAIT_BEGIN;
		goto waiting;

waited:		WAIT_END;
		if
		:: !is_owner -> looks_again = 0; unseen = ALL_ACCOUNTS; goto next
		:: else -> is_in_doubt = 0
		fi;
#ifdef NO_AGAIN
		goto confirm;
#endif
		if
		:: !is_other -> goto confirm /* What may have landed is the same. */
		:: else -> is_other = 0
		fi;

renew:		/* AGAIN: what is still its own is published once more. */
		if
		:: IS_MINE -> TAKE_RIGHT; goto send
		:: MUST_TAKE_OVER -> job = OVERTAKEN; goto read
		:: IS_OLDER -> job = LATER; goto read
		:: IS_REPLACED && !MUST_TAKE_OVER && !IS_OLDER -> goto next
		:: ITEM.is_gone
		fi;

gone:		/* REMOVE: what was sent for a missing item goes. */
		end_request();
		if
		:: !ITEM.is_gone -> goto next
		:: else
		fi;
#ifdef NO_REMOVE
		goto next;
#endif
		TAKE_RIGHT;
		to_delete = sent;
		goto delete;

deleted:	/* CLAIM: if somebody else has the name, theirs is published in its place. */
#if ACCOUNTS > 1 && !defined(NO_CLAIM)
		if
		:: ITEM.is_gone && !store[1 - account].is_gone && store[1 - account].want != NONE ->
			account = 1 - account; job = REPAIR; is_owner = 0; goto read
		:: else
		fi;
#endif
#ifndef NO_REMOVE_AGAIN
		/* REMOVE_AGAIN: what may still land of its own is deleted once more after a wait. */
		if
		:: is_in_doubt -> is_other = 1; goto wait
		:: else
		fi;
#endif
		goto next;

dead:		crashes--;
		/* What it alone knew better than the item is forgotten. */
		is_lost = is_lost || ITEM.want == NONE;
		passed = (IS_OLDER -> 0 : passed);
		was_killed = 1;
		end_request();
		set_adrift(_pid);
		repairs = (job == REPAIR -> repairs | BIT(account) : repairs);
		unseen = 0; stateless = 0; account = 0; looks_again = 0; is_idle[_pid] = 0;
		TAKE_RIGHT;
		goto start
	}

	/* Where it waits for something, others go on. */
idle:
	if
	:: UPDATE_COMES
	:: atomic { (repairs & 1) != 0 ->
		repairs = repairs & ~1; is_idle[_pid] = 0; account = 0; job = REPAIR; goto read }
	:: atomic { (repairs & 2) != 0 ->
		repairs = repairs & ~2; is_idle[_pid] = 0; account = ACCOUNTS - 1; job = REPAIR; goto read }
	:: MAY_DIE
	fi;

intend:	/* INTEND: what is wanted, one above what was read, only if the store still has that. */
	if
	:: atomic { INTENT_FITS -> goto intended }
	:: atomic { !INTENT_FITS -> goto read }
	:: atomic { losses > 0 && INTENT_FITS -> losses--;
		ITEM.seq = NEXT_SEQ; ITEM.want = value; ITEM.at = at; goto unknown }
	:: atomic { LATE && losses > 0 && late.seq == 0 -> losses--; intend_late(); goto unknown }
	:: atomic { losses > 0 -> losses--; goto unknown }
	:: MAY_DIE
	:: atomic { LATE && crashes > 0 && late.seq == 0 -> intend_late(); goto dead }
	fi;

send:	/* RENEW: an old right is renewed by a look into the store first. */
	if
#ifndef NO_RENEW
	:: atomic { is_stale[_pid] && !IS_REPLACED -> goto renew }
	/* Whoever has not sent it yet, gives way. */
	:: atomic { is_stale[_pid] && IS_REPLACED && !IS_OLDER -> goto next }
	:: atomic { is_stale[_pid] && IS_OLDER -> job = LATER; goto read }
	:: atomic { !is_stale[_pid] -> flying[_pid] = value; sent = sent | BIT(value); goto sending }
#else
	:: atomic { true -> flying[_pid] = value; sent = sent | BIT(value); goto sending }
#endif
	:: MAY_DIE
	fi;

sending:
	if
	:: atomic { flying[_pid] == NONE -> goto landed }
	/* The client does not wait as long. */
	:: atomic { request != 0 -> end_request(); goto sending }
	:: atomic { losses > 0 -> losses--; set_adrift(_pid);
#ifndef NO_DOUBT_OWN
		is_in_doubt = 1;
#endif
		goto send }
	:: MAY_DIE
	fi;

waiting:
	if
	:: atomic { WAIT_IS_OVER -> goto waited }
	:: NEXT_UPDATE_COMES
	:: MAY_DIE
	fi;

confirm: /* CONFIRM: only if the store still has this intent. */
	if
#ifdef NO_COMPARE_CONFIRM
	:: atomic { !ITEM.is_gone -> ITEM.pub = ITEM.seq; goto next }
#elif defined(NO_COMPARE_VALUE)
	:: atomic { !ITEM.is_gone && ITEM.seq == seq -> ITEM.pub = seq; goto next }
	:: atomic { !ITEM.is_gone && ITEM.seq != seq -> goto next }
#else
	:: atomic { IS_MINE -> ITEM.pub = seq; goto next }
	:: atomic { !IS_MINE && !ITEM.is_gone && !MUST_TAKE_OVER && !IS_OLDER -> goto next }
	:: atomic { IS_OLDER -> job = LATER; goto read }
	:: atomic { MUST_TAKE_OVER -> job = OVERTAKEN; goto read }
	:: atomic { losses > 0 && IS_MINE -> losses--; ITEM.pub = seq; goto confirm }
	:: atomic { losses > 0 -> losses--; goto confirm }
#endif
	:: atomic { ITEM.is_gone -> goto gone }
	:: NEXT_UPDATE_COMES
	:: MAY_DIE
	fi;

delete:
	if
	:: atomic { is_stale[_pid] -> goto gone }
	:: atomic { !is_stale[_pid] && (to_delete & BIT(1)) != 0 ->
		to_delete = to_delete & ~BIT(1); flying[_pid] = DELETE(1); goto deleting }
	:: atomic { !is_stale[_pid] && (to_delete & BIT(1)) == 0 && (to_delete & BIT(2)) != 0 ->
		to_delete = to_delete & ~BIT(2); flying[_pid] = DELETE(2); goto deleting }
	:: atomic { !is_stale[_pid] && (to_delete & (BIT(1) | BIT(2))) == 0 -> goto deleted }
	:: MAY_DIE
	fi;

deleting:
	if
	:: atomic { flying[_pid] == NONE -> goto delete }
	:: MAY_DIE
	fi;

early:
#ifdef NO_INTEND
	if
	:: atomic { flying[_pid] == NONE -> goto intend }
	:: MAY_DIE
	fi
#endif
}

/* ---------------------------------------------------------------- the network */

active proctype network()
{
	do
	:: atomic { flying[0] != NONE -> land(flying[0]) }
#if DAEMONS > 1
	:: atomic { flying[1] != NONE -> land(flying[1]) }
#endif
#if DAEMONS > 2
	:: atomic { flying[2] != NONE -> land(flying[2]) }
#endif
#if STRAYS > 0
	:: atomic { stray[0] != NONE -> land(stray[0]); stray_marks[0] = 0 }
#endif
#if STRAYS > 1
	:: atomic { stray[1] != NONE -> land(stray[1]); stray_marks[1] = 0 }
#endif
#if STRAYS > 2
	:: atomic { stray[2] != NONE -> land(stray[2]); stray_marks[2] = 0 }
#endif
	:: atomic { late.seq != 0 ->
		if
		:: !store[late_account].is_gone && store[late_account].seq + 1 == late.seq &&
		   store[late_account].want == late_want && store[late_account].pub >= late.pub ->
			store[late_account].seq = late.seq; store[late_account].want = late.want;
			store[late_account].at = late.at
		:: else
		fi;
		late.seq = 0; late.want = 0; late.at = 0; late.pub = 0;
		late_want = 0; late_account = 0; late_marks = 0; late_request = 0 }
	od
}

/* ---------------------------------------------------------------- everybody else */

#define LAST (ACCOUNTS - 1)
#if DAEMONS == 1
#define NOBODY_WORKS (!is_at_work[0])
#elif DAEMONS == 2
#define NOBODY_WORKS (!is_at_work[0] && !is_at_work[1])
#else
#define NOBODY_WORKS (!is_at_work[0] && !is_at_work[1] && !is_at_work[2])
#endif

active proctype environment()
{
	item old;
	byte i, wanted;

	atomic {
		/* A host that never was, or one at rest; or that one alone. */
		n_asked = 1; ended = 1; updates_of[0] = 1;
		if
#ifndef AT_REST
		:: true
#endif
		:: asked[0] = 1; store[0].seq = 1; store[0].pub = 1; store[0].want = 1; zone = 1
		fi;
		select(updates : 0 .. UPDATES);
		select(crashes : 0 .. CRASHES);
		select(losses : 0 .. LOSSES);
		env = ENV;
		is_ready = true
	}
	do
	:: atomic { (env & REWRITE) != 0 -> env = env & ~REWRITE;
		if
		:: store[0].seq = 0; store[0].pub = 0; store[0].want = 0; store[0].at = 0;
			/* Nobody knows any more which was the later one, but who is at work on it
			 * keeps its value. */
			is_lost = is_lost || NOBODY_WORKS; passed = 0
		:: true
		fi }
	:: atomic { (env & RESTORE) != 0 -> env = env & ~RESTORE;
		old.seq = store[0].seq; old.pub = store[0].pub; old.want = store[0].want;
		old.at = store[0].at }
		atomic { store[0].seq = old.seq; store[0].pub = old.pub; store[0].want = old.want;
			store[0].at = old.at;
			/* Its value is wanted again, also by an update that is under way. */
			i = 0;
			do
			:: i < n_asked ->
				passed = (asked[i] == old.want -> passed & ~BIT(i) : passed);
				wanted = (asked[i] == old.want -> wanted | BIT(i) : wanted);
				i++
			:: else -> break
			od;
			i = 0;
			do
			:: i < n_asked -> before[i] = before[i] & ~wanted; i++
			:: else -> break
			od;
			i = 0; wanted = 0; passed = 0; is_restored = 1; is_lost = (old.want == NONE); repairs = repairs | 1;
			old.seq = 0; old.pub = 0; old.want = 0; old.at = 0 }
	:: atomic { (env & CHANGE_ZONE) != 0 -> env = env & ~CHANGE_ZONE;
		if
		:: zone = NONE
		:: zone = 1
		:: zone = 2
		fi;
		repairs = ALL_ACCOUNTS }
	:: atomic { (env & SPONTANEOUS) != 0 -> env = env & ~SPONTANEOUS; repairs = ALL_ACCOUNTS }
	:: atomic { (env & REMOVE) != 0 -> env = env & ~REMOVE;
		store[0].is_gone = 1;
		if
#ifndef NO_CLAIM
		:: ACCOUNTS > 1 && !store[LAST].is_gone && store[LAST].want != NONE ->
			repairs = repairs | BIT(LAST)
#endif
		:: else ->
			/* What was there before an unpublished value is left to the administrator, by name. */
			is_lost = is_lost || (store[0].pub < store[0].seq && zone != NONE && zone != store[0].want);
			zone = (zone == store[0].want -> NONE : zone)
		fi;
		store[0].seq = 0; store[0].pub = 0; store[0].want = 0; store[0].at = 0 }
	:: atomic { (env & MAKE_AGAIN) != 0 && (env & REMOVE) == 0 -> env = env & ~MAKE_AGAIN;
		store[0].is_gone = 0; is_lost = 1; passed = 0 }
	od
}

/* ---------------------------------------------------------------- what has to hold */

/* An update that was not passed over has this value. */
#define ALLOWS(k, a) (asked[k] == store[a].want && (updates_of[a] & BIT(k)) != 0 && (passed & BIT(k)) == 0)

inline check_account(a)
{
	is_ok = (store[a].want == NONE);
	i = 0;
	do
	:: i < n_asked -> is_ok = is_ok || ALLOWS(i, a); i++
	:: else -> break
	od;
	assert(is_ok);			       /* no older value over a newer one */
	assert(store[a].pub == store[a].seq);  /* nothing is owed */
	has_value = has_value || (!store[a].is_gone && store[a].want != NONE);
	is_right = is_right || (!store[a].is_gone && store[a].want != NONE && zone == store[a].want)
}

active proctype at_rest()
{
	byte i;
	bool is_ok, is_right, has_value;

	atomic {
		timeout ->
#define IS_IDLE(k) assert(is_idle[k])
		EACH_DAEMON(IS_IDLE);
		check_account(0);
#if ACCOUNTS > 1
		check_account(1);
#endif
		if
		:: has_value -> assert(is_right) /* the zone has what is wanted */
		:: !has_value && !was_killed && !is_lost && store[0].is_gone && ACCOUNTS == 1 ->
			assert(zone == NONE)
		:: else
		fi;
		assert(has_value || passed == 0 || is_lost || store[0].is_gone)
	}
}
