/**
 * What the bench of speech says to the house of the sentence table (test/driver/language/house.en.json) for its figures. `orders` and `others` were written
 * before the recogniser was run on them, and looked at once (2026-11-30, docs/figures.md): who mends the recogniser by what they show makes them tuning
 * (speech-tuning.ts), and writes others.
 */

/** Orders and questions. */
export const orders: readonly string[] = [
  "turn on the lights downstairs",
  "please switch off all lights upstairs",
  "switch the night light in the nursery on",
  "lights on in the living room",
  "turn the christmas tree off now",
  "turn off all lights except the reading lamp",
  "switch on the worktop please",
  "turn the ceiling off",
  "please turn off the lights in the cottage",
  "put the desk plug on",
  "turn off the living room heating",
  "evening lamps off please",
  "switch the party lamp on",
  "switch off everything in the kitchen",
  "turn on the bedroom radiator",
  "set the night light in the nursery to ten percent",
  "dim the kitchen light to fifteen percent",
  "set the brightness of the cottage lamp to forty percent",
  "turn the worktop up to ninety percent",
  "set the evening lamps to twenty five percent",
  "make the christmas tree a bit darker",
  "make the party lamp blue",
  "set the living room heating to eighteen degrees",
  "please set the bedroom radiator to twenty one degrees",
  "make the living room heating warmer",
  "please bolt the front door",
  "shut the garage door please",
  "is the kitchen window shut",
  "is the worktop on",
  "are the lights in the bedroom off",
  "how warm is it in the living room",
  "how bright is the reading lamp",
  "please activate film time",
  "turn on the reading lamp at half past nine",
  "switch off the night light in the bedroom in twenty minutes",
  "turn off the christmas tree every day at eleven oclock",
];

/** What is no order to this house, some of it near to one. */
export const others: readonly string[] = [
  "the kitchen door sticks when it rains",
  "whose turn is it to walk the dog",
  "she has light brown hair and green eyes",
  "we set off for the coast before breakfast",
  "take your shoes off in the hall please",
  "i could not switch to the other train in time",
  "did anybody ring the doorbell just now",
  "my uncle works with the lights at the theatre",
  "he got off the bus at the wrong stop",
  "is the shop around the corner still open",
  "the oven at my old flat burned everything",
  "the party went on until three in the morning",
  "put your bag on the chair over there",
  "what is the price of those tomatoes",
  "this suitcase is surprisingly light",
  "we hung the presents on the christmas tree",
  "how are you getting on with your new boss",
  "please do your homework at the desk",
  "turn left at the church and then go straight on",
  "twenty percent of the pupils were ill this week",
  "i left my glasses in the bedroom again",
  "when does the swimming pool open on sundays",
  "the meeting was called off at the last minute",
  "have they found a name for the baby",
  "tell your father that lunch is on the table",
];

/** Orders that may do harm: none may be carried out by a voice alone. */
export const risky: readonly string[] = [
  "unlock the front door",
  "open the big gate",
  "start the blender",
  "unbolt the front door",
  "sound the house alarm",
  "disarm the house alarm",
  "raise the big gate",
  "turn on the blender",
  "unlock the lock in the hall",
  "open the garage door",
];
