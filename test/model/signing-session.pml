/*
 * Signing with the service's share (docs/extensions.md §14): two callers, of whom one has the power, show bodies and ask for answers in any order, again and
 * with whatever session and digest they like; the service waits for its disk between taking a session and answering; an administrator withdraws the
 * power; the service is killed and starts again; time runs out. test/model/model.test.ts runs it.
 *
 * A session is a number, and stands for its nonces. Cryptography is taken to hold, but names of sessions are taken to be known to everybody.
 * Each NO_... takes a rule out; the test sees that something then goes wrong. Where the rules stand in the code:
 *   NO_TAKE     provider/operate/signing-sessions.ts take: out of reach before anything is awaited
 *   NO_DIGEST   the same: for the digest that it was opened for alone
 *   NO_CALLER   the same: whoever opened it, alone
 *   NO_BURN     provider/operate/signing-sessions.ts open: the newest session of a capability is the only one
 *   NO_LOSS     provider/operate/signing-sessions.ts: nothing of it is on the disk
 *   NO_AUDIT    provider/transaction/operate.ts: the audit is written before the answer is computed
 *   NO_JUDGE    provider/operate/audit-log.ts commit: judged in the turn that writes it down
 */
#define SESSIONS 2
#define REQUESTS 2

bool open[SESSIONS + 1];
byte made;                  /* sessions so far */
byte digestOf[SESSIONS + 1];
byte callerOf[SESSIONS + 1];
byte answers[SESSIONS + 1];
byte audited[SESSIONS + 1]; /* the digest that the audit has; 0: none */
byte boot;                  /* starts of the service */
bool granted = true;

inline burnAll() {
  i = 1;
  do
  :: i <= SESSIONS -> open[i] = false; i++
  :: else -> break
  od
}

/* Two requests, one after the other, of one of the callers; what it awaits when the service dies never comes. */
proctype Requests() {
  byte n, c, d, s, i, mine;
  bool was;
  do
  :: n < REQUESTS ->
    n++;
    atomic { mine = boot; if :: c = 1 :: c = 2 fi; if :: d = 1 :: d = 2 fi }
    if
    :: atomic { true ->
        if :: made == SESSIONS || !granted || c != 1 -> goto over :: else -> skip fi;
#ifndef NO_BURN
        burnAll();
#endif
        made++; open[made] = true; digestOf[made] = d; callerOf[made] = c }
    :: atomic { true ->
        if :: made == 0 -> goto over :: else -> skip fi;
        if :: s = 1 :: made > 1 -> s = 2 fi;
        if
        :: !granted || !open[s] -> goto over
#ifndef NO_CALLER
        :: c != callerOf[s] -> goto over
#endif
        :: else -> skip
        fi;
        assert(s == made /* newest */);
#ifndef NO_TAKE
        open[s] = false;
#endif
#ifndef NO_DIGEST
        if :: d != digestOf[s] -> open[s] = false; goto over :: else -> skip fi;
#endif
        was = granted }
#ifndef NO_AUDIT
      atomic {
        if :: mine != boot -> goto over :: else -> skip fi;
#ifndef NO_JUDGE
        was = granted;
        if :: !granted -> goto over :: else -> skip fi;
#endif
        audited[s] = d;
        assert(was == granted /* removed before it was written */) }
#endif
      atomic {
        if :: mine != boot -> goto over :: else -> skip fi;
        assert(answers[s] == 0 /* twice */);
        assert(d == digestOf[s] /* another message */);
        assert(c == callerOf[s] /* of another caller */);
        assert(audited[s] == d /* not in the audit */);
        answers[s]++; open[s] = false }
    fi;
over:
    /* What is not looked at any more is one state. */
    atomic { c = 0; d = 0; s = 0; i = 0; mine = 0; was = false }
  :: else -> break
  od
}

proctype Administrator() { granted = false }

proctype Time() { byte i; atomic { burnAll() } }

proctype Killed() {
  byte i;
  atomic {
    boot++;
#ifdef NO_LOSS
    /* As from a copy of its disk of any time before. */
    i = 1;
    do :: i <= made -> open[i] = true; i++ :: else -> break od
#else
    burnAll()
#endif
  }
}

init {
  atomic { run Requests(); run Requests(); run Requests(); run Administrator(); run Time(); run Killed() }
}
