/*
 * Repair with Others, and profiles that are issued anew (docs/extensions.md §5). A service is put back after an administrator has removed a device.
 * Two histories of MMM_Device go on from what both have: MINE, which ends with the removal, and THEIRS, in which the removed device counts as before and
 * writes as another administrator does. Who has MINE repairs; the service commits as it should, and shows a reader whatever it ever had. The reader
 * has seen any part of one of the histories. Another store (PLACE) was written by the removed device up to the head that its removal names: the two
 * together can make other groups below it. test/model/model.test.ts runs it.
 *
 * A group is the kind of who wrote it. Where the rules stand in the code:
 *   NO_RESTRICTION  account/epoch/adopt.ts refuse: what was put aside says who counts in the other history
 *   NO_COMPARE      provider/transaction/transact.ts checkPlaces: nobody's group is lost between the look and the switch
 *   NO_FIRST        account/epoch/passage.ts isLeftBehind: the first group that is not believed ends what can be
 *   NO_WAIT         account/epoch/passage.ts lackingRemoval: goes over when the removal has come, too
 *   NO_HEAD         account/epoch/pins.ts checkAhead: a removal names heads by digest
 *   NO_RESTATE      account/epoch/restate.ts: it names frames of the history that is gone on from
 *   NO_VERSION      account/context/own-part.ts newerProfile: a lower Version is refused
 *   NO_KNOWN        account/context/device-directory-feed.ts any: a machine that only a lost administrator vouches for begins nothing
 */
#define NONE 0
#define HONEST 1
#define THIEF 2
#define MINE 0
#define THEIRS 1
#define REPAIR 2
#define PUPPET 3
#define GROUPS 5

byte group[10];          /* THEIRS: group[n] by whom, from 1 on; those up to `common` are of both */
byte count[3];           /* groups of each history */
byte common = 1;
byte cut;                /* the group of THEIRS that the repair goes on from */
bool isCommitted;
byte version;            /* of the profile in force: the keys of administrators are replaced after the removal */
byte head;               /* how many groups of THEIRS the removal, as the repair states it, still believes of the thief */
bool isWritten;          /* nothing more is written */

/* The reader. */
byte at;                 /* which history it has */
byte has;
bool met;                /* it has believed the removal once */
bool knows;              /* its copy says so */
byte profile;            /* the version that it takes for the one in force */
byte sawProfile;         /* the highest that it ever had */
byte place;              /* 0: it is behind, 1: the true groups, 2: others */
bool ok;

/* What everybody did before the repair. */
proctype Past() {
  atomic {
    group[1] = HONEST;
    count[MINE] = 2; /* the second one is the removal */
    count[THEIRS] = 1;
    do
    :: count[THEIRS] < GROUPS - 1 ->
       count[THEIRS]++;
       if
       :: group[count[THEIRS]] = HONEST
       :: group[count[THEIRS]] = THIEF
       fi
    :: break
    od;
    /* The reader had a part of one of them. */
    if
    :: at = MINE; select(has : 1 .. 2); knows = (has == 2); met = knows
    :: at = THEIRS; select(has : 1 .. 4)
    fi;
    if
    :: at == THEIRS && has > count[THEIRS] -> has = count[THEIRS]
    :: else
    fi;
  }
  run Administrator(); run Laptop()
}

byte writers = 2;

/* account/epoch/repair.ts: looks, and switches; after a Conflict it looks anew. */
proctype Administrator() {
  byte end; bool done;
  do
  :: atomic { !done -> /* adopt: as far as it can be believed */
       end = count[THEIRS];
       cut = common;
       do
#ifdef NO_RESTRICTION
       :: cut < end -> cut++
       :: cut == end -> break
#else
       :: cut < end && group[cut + 1] != THIEF -> cut++
       :: cut == end || group[cut + 1] == THIEF -> break
#endif
       od }
     atomic { /* the switch: former end as it was seen */
       if
#ifdef NO_COMPARE
       :: true ->
#else
       :: end == count[THEIRS] ->
#endif
          isCommitted = true; count[REPAIR] = 2; /* what was carried over, then the removal */
#ifdef NO_RESTATE
          head = count[MINE];
#else
          head = common;
#endif
          done = true
       :: else
       fi }
  :: done && version == 0 -> version = 1 /* account/removal/reissue-profile.ts, in its time */
  :: true -> break
  od;
  end = 0; done = false;
  writers--
}

/* An honest machine that goes on with the service as it is. */
proctype Laptop() {
  if
  :: atomic { !isCommitted && count[THEIRS] < GROUPS -> count[THEIRS]++; group[count[THEIRS]] = HONEST }
  :: true
  fi;
  writers--;
}

/* Group `cut + 1` was written by who is removed; NO_FIRST: every one after it, too. */
inline leftBehind(yes) {
  yes = has > cut && group[cut + 1] == THIEF && cut + 1 > head;
#ifdef NO_FIRST
  k = cut + 1;
  do
  :: k <= has -> yes = yes && group[k] == THIEF; k++
  :: else -> break
  od;
  k = 0
#endif
}

/* What the service shows of the repair: `shown` groups of 2. account/epoch/follow.ts fetchEpoch, passage.ts */
inline follow(shown) {
  ok = false;
  if
  :: at == MINE ->
#ifdef NO_WAIT
     ok = true; knows = (shown == 2)
#else
     if
     :: !knows || shown == 2 -> ok = true; knows = (shown == 2)
     :: else
     fi
#endif
  :: at == THEIRS && has < cut && isWhole -> has = cut; ok = true; knows = (shown == 2)
  :: at == THEIRS && has == cut -> ok = true; knows = (shown == 2)
  :: at == THEIRS && has > cut && shown == 2 ->
     leftBehind(ok);
     if
     :: ok -> knows = true
     :: else
     fi
  :: else
  fi;
  if
  :: ok -> at = REPAIR; has = shown; met = met || knows
  :: else
  fi
}

inline check() {
  assert(!met || knows); /* who has met a removal never believes that device again */
  assert(profile == sawProfile || at == PUPPET) /* nor keys that were replaced */
}

proctype Reader() {
  byte n; byte k; bool isWhole;
  (writers == 0);
  /* Nothing that the removed device wrote after the two parted was taken over. */
  k = common + 1;
  do
  :: isCommitted && k <= cut -> assert(group[k] != THIEF); k++
  :: else -> break
  od;
  k = 0;
end:
  do
  :: atomic { at == THEIRS && has < count[THEIRS] -> /* more of what it has */
       if
       :: !(knows && group[has + 1] == THIEF) -> has++
       :: else
       fi }
  :: atomic { isCommitted && at < REPAIR -> select(n : 1 .. 2); isWhole = false; follow(n); n = 0; check() }
  :: atomic { at == REPAIR && has < count[REPAIR] -> has++; knows = true; met = true; check() }
  /* An honest service shows all of it: then everybody goes over, and nobody is stuck. */
  :: atomic { isCommitted && at < REPAIR -> isWhole = true; follow(2); assert(ok); check() }
  /* The profile that the service shows. */
  :: atomic { select(n : 0 .. version);
#ifndef NO_VERSION
       if
       :: n > profile -> profile = n
       :: else
       fi;
#else
       profile = n;
#endif
       if
       :: profile > sawProfile -> sawProfile = profile
       :: else
       fi;
       n = 0; check() }
  /* It hides the epochs, and shows one that was begun by whom the removed device let in, with every removal in it. */
  :: atomic { at < REPAIR ->
#ifndef NO_KNOWN
       if
       :: !knows && !met -> at = PUPPET; has = 1
       :: else
       fi
#else
       at = PUPPET; has = 1
#endif
       ; assert(at != PUPPET || !met) }
  /* The other store, of which the reader is behind: the true groups, or others that the removed device makes now. */
  :: atomic { place == 0 && knows ->
       if
       :: place = 1
#ifdef NO_HEAD
       :: place = 2
#endif
       fi;
       assert(place != 2);
       /* What the removal names has to be there: in MINE alone, unless the repair restates it. */
       assert(at != REPAIR || head <= cut) }
  od
}

init { atomic { run Past(); run Reader() } }
