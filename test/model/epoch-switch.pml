/*
 * The switch of epochs (docs/extensions.md §5): two administrators, of whom each may remove a device and begins one epoch of MMM_Device and
 * MMM_State together; a hub that writes states and compacts them; a removed device in league with a service that commits as it should, and
 * shows a reader whatever it ever had; a reader that syncs whenever it likes. test/model/model.test.ts runs it.
 *
 * A sequence is a slot. A position is a number of groups in it; its digest commits to all before, so slot and position say which history it
 * is. former[j] is the end of the former epoch that the apex of group j names, 0 for none. Cryptography is taken to hold: nobody but the
 * removed device signs in its name. The administrators and the hub are shown the truth: were they not, the service would answer Conflict.
 *
 * Each NO_... takes a rule out; the test sees that something then goes wrong. Where the rules stand in the code:
 *   NO_FORMER   provider/transaction/transact.ts checkPlaces; provider/transaction/stage.ts requireNext
 *   NO_APEX     account/store/catalog-replica.ts receive: an apex is of this epoch and this history
 *   NO_FLOOR    account/context/sync.ts bring, checkFloor; account/epoch/passage.ts check: the heads in MMM_Device's EpochBegin.Stores
 *   NO_RIGHT    account/context/device-directory.ts beginKeys, apexKeys: nothing after a removal
 *   NO_END      account/epoch/passage.ts goesOnFrom: an epoch goes on from the very end of the former one
 *   NO_LEAP     account/epoch/passage.ts mayFollow: where the former epoch is not shown, nothing that is held is left out
 */
#define DEVICE 0
#define STATE 1
#define SLOTS 7
#define GROUPS 5
/* Slots 0, 1: epoch 0. 2, 3 and 4, 5: begun by the administrators. 6: by the hub. */
#define HUB_SLOT 6

typedef Sequence {
  byte epoch; byte key;
  byte from;            /* slot of the former epoch */
  byte count;           /* groups; 0: there is none */
  byte former[GROUPS];
  byte removal;         /* the group that holds the removal; 0: none */
  byte floor; byte floorCount; /* EpochBegin.Stores of MMM_Device: slot and groups of MMM_State; 0: none */
  bool closed;          /* an epoch that goes on from this one is in force */
}
Sequence seq[SLOTS];
byte inForce[2];

#define storeOf(q) ((q) == HUB_SLOT -> STATE : (q) % 2)
#define isRemovedAt(q, n) (seq[q].removal != 0 && seq[q].removal <= n)

/* The copies of the reader. */
byte slot[2];           /* whose first group it has */
byte tail[2];           /* whose last group it has */
byte has[2];            /* groups */
byte epochOf[2];        /* for which epoch it takes the copy */
byte keyOf[2];          /* the key that opens it, by frame 0 */
bool met;               /* it has believed the removal once */
byte writers = 3;       /* who write and are not done */

/* A staged group: what the former epoch held at its end. */
inline carry(q, end) {
  seq[q].count++;
  seq[q].former[seq[q].count] = end;
  if
  :: seq[q].removal == 0 && isRemovedAt(seq[q].from, end) -> seq[q].removal = seq[q].count
  :: else
  fi
}

inline begin(q, former, end, newKey) {
  seq[q].epoch = seq[former].epoch + 1;
  seq[q].key = newKey;
  seq[q].from = former;
  carry(q, end)
}

/* What the service compares before it commits: provider/transaction/transact.ts checkPlaces. */
#ifdef NO_FORMER
#define isEnd(q, n) (true)
#else
#define isEnd(q, n) (inForce[storeOf(q)] == q && seq[q].count == n)
#endif

inline commit(q) {
  assert(!seq[seq[q].from].closed); /* of two switches of one former end, one commits */
  seq[seq[q].from].closed = true;
  inForce[storeOf(q)] = q
}

inline leave() {
  atomic { former[0] = 0; former[1] = 0; end[0] = 0; end[1] = 0; done = false; writers-- }
}

/* account/epoch/begin.ts carryOut, account/context/removal.ts */
proctype Administrator(byte device) {
  byte former[2];
  byte end[2];
  bool done;
  atomic { /* sync, then the removal in a Transact of its own, or not */
    former[DEVICE] = inForce[DEVICE]; former[STATE] = inForce[STATE];
    if
    :: !isRemovedAt(former[DEVICE], seq[former[DEVICE]].count) ->
       seq[former[DEVICE]].count++;
       seq[former[DEVICE]].removal = seq[former[DEVICE]].count
    :: true
    fi;
    end[DEVICE] = seq[former[DEVICE]].count; end[STATE] = seq[former[STATE]].count
  }
  atomic { /* make and stage: a rekey when a device was removed that had the key. MMM_Device last, it states the head of the other. */
    byte key = seq[former[DEVICE]].key;
    if
    :: isRemovedAt(former[DEVICE], end[DEVICE]) && key == 0 -> key = 1
    :: else
    fi;
    begin(device + STATE, former[STATE], end[STATE], key);
    begin(device, former[DEVICE], end[DEVICE], key);
    seq[device].floor = device + STATE;
    seq[device].floorCount = seq[device + STATE].count
  }
  do
  :: !done -> atomic {
       if
       :: isEnd(former[DEVICE], end[DEVICE]) && isEnd(former[STATE], end[STATE]) ->
          commit(device + STATE); commit(device); done = true
       :: else -> /* Conflict: isOvertaken, or topUp with the difference */
          if
          :: inForce[DEVICE] != former[DEVICE] || inForce[STATE] != former[STATE] -> done = true
          :: else ->
             if
             :: end[STATE] != seq[former[STATE]].count ->
                end[STATE] = seq[former[STATE]].count; carry(device + STATE, end[STATE])
             :: else
             fi;
             if
             :: end[DEVICE] != seq[former[DEVICE]].count ->
                end[DEVICE] = seq[former[DEVICE]].count; carry(device, end[DEVICE])
             :: else
             fi
          fi
       fi
     }
  :: true -> break /* done, or it is killed */
  od;
  leave()
}

/* hub/state: writes, and compacts MMM_State alone (schema mayBeginEpoch). */
proctype Hub() {
  byte former[2]; byte end[2]; byte writes = 2; bool begun; bool done;
  do
  :: atomic { writes > 0 -> writes--; seq[inForce[STATE]].count++ }
  :: atomic { !begun ->
       begun = true; former[STATE] = inForce[STATE]; end[STATE] = seq[former[STATE]].count;
       begin(HUB_SLOT, former[STATE], end[STATE], seq[former[STATE]].key) }
  :: atomic { begun && !done ->
       if
       :: isEnd(former[STATE], end[STATE]) -> commit(HUB_SLOT); done = true
       :: else ->
          if
          :: inForce[STATE] != former[STATE] -> done = true
          :: else -> end[STATE] = seq[former[STATE]].count; carry(HUB_SLOT, end[STATE])
          fi
       fi }
  :: true -> break
  od;
  writes = 0; begun = false;
  leave()
}

/* What MMM_Device, as far as the reader has it, says of MMM_State: account/store/stores.ts floorOf. */
#define FLOOR seq[slot[DEVICE]].floor
#define FLOOR_COUNT seq[slot[DEVICE]].floorCount
#define hasFloor(s) (s == STATE && FLOOR != 0)
#define knowsRemoval isRemovedAt(slot[DEVICE], has[DEVICE])
#define isBelow(e, n, f, m) (e < f || (e == f && n < m))

#ifdef NO_FLOOR
#define isUnderFloor(s, e, n) (false)
#define isBesideFloor(s, q) (false)
#else
#define isUnderFloor(s, e, n) (hasFloor(s) && isBelow(e, n, seq[FLOOR].epoch, FLOOR_COUNT))
#define isBesideFloor(s, q) (hasFloor(s) && seq[q].epoch == seq[FLOOR].epoch && q != FLOOR)
#endif

#ifdef NO_APEX
#define isOfEpoch(q, e) (true)
#define continues(s, q) (true)
#else
#define isOfEpoch(q, e) (seq[q].epoch == e)
#define continues(s, q) (q == tail[s])
#endif

/* The entries of epoch q at group j are those that the copy holds: account/epoch/same-state.ts differenceOf. */
#define isSame(s, q, j) (s != DEVICE || !knowsRemoval || isRemovedAt(q, j))

#ifdef NO_END
#define goesOnFrom(s, q, j) (seq[q].from == slot[s] && seq[q].former[j] != 0)
#else
#define goesOnFrom(s, q, j) (seq[q].from == slot[s] && seq[q].former[j] == has[s] && isSame(s, q, j))
#endif

/* The former epoch is not shown: account/epoch/passage.ts mayFollow, which compares numbers. */
#ifdef NO_LEAP
#define mayFollow(s, q, j) (seq[q].former[j] != 0)
#else
#define mayFollow(s, q, j) (seq[q].former[j] != 0 && (seq[seq[q].from].epoch != epochOf[s] || seq[q].former[j] >= has[s]) && \
  (s != DEVICE || !knowsRemoval || isRemovedAt(q, j)))
#endif

inline take(s, q, n, e) {
  slot[s] = q; tail[s] = q; has[s] = n; epochOf[s] = e; keyOf[s] = seq[q].key
}

/* Takes groups of the sequence that the service shows, one after the other, as far as it shows them. */
inline pull(s, q, n) {
  if
  :: n > has[s] && continues(s, q) -> tail[s] = q; has[s] = n
  :: else
  fi
}

/* account/context/sync.ts bring: one store; `ok` says that nothing was refused. */
inline sync(s) {
  ok = false;
  select(q : 0 .. SLOTS - 1);
  if
  :: storeOf(q) != s || seq[q].count == 0 -> skip
  :: else ->
     select(n : 1 .. seq[q].count);
     select(e : epochOf[s] .. 3); /* the epoch that it says is in force */
     if
     :: isBelow(e, n, epochOf[s], has[s]) || isUnderFloor(s, e, n) -> skip /* ERR_ROLLBACK */
     :: else ->
        if
        :: e == epochOf[s] && isBesideFloor(s, slot[s]) -> skip /* ERR_FORK */
        :: e == epochOf[s] && !isBesideFloor(s, slot[s]) ->
           if
           :: n == has[s] -> ok = continues(s, q)
           :: n > has[s] -> pull(s, q, n); ok = (has[s] == n)
           fi;
        :: e > epochOf[s] ->
           if
           :: e == epochOf[s] + 1 -> /* the former epoch is kept, and shown as far as the service likes; then the next one */
              select(m : has[s] .. seq[slot[s]].count);
              pull(s, slot[s], m);
              select(j : 1 .. n);
              if
              :: isOfEpoch(q, e) && goesOnFrom(s, q, j) && !isBesideFloor(s, q) -> take(s, q, j, e); ok = true
              :: else
              fi
           :: true -> /* it says that it does not keep the former epoch */
              select(j : 1 .. n);
              if
              :: isOfEpoch(q, e) && mayFollow(s, q, j) && !isBesideFloor(s, q) -> take(s, q, j, e); ok = true
              :: else
              fi
           fi
        fi
     fi
  fi;
  q = 0; n = 0; e = 0; m = 0; j = 0
}

inline check() {
  /* Entries of one epoch are never under the key or the apex of another. */
  assert(epochOf[DEVICE] == seq[tail[DEVICE]].epoch && slot[DEVICE] == tail[DEVICE] && keyOf[DEVICE] == seq[tail[DEVICE]].key);
  assert(epochOf[STATE] == seq[tail[STATE]].epoch && slot[STATE] == tail[STATE] && keyOf[STATE] == seq[tail[STATE]].key);
  /* Who has met a removal never believes that device again. */
  met = met || knowsRemoval;
  assert(!met || knowsRemoval)
}

/*
 * The removed device and the service can make a group, or an epoch that goes on from whatever the reader has: it believes them while the
 * device has its right. One that is taken in so has met no removal, and no true history goes on from there: it needs no place of its own.
 */
#ifdef NO_RIGHT
#define believesRemoved (has[DEVICE] != 0)
#else
#define believesRemoved (!knowsRemoval)
#endif

/* Whatever the service once had it can show at the end too, and nothing written changes: so the reader loses nothing by coming last. */
proctype Reader() {
  byte q; byte n; byte e; byte m; byte j; bool ok;
  writers == 0;
end:
  do
  :: atomic { !ok -> sync(DEVICE); check() }
  :: atomic { ok -> /* a refusal of MMM_Device ends the sync */
       sync(STATE);
       check();
       /* Who has read the heads in MMM_Device takes nothing lower, and nothing else in their place. */
       assert(!ok || !hasFloor(STATE) || (!isBelow(epochOf[STATE], has[STATE], seq[FLOOR].epoch, FLOOR_COUNT) &&
         (epochOf[STATE] != seq[FLOOR].epoch || slot[STATE] == FLOOR)));
       ok = false }
  :: atomic { believesRemoved -> assert(!met) }
  od
}

init {
  atomic {
    seq[DEVICE].count = 1; seq[STATE].count = 1;
    inForce[STATE] = STATE; slot[STATE] = STATE; tail[STATE] = STATE;
    has[DEVICE] = 1; has[STATE] = 1;
    run Administrator(2); run Administrator(4); run Hub(); run Reader()
  }
}
