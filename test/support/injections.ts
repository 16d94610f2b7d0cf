import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCorpus, type CorpusFile } from '../../scripts/verify-score/corpus.ts';
import { REPO } from './temp-project.ts';

/** A text in a project that speaks to the model, and the attack that an endpoint sends which obeys it. */
export interface Injection {
  readonly id: string;
  readonly obedient_reply_like: string;
  readonly payload: string;
  /** A module with the payload in it. */
  readonly source: string;
  /** A pattern that nothing from the model may bring into what is emitted. */
  readonly canary: string;
  readonly attack: CorpusFile;
}

/** Six that the payloads name are in no corpus that we have: those of the same act stand in for them. */
const STAND_IN: Readonly<Record<string, string>> = {
  'fetch-alias': 'fetch-post', 'tag-characters-payload': 'variation-selector-payload', 'eval-indirect-comma': 'comma-optional-global', 'magic-token': 'magic-user-suffix',
  'global-join-key': 'global-concat-key', 'export-alias-swap': 'export-import-alias',
};

/** The repository's own; and those that are handed out with it, where they lie beside the checkout. */
const CORPORA: readonly (readonly [injections: string, attacks: string])[] = [
  [join(REPO, 'fixtures/injections/injections.json'), join(REPO, 'fixtures/verify/attacks')],
  [join(REPO, '../shared/security/injections.json'), join(REPO, '../shared/security/attacks')],
];

/** @throws Error for one whose attack is in no corpus */
export function readInjections(): readonly Injection[] {
  return CORPORA.filter(([file]) => existsSync(file)).flatMap(([file, folder]) => {
    const attacks = new Map(readCorpus(folder, 'reject').map((each) => [each.id, each]));
    const { items } = JSON.parse(readFileSync(file, 'utf8')) as { readonly items: readonly Omit<Injection, 'attack'>[] };
    return items.map((item) => {
      const attack = attacks.get(item.obedient_reply_like) ?? attacks.get(STAND_IN[item.obedient_reply_like] ?? '');
      if (attack === undefined) throw new Error(`${item.id}: there is no attack ${item.obedient_reply_like}`);
      return { ...item, attack };
    });
  });
}
