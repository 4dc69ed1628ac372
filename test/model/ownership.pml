/*
 * Who owns a device (docs/device-link.md 5 and 9.3): two accounts that both know its printed code deal it connections, hostile hubs bring any delivery that
 * was ever made, over two sessions at once, its owner resets it or releases it to the other account, and the power fails at any step.
 * Two slots and a lock are in flash; the lock says whose the device is, and which slot is in force.
 *
 * Rules of the code, each of which can be taken out by -D:
 *   NO_PINNED  a device that has an owner takes deliveries of that owner alone    firmware-stubs/virtual/ownership/delivery.ts, checkOwner
 *   NO_EPOCH   a delivery is above every epoch that is stored                     delivery.ts, openDelivery
 *   NO_ATOMIC  nothing is waited for between the check and the write              device/: deliver, and image/image.ts, store
 *   NO_KEEP    a reset keeps the lock                                             image.ts, reset
 *   NO_CODE    a release replaces the code, and what was made for the former key is void   image.ts, release
 *   NO_FIRST   the lock is written before a connection is in force                image.ts, flip
 */
#define NOBODY 0
#define ALICE 1
#define MALLET 2
#define SLOTS 2
#define EPOCHS 4
#define MADE 2

/* Flash. */
byte slotOwner[SLOTS], slotEpoch[SLOTS];
byte pinned = NOBODY, pinnedEpoch = 0;
bool connected = false;
byte code = 0;

/* What the device holds while it has power: the slot in force, and the one whose connection is not opened yet; SLOTS is none. */
byte inForce = SLOTS, spare = SLOTS;

/* Deliveries that were made: for whom, in which epoch, under which code. */
byte madeBy[MADE], madeEpoch[MADE], madeCode[MADE];
byte made = 0;

/* What is true of the house: whose the device is, from the first time that it obeyed somebody until he released it. */
byte rightful = NOBODY;
byte highest = 0;
byte boots = 0, orders = 0;

init {
  atomic { run account(ALICE); run account(MALLET); run hub(); run hub(); run owner(); run power() }
}

/* Deals connections: who knows the code of now, or a former one. */
proctype account(byte who) {
  byte n = 0, e;
  do
  :: n < 2 && made < MADE ->
     atomic {
       if
       :: made < MADE ->
          if :: e = 1 :: e = 2 fi;
          /* The former owner is not told the next code. */
          if
          :: who == MALLET -> madeCode[made] = code
          :: else -> madeCode[made] = 0
          fi;
          madeBy[made] = who; madeEpoch[made] = e; made++; n++
       :: else -> n++
       fi
     }
  :: break
  od
}

#ifdef NO_PINNED
#define ITS_OWNER(d) true
#else
#define ITS_OWNER(d) (pinned == NOBODY || pinned == madeBy[d])
#endif
#ifdef NO_EPOCH
#define ABOVE(d) true
#else
#define ABOVE(d) (madeEpoch[d] > pinnedEpoch && madeEpoch[d] > slotEpoch[0] && madeEpoch[d] > slotEpoch[1])
#endif
#ifdef NO_CODE
#define OF_NOW(d) true
#else
#define OF_NOW(d) (madeCode[d] == code)
#endif
#define GOOD(d) (ITS_OWNER(d) && ABOVE(d) && OF_NOW(d))

/* Into the slot that is not in force. */
inline write(d) {
  s = (inForce == 0 -> 1 : 0);
  slotOwner[s] = madeBy[d]; slotEpoch[s] = madeEpoch[d]; spare = s
}

/* The device obeys whose connection is in force. */
inline obey() {
  if
  :: rightful == NOBODY -> rightful = slotOwner[inForce]
  :: else -> skip
  fi;
  assert(slotOwner[inForce] == rightful);   /* owners: nobody else has it */
  assert(slotEpoch[inForce] >= highest);    /* again: no former connection */
  highest = slotEpoch[inForce]
}

/* What is in force after a start is what the lock says. */
inline boot() {
  inForce = SLOTS; spare = SLOTS;
  for (s : 0 .. SLOTS - 1) {
    if
    :: slotOwner[s] == NOBODY -> skip
    :: slotOwner[s] != NOBODY && connected && slotEpoch[s] == pinnedEpoch -> inForce = s
    :: slotOwner[s] != NOBODY && (!connected || slotEpoch[s] > pinnedEpoch) -> spare = s
    :: slotOwner[s] != NOBODY && connected && slotEpoch[s] < pinnedEpoch -> slotOwner[s] = NOBODY; slotEpoch[s] = 0
    fi
  }
}

/* One session of a hostile hub: any delivery, at any time; and whoever has the stored connection opens it. */
proctype hub() {
  byte d, s, tries = 0;
  do
  :: tries < 2 ->
     tries++;
     if
     :: atomic { made > 0 -> d = 0 } ; goto bring
     :: atomic { made > 1 -> d = 1 } ; goto bring
     :: atomic { spare < SLOTS -> s = spare } ; goto open
     :: atomic { inForce < SLOTS -> obey() } ; goto next
     :: true -> break
     fi;
bring:
#ifdef NO_ATOMIC
     if
     :: GOOD(d) -> skip
     :: else -> goto next
     fi;
     atomic { write(d) };
#else
     atomic { if :: GOOD(d) -> write(d) :: else -> skip fi };
#endif
     goto next;
open:
     /* The first handshake with its key: the lock first, then the former slot goes. Between the two the power may fail, and nothing else comes. */
     atomic {
       if
       :: spare == s ->
          spare = SLOTS; inForce = s;
#ifdef NO_FIRST
          obey();
          if :: boots < 1 -> boots++; boot(); goto next :: true -> skip fi;
          pinned = slotOwner[s]; pinnedEpoch = slotEpoch[s]; connected = true;
#else
          pinned = slotOwner[s]; pinnedEpoch = slotEpoch[s]; connected = true;
          if :: boots < 1 -> boots++; boot(); goto next :: true -> skip fi;
          obey();
#endif
          slotOwner[1 - s] = NOBODY; slotEpoch[1 - s] = 0
       :: else -> skip
       fi
     };
next: atomic { d = 0; s = 0 }
  :: else -> break
  od
}

/* Its owner resets it, or releases it to the other account. */
proctype owner() {
  do
  :: orders < 1 ->
     atomic {
       if
       :: inForce < SLOTS && connected && slotOwner[inForce] == rightful ->
          orders++;
          slotOwner[0] = NOBODY; slotOwner[1] = NOBODY; slotEpoch[0] = 0; slotEpoch[1] = 0; inForce = SLOTS; spare = SLOTS; connected = false;
          if
          :: true ->    /* reset: the same owner may connect it anew */
#ifdef NO_KEEP
             pinned = NOBODY
#else
             skip
#endif
          :: rightful == ALICE ->    /* release: mallet has bought it, with a code that alice does not have any more */
             pinned = NOBODY; code = 1; rightful = MALLET
          fi
       :: else -> skip
       fi
     }
  :: break
  od
}

/* The power fails. */
proctype power() {
  byte s;
  do
  :: atomic { boots < 1 -> boots++; boot() }
  :: break
  od
}
