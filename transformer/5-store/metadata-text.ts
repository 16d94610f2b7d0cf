import { createHash } from 'node:crypto';
import type { VersionMetadata } from '../../records/version.ts';

/** The one field of the file that is none of the version. */
export const HASH_FIELD = 'metadata_hash';

/**
 * Text of metadata.json, its own hash at the end: a damaged key is otherwise that of another source, and the version that was reviewed
 * would be made anew, or give way to an older one, without a word. Like the content's it detects damage; it is not trust.
 */
export const metadataText = (metadata: VersionMetadata): string => `${JSON.stringify({ ...metadata, [HASH_FIELD]: metadataHash(metadata) }, undefined, 2)}\n`;

/** SHA-256 over the fields in their order, whatever the file's formatting is. Hex. @param fields all but the hash */
export const metadataHash = (fields: object): string => createHash('sha256').update(JSON.stringify(fields)).digest('hex');
