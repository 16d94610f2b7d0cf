import type { VersionMetadata } from '../../records/version.ts';

/**
 * Text of stamp.d.ts. The tsconfig includes it, so a new version is a changed input:
 * `tsc -b` and `--incremental` would otherwise not look at `.poet/` at all.
 */
export const stampText = (metadata: Pick<VersionMetadata, 'version' | 'content_hash'>): string =>
  `// ${metadata.version} ${metadata.content_hash}\nexport {};\n`;
