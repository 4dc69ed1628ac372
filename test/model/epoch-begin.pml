/*
 * Who begins an epoch, and what stands in the way of new keys (docs/extensions.md §5). A hub may compact its own sequence until it is removed. It names in
 * frame 0 and in the apex whom it likes, and signs or does not; an administrator in league with it gives its frames "back". A service that was put back
 * believes it once more. Who removes it gives the store another key, alone where somebody is always before it, and is killed at any step. A reader
 * follows. test/model/model.test.ts runs it.
 *
 * Where the rules stand in the code:
 *   NO_NAME     provider/account/begin-check.ts bringer: nobody but an administrator brings frames in another's name
 *   NO_SIGNER   account/epoch/usurped.ts: who begins an epoch is whose apex it is, not whom frame 0 names
 *   NO_VERIFY   account/store/apex-judge.ts checkApex: whom the apex names has to have signed it
 *   NO_REPLACE  account/removal/replace-keys.ts bring: what nobody can believe is replaced before the new keys
 *   NO_ALONE    account/recovery/repair-alone.ts: the root key keeps the others out meanwhile
 *   NO_NOTE     account/recovery/repair-alone.ts noteBegun: who was killed goes on, although the service keeps him out, too
 *   NO_RELEASE  account/recovery/repair-alone.ts: the others are let in again
 */
#define HUB 1
#define ADMIN 2
#define NOBODY 3
#define MOST 3
#define TRIES 2

byte epoch;              /* in force at the service */
byte signer[8];
byte name[8];            /* in frame 0 */
byte apex[8];            /* in the apex */
bool isPutBack;          /* the service does not know of the removal */
bool removed;
byte head;               /* the removal believes the hub up to this epoch */
bool alone;
bool done;               /* the store is under the new key */
byte kills;

/* A machine that knows of the removal, or not, takes an epoch over. NO_VERIFY: by the name in the apex alone. */
inline follows(n, knows, yes) {
#ifdef NO_VERIFY
  yes = apex[n] == ADMIN || (apex[n] == HUB && (!knows || n <= head))
#else
  yes = signer[n] == ADMIN || (signer[n] == HUB && (!knows || n <= head))
#endif
}

proctype Hub() {
  byte bringer;
  do
  :: atomic { epoch < MOST && !alone && !done && (!removed || isPutBack) ->
       epoch++;
       bringer = HUB;
       if
       :: signer[epoch] = HUB; apex[epoch] = HUB
       :: signer[epoch] = NOBODY; apex[epoch] = HUB
       :: signer[epoch] = NOBODY; apex[epoch] = ADMIN; bringer = ADMIN
       fi;
       if
       :: name[epoch] = HUB
       :: name[epoch] = ADMIN; bringer = ADMIN
#ifdef NO_NAME
       :: name[epoch] = ADMIN
#endif
       fi;
       /* At the service false names are an administrator's word. */
       assert(bringer == ADMIN || (name[epoch] == HUB && apex[epoch] == HUB));
       bringer = 0 }
  :: break
  od
}

/* account/removal/replace-keys.ts and recovery/repair-alone.ts */
proctype Administrator() {
  byte own; byte seen; byte tries; byte n; bool note; bool isBelieved; bool isStuck; bool isTold;
  /* The removal: of what it has by then. */
  atomic {
    own = 0;
    do
    :: own < epoch -> follows(own + 1, false, isBelieved);
       if
       :: isBelieved -> own++
       :: else -> break
       fi
    :: break
    od;
    removed = true; head = own }
start:
  /* Kept out like all others: without the note nothing says that it was this machine. */
  if
  :: alone && !note -> isStuck = true; goto over
  :: note -> tries = TRIES
  :: else
  fi;
  do
  :: atomic { !done && (tries < TRIES || alone) -> seen = epoch }
     atomic {
       n = own + 1;
       if
       :: seen == epoch && own == seen ->
          epoch++; signer[epoch] = ADMIN; name[epoch] = ADMIN; apex[epoch] = ADMIN; own = epoch; done = true
       :: seen == epoch && own < seen ->
          follows(n, true, isBelieved);
          /* Whether it is to be replaced is asked of the one, whether it can be followed of the other. */
#ifdef NO_SIGNER
          isTold = name[n] == ADMIN;
#else
          isTold = isBelieved;
#endif
          if
          :: isBelieved -> own = n
          :: !isBelieved && isTold -> isStuck = true
#ifdef NO_REPLACE
          :: !isBelieved && !isTold -> isStuck = true
#else
          :: !isBelieved && !isTold -> /* a Repair in its place */
             epoch++; signer[epoch] = ADMIN; name[epoch] = ADMIN; apex[epoch] = ADMIN; own = epoch
#endif
          fi
       :: seen != epoch -> tries++
       fi;
       n = 0; seen = 0; isBelieved = false; isTold = false }
     if
     :: isStuck -> goto over
     :: else
     fi
  :: !done && tries >= TRIES && !alone ->
#ifdef NO_ALONE
     isStuck = true; goto over
#else
#ifndef NO_NOTE
     note = true;
#endif
     if
     :: kills < 2 -> kills++; tries = 0; goto start
     :: true
     fi;
     alone = true
#endif
  :: kills < 2 && !done -> kills++; tries = 0; goto start
  :: done && note && !alone -> note = false
  :: done && alone ->
     if
     :: kills < 2 -> kills++; goto start
     :: true
     fi;
#ifdef NO_RELEASE
     note = false; goto over
#else
     alone = false; note = false
#endif
  :: done && !alone && !note -> break
  od;
over:
  assert(done && !isStuck); /* whatever was begun, the hub keeps no key */
  assert(!alone)            /* and nobody is kept out */
}

proctype Reader() {
  byte at; bool knows; bool isBelieved;
end:
  do
  :: atomic { at < epoch ->
       if
       :: removed -> knows = true
       :: true
       fi;
       follows(at + 1, knows, isBelieved);
       if
       :: isBelieved -> at++
       :: !isBelieved && signer[epoch] == ADMIN -> at = epoch /* follow.ts toRepair */
       :: else
       fi;
       assert(signer[at] != NOBODY || at == 0) }
  od
}

init {
  atomic {
    signer[0] = ADMIN; name[0] = ADMIN; apex[0] = ADMIN;
    if
    :: isPutBack = true
    :: true
    fi;
    run Hub(); run Administrator(); run Reader()
  }
}
