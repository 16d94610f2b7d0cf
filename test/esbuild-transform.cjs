// Jest runs the TypeScript sources through esbuild: fast, and types are checked by `npm run typecheck`.
const { createHash } = require('node:crypto');
const esbuild = require('esbuild');

module.exports = {
  process(code, filename) {
    const out = esbuild.transformSync(code, { loader: 'ts', format: 'cjs', target: 'node20', sourcemap: 'inline', sourcefile: filename });
    return { code: out.code };
  },
  getCacheKey(code, filename) {
    return createHash('sha256').update(esbuild.version).update(filename).update(code).digest('hex');
  },
};
