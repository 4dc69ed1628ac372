/*
 * Epochs that a service has lost, and is given back (docs/extensions.md §5, Repair). MMM_Device was LOST (epoch 0, whose last group is a removal), then
 * FIRST (epoch 1, another key) and SECOND (epoch 2). The service was put back to the first group of epoch 0 and went on in BACK, where honest machines
 * write, and the removed device as an administrator. An administrator keeps what BACK has as far as it can be believed, gives FIRST and SECOND back, and
 * begins REPAIR (epoch 3) after them, which holds both. The removed device can give an epoch 1 of its own, too (PUPPET). The service commits as it
 * should, and shows a reader whatever it ever had; the reader has seen any part of any of these. test/model/model.test.ts runs it.
 *
 * Where the rules stand in the code:
 *   NO_OCTETS       account/epoch/give-back.ts giveNext: the same octets, which whoever has seen the epoch knows
 *   NO_KEEP         account/epoch/give-back.ts keepTheirs: what the service has is kept before anything stands in its place
 *   NO_COMPARE      provider/transaction/transact.ts checkPlaces: nobody's group is lost between the look and the switch
 *   NO_RESTRICTION  account/epoch/adopt.ts refuse: what the administrator knows of removals counts in BACK
 *   NO_NAMED        account/epoch/unite-all.ts others: the repair names the end of BACK, and of what was lost
 *   NO_LATER        account/epoch/follow.ts goOn: who cannot go to the next epoch looks for a later one that is a repair
 *   NO_LEFT         account/epoch/passage.ts isGivenUp: frames of who is removed are given up, also beyond every end that is named
 *   NO_RIGHT        account/context/device-directory.ts beginKeys: who is removed begins nothing
 *   NO_ROLLBACK     account/context/sync.ts compareStatus: nothing lower than what was seen
 */
#define HONEST 1
#define THIEF 2
#define LOST 0
#define BACK 1
#define FIRST 2
#define SECOND 3
#define REPAIR 4
#define PUPPET 5
#define GROUPS 4

#define keyOf(q) (q == LOST || q == BACK || q == PUPPET -> 0 : 1)
#define epochOf(q) (q == LOST || q == BACK -> 0 : (q == FIRST || q == PUPPET -> 1 : (q == SECOND -> 2 : 3)))

byte group[6];           /* BACK: group[n] by whom; group 1 is of LOST, too, which has 3 */
byte count = 1;          /* groups of BACK */
byte cut;                /* how many of them the administrator believes */
byte brought;            /* how many of them REPAIR holds */
byte inForce = BACK;
bool puppet;             /* the removed device has given an epoch */
bool isSame = true;      /* FIRST and SECOND are what they were */
byte writers = 3;

/* The reader. */
byte at; byte has; byte key;
bool knows;              /* its copy says that the device is removed */
bool met;                /* it has believed that once */
bool took;               /* it was in the puppet's epoch */

/* account/epoch/give-back.ts, repair.ts; killed anywhere, it begins again. */
proctype Administrator() {
  byte end;
  do
  :: inForce == BACK || inForce == PUPPET ->
     atomic { /* keepTheirs */
       end = count; cut = 1;
       do
#ifdef NO_RESTRICTION
       :: cut < end -> cut++
       :: cut == end -> break
#else
       :: cut < end && group[cut + 1] != THIEF -> cut++
       :: cut == end || group[cut + 1] == THIEF -> break
#endif
       od }
     atomic {
       if
#ifdef NO_COMPARE
       :: true ->
#else
       :: end == count ->
#endif
          inForce = (inForce == PUPPET -> SECOND : FIRST);
#ifdef NO_OCTETS
          isSame = false
#endif
       :: else /* Conflict */
       fi }
  :: atomic { inForce == FIRST -> inForce = SECOND }
  :: atomic { inForce == SECOND ->
#ifndef NO_KEEP
       brought = cut;
#endif
       inForce = REPAIR }
  :: inForce == REPAIR -> break
  od;
  end = 0;
  writers--
}

proctype Laptop() {
  do
  :: atomic { inForce == BACK && count < GROUPS -> count++; group[count] = HONEST }
  :: true -> break
  od;
  writers--
}

proctype Thief() {
  do
  :: atomic { inForce == BACK && count < GROUPS -> count++; group[count] = THIEF }
  :: atomic { inForce == BACK -> inForce = PUPPET; puppet = true }
  :: true -> break
  od;
  writers--
}

inline go(q, n) {
  at = q; has = n; key = keyOf(at);
  knows = (at >= FIRST && at != PUPPET) || (at == LOST && has == 3);
  met = met || knows
}

/* True when a repair says where this copy is: at or before an end that it names, by the place alone. */
#ifdef NO_NAMED
#define isNamed (false)
#else
#define isNamed ((at == LOST && has <= 3) || (at == BACK && (has <= cut || has < 3)))
#endif
/* The first group beyond what is believed is the removed device's: nobody goes on from it, whoever wrote after it. */
#ifdef NO_LEFT
#define isLeft (false)
#else
#define isLeft (at == BACK && has > cut && group[cut + 1] == THIEF)
#endif

inline repair() {
#ifndef NO_LATER
  if
  :: at == SECOND || isNamed || isLeft || at == PUPPET -> go(REPAIR, 1)
  :: else
  fi
#else
  if
  :: at == SECOND -> go(REPAIR, 1)
  :: else
  fi
#endif
}

inline check() {
  assert(!met || knows);      /* who has met a removal never believes that device again */
  assert(key == keyOf(at));   /* entries of one epoch are never under the key of another */
  assert(!took || at == PUPPET || at == REPAIR)
}

proctype Reader() {
  byte k; byte believed; byte before;
  writers == 0;
  /* All that honest machines wrote before the removed device did is in the repair, and nothing of that device. */
  believed = 1;
  do
  :: believed < count && group[believed + 1] != THIEF -> believed++
  :: else -> break
  od;
  assert(brought == believed);
  /* The reader had a part of something before. */
  atomic {
    if
    :: select(k : 1 .. 3); go(LOST, k)
    :: select(k : 1 .. count); go(BACK, k)
    :: go(FIRST, 1)
    :: go(SECOND, 1)
    fi;
    k = 0
  }
end:
  do
  :: atomic { at == LOST && has < 3 -> go(LOST, has + 1); check() }
  :: atomic { at == BACK && has < count -> has++; check() }
  :: atomic { at == LOST && has == 3 -> go(FIRST, 1); check() }
  :: atomic { at == FIRST && isSame -> go(SECOND, 1); check() }
  :: atomic { at != REPAIR -> repair(); check() }
  :: atomic { puppet && (at == LOST || at == BACK) ->
#ifndef NO_RIGHT
       if
       :: !knows -> go(PUPPET, 1); took = true
       :: else
       fi
#else
       go(PUPPET, 1); took = true
#endif
       ; check() }
  /* The service is put back once more, or shows what it was. */
  :: atomic { at >= FIRST ->
#ifdef NO_ROLLBACK
       go(BACK, 1);
#endif
       check() }
  /* An honest service shows all of it: then nobody is stuck. */
  :: atomic { at != REPAIR ->
       before = at;
       do
       :: at == LOST && has == 3 -> go(FIRST, 1)
       :: at == FIRST && isSame -> go(SECOND, 1)
       :: else -> break
       od;
       repair();
       assert(at == REPAIR); /* is stuck */
       before = 0;
       check() }
  od
}

init { atomic { group[1] = HONEST; run Administrator(); run Laptop(); run Thief(); run Reader() } }
