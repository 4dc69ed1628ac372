/*
 * Split administration at the service (docs/extensions.md §16): a hostile phone, twice at once, takes numbers and has connections signed in any order; a
 * tablet stops the split; an administrator thaws it, withdraws it, and deletes entries; the service is killed and starts again. test/model/split.test.ts
 * runs it.
 *
 * A digest stands for one device and all that it is given. What one session may answer is in signing-session.pml. Each NO_... takes a rule out; the test
 * sees that something then goes wrong. Where the rules stand in the code:
 *   NO_RESERVE  provider/split/judge-split.ts: the number stands in MMM_Joined for this digest
 *   NO_ONCE     provider/split/joined-check.ts requireOnce: a number is used for one thing
 *   NO_COUNT    schema/split/within-split.ts: no number beyond Count
 *   NO_KEEP     provider/split/split-table.ts: a number that was deleted stays used
 *   NO_DISK     the same: it is read from the store, also after a restart
 *   NO_JUDGE    provider/operate/grant.ts: judged once more in the turn that writes the audit
 *   NO_STOP     the same: a frozen split signs nothing
 */
#define COUNT 2
#define NUMBERS 3
#define REQUESTS 3

byte used[NUMBERS + 1];     /* digest that a number stands for; 0: none */
byte made[NUMBERS + 1];     /* digest that was signed under it */
bool frozen, granted = true;
byte boot;

proctype Phone() {
  byte n, s, d, mine;
  bool begun;
  do
  :: n < REQUESTS ->
    n++;
    atomic { mine = boot; if :: s = 1 :: s = 2 :: s = 3 fi; if :: d = 1 :: d = 2 fi }
    if
    :: atomic { /* takes a number */
        if
        :: !granted || frozen -> skip
#ifndef NO_COUNT
        :: s > COUNT -> skip
#endif
#ifndef NO_ONCE
        :: used[s] != 0 && used[s] != d -> skip
#endif
        :: else -> used[s] = d
        fi }
    :: atomic { /* the first round */
        begun = true;
        if
        :: !granted -> begun = false
#ifndef NO_STOP
        :: frozen -> begun = false
#endif
#ifndef NO_COUNT
        :: s > COUNT -> begun = false
#endif
#ifndef NO_RESERVE
        :: used[s] != d -> begun = false
#endif
        :: else -> skip
        fi }
      atomic { /* the turn that writes the audit, and what follows from it */
        if
        :: !begun || mine != boot -> skip
#ifndef NO_JUDGE
        :: !granted -> skip
#ifndef NO_STOP
        :: frozen -> skip
#endif
#endif
        :: else ->
          assert(granted && !frozen /* stopped */);
          assert(s <= COUNT /* beyond */);
          assert(used[s] == d /* unseen */);
          assert(made[s] == 0 || made[s] == d /* twice */);
          made[s] = d
        fi }
    fi;
    atomic { s = 0; d = 0; mine = 0; begun = false }
  :: else -> break
  od
}

proctype Tablet() { frozen = true; frozen = true }

proctype Administrator() {
  byte s;
  do
  :: frozen = false
  :: granted = false; break
  :: atomic { /* deletes an entry */
      if :: s = 1 :: s = 2 fi;
#ifdef NO_KEEP
      used[s] = 0;
#endif
      s = 0 }
  :: break
  od
}

proctype Killed() {
  atomic {
    boot++;
#ifdef NO_DISK
    used[1] = 0; used[2] = 0; used[3] = 0
#endif
  }
}

init { atomic { run Phone(); run Phone(); run Tablet(); run Administrator(); run Killed() } }
