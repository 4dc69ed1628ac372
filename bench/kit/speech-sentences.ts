/**
 * What the bench of speech says to the house of the sentence table (test/driver/language/house.en.json). `tuning` is what the recogniser was set by, and is
 * never counted; `orders`, `others` and `risky` were written before it was first run on them, and nothing was changed after.
 */

export const tuning: readonly string[] = [
  "turn on the kitchen light",
  "switch off the night light in the bedroom",
  "set the reading lamp to forty percent",
  "all lights off",
  "how warm is it in the kitchen",
  "lock the front door",
  "dim the ceiling to twenty percent",
  "turn the kettle off",
  "set the bedroom radiator to nineteen degrees",
  "make the party lamp red",
  "is the front door locked",
  "turn off the lights in the living room",
];

/** Twenty out of the domain, for tuning. */
export const tuningOthers: readonly string[] = [
  "what is the capital of france",
  "tell me a story about a dragon",
  "i would like a cup of tea",
  "close your eyes and count to ten",
  "who won the football match yesterday",
  "the light in this picture is beautiful",
  "can you turn left at the next corner",
  "my brother works in a kitchen",
];

/** Orders and questions. */
export const orders: readonly string[] = [
  "turn off the kitchen light",
  "turn on the worktop",
  "switch on the reading lamp",
  "switch the cottage lamp off",
  "turn the christmas tree on",
  "turn on the night light in the nursery",
  "turn off all lights",
  "turn off the lights in the kitchen",
  "set the kitchen light to fifty percent",
  "set the ceiling to thirty percent",
  "dim the worktop to ten percent",
  "set the brightness of the party lamp to seventy percent",
  "make the kitchen light warm white",
  "set the party lamp to blue",
  "lock the front door",
  "set the big heater to twenty two degrees",
  "set the bedroom radiator to eighteen degrees",
  "turn the big heater off",
  "turn on the kettle",
  "switch off the desk plug",
  "close the big gate",
  "is the kitchen window open",
  "is the kettle on",
  "what is the temperature in the nursery",
  "how warm is it in the bedroom",
  "what is the humidity in the kitchen",
  "is the big gate open",
  "start movie night",
  "turn off the kettle in ten minutes",
  "turn on the ceiling at seven thirty",
  "turn off the evening lamps",
  "identify the doorbell",
  "what is the kitchen light",
  "turn off the party lamp",
  "make the reading lamp brighter",
  "turn everything off",
];

/** What is no order to this house, some of it near to one. */
export const others: readonly string[] = [
  "did you feed the cat this morning",
  "let us play a game of chess tonight",
  "the train to london leaves at seven",
  "where did i put my keys",
  "she said that dinner was lovely",
  "please call my mother back",
  "it has been raining since monday",
  "i think we should paint the kitchen",
  "he never listens to what i say",
  "play some music by the beatles",
  "how many days are there in february",
  "the door of opportunity is always open",
  "light travels faster than sound",
  "we turned around and walked home",
  "could you pass me the salt",
  "write the shopping list for saturday",
  "everything will be fine in the end",
  "that movie last night was terrible",
  "open your books on page twenty",
  "the plug came out of the bath",
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
