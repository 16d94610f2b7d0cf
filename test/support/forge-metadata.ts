import type { VersionMetadata } from '../../records/version.ts';
import { HASH_FIELD, metadataText } from '../../transformer/5-store/metadata-text.ts';

/** Text of a metadata.json as a forger leaves it: with other fields, and a hash that is right again. */
export function forgeMetadata(text: string, changes: object): string {
  const { [HASH_FIELD]: _, ...fields } = JSON.parse(text) as Record<string, unknown>;
  return metadataText({ ...fields, ...changes } as unknown as VersionMetadata);
}
