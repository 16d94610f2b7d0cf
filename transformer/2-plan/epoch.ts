/**
 * Part of every key: a new epoch makes all versions anew. Raised only when what is generated has to change for existing
 * versions (a wrong check, a new promise); a better wording alone waits for the next reason.
 */
export const GENERATOR_EPOCH = '2';
