import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFIG_FIELDS } from '../transformer/config/config.ts';
import { findProjectRoot, makeConfigSchema, makeDefaults, readConfig, readConfigText } from '../transformer/config/index.ts';

const folders: string[] = [];
const makeFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'poetc-config-'));
  folders.push(folder);
  return folder.replaceAll('\\', '/');
};
afterAll(() => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }); });

const read = (text: string): ReturnType<typeof readConfigText> => readConfigText(text, '/p/poet.config.json');
const at = (text: string): string[] => read(text).diagnostics.map((d) => `${d.code} ${text.slice(d.start, d.start! + d.length!)}`);

describe('poet.config.json', () => {
  it('needs no file, and no keys', () => {
    const expected = { perceive: 'correct', enforce: undefined, onMiss: 'generate', provider: undefined, model: { name: undefined, baseUrl: 'http://localhost:11434/v1', replay: '.poet-replay', concurrency: 8, requestsPerMinute: 1_000, timeoutMs: 60_000, retries: 4, maxCostUsd: undefined, maxTokens: undefined, inputUsdPerMillion: undefined, outputUsdPerMillion: undefined, alertFailureRate: 0.5 }, verifyOnBuild: false, requireExecution: false, verify: { inputs: 100, maxSizeRatio: 10, maxTimeRatio: 10 }, redact: [], defaults: { retries: undefined, timeoutMs: undefined, attemptMs: undefined, breaker: undefined, concurrent: undefined, queue: undefined }, breaker: { failureRate: undefined, minimumCalls: undefined, windowMs: undefined, openMs: undefined, probes: 1, consecutive: undefined, slowMs: undefined, slowRate: 0.5 } };
    expect(readConfig(makeFolder())).toEqual({ config: expected, diagnostics: [] });
    expect(read('{}')).toEqual({ config: expected, diagnostics: [] });
    expect(makeDefaults()).toEqual(expected);
  });

  it('reads every field, comments and a byte order mark', () => {
    const text = '\uFEFF{ // how it is rolled out\n "$schema": "./node_modules/poetc/poet.config.schema.json", "perceive": "observe", "enforce": "throw", "onMiss": "error", "provider": "anthropic", "model": { "name": "a-1", "baseUrl": "https://models.example/v1", "replay": "answers", "concurrency": 2, "requestsPerMinute": 60, "timeoutMs": 5000, "retries": 1, "alertFailureRate": 0.25, "maxCostUsd": 0.5, "maxTokens": 7, "inputUsdPerMillion": 3, "outputUsdPerMillion": 0 }, "verifyOnBuild": true, "requireExecution": true, "verify": { "inputs": 50, "maxSizeRatio": 3, "maxTimeRatio": 4 }, "redact": ["$input.card[*].number"], "defaults": { "retries": 0, "timeoutMs": 5, "attemptMs": 3, "breaker": true, "concurrent": 4, "queue": 0 }, "breaker": { "failureRate": 0.2, "minimumCalls": 5, "windowMs": 1000, "openMs": 200, "probes": 3, "consecutive": 4, "slowMs": 50, "slowRate": 0.9 } }';
    const root = makeFolder();
    writeFileSync(`${root}/poet.config.json`, text);
    const { config, diagnostics } = readConfig(root);
    expect(diagnostics).toEqual([]);
    expect(config).toEqual({ perceive: 'observe', enforce: 'throw', onMiss: 'error', provider: 'anthropic', model: { name: 'a-1', baseUrl: 'https://models.example/v1', replay: 'answers', concurrency: 2, requestsPerMinute: 60, timeoutMs: 5_000, retries: 1, maxCostUsd: 0.5, maxTokens: 7, inputUsdPerMillion: 3, outputUsdPerMillion: 0, alertFailureRate: 0.25 }, verifyOnBuild: true, requireExecution: true, verify: { inputs: 50, maxSizeRatio: 3, maxTimeRatio: 4 }, redact: ['$input.card[*].number'], defaults: { retries: 0, timeoutMs: 5, attemptMs: 3, breaker: true, concurrent: 4, queue: 0 }, breaker: { failureRate: 0.2, minimumCalls: 5, windowMs: 1000, openMs: 200, probes: 3, consecutive: 4, slowMs: 50, slowRate: 0.9 } });
  });

  it('refuses unknown keys with the nearest name, at the key', () => {
    const text = '{\n  "percieve": "strict",\n  "defaults": { "retry": 1 }\n}';
    expect(read(text).diagnostics).toMatchObject([
      { code: 'POET8001', level: 'error', hint: 'did you mean perceive?', file: '/p/poet.config.json', line: 2, column: 3, length: 10 },
      { code: 'POET8001', text: 'unknown key defaults.retry', hint: 'did you mean retries?', line: 3 },
    ]);
    expect(read('\uFEFF{ "percieve": 1 }').diagnostics).toMatchObject([{ start: 2, line: 1, column: 3 }]);
    expect(read('{ "constructor": 1, "$schema2": 2 }').diagnostics.map((d) => d.code)).toEqual(['POET8001', 'POET8001']);
  });

  it('refuses wrong values at the value, and keeps the default', () => {
    const text = '{ "perceive": "lenient", "redact": ["password", 3, "$input.a"], "defaults": { "retries": 11, "timeoutMs": 0.5, "breaker": "yes" } }';
    expect(at(text)).toEqual(['POET8002 "lenient"', 'POET8002 "password"', 'POET8002 3', 'POET8002 11', 'POET8002 0.5', 'POET8002 "yes"']);
    expect(read(text).config).toEqual(makeDefaults());
    expect(read(text).diagnostics[0]!.text).toBe('perceive expects "correct", "strict" or "observe", found "lenient"');
    expect(at('{ "defaults": 3, "redact": "x" }')).toEqual(['POET8002 3', 'POET8002 "x"']);
    expect(at('[1]')).toEqual(['POET8002 [1]']);
    expect(at('{ "provider": "builtln" }')).toEqual(['POET8002 "builtln"']);
  });

  it('refuses what is not JSON, and a key that is given twice', () => {
    expect(at('{ "perceive": "strict", }').every((d) => d.startsWith('POET8003'))).toBe(true);
    expect(at('{ "perceive": "strict", }')).not.toEqual([]);
    expect(at('')).toEqual(['POET8003 ']);
    expect(at('{ "onMiss": "error", "onMiss": "original" }')).toEqual(['POET8005 "onMiss"']);
    expect(read('{ "onMiss": "error", "onMiss": "original" }').config.onMiss).toBe('error');
  });

  it('says why a file cannot be read', () => {
    const root = makeFolder();
    mkdirSync(`${root}/poet.config.json`);
    expect(readConfig(root).diagnostics).toMatchObject([{ code: 'POET8004', text: 'cannot read the file: it is a folder', file: `${root}/poet.config.json` }]);
  });
});

describe('the JSON Schema', () => {
  const schema = makeConfigSchema() as { properties: Record<string, Record<string, unknown>>; additionalProperties: boolean };

  it('has every field, with its meaning and its default', () => {
    expect(Object.keys(schema.properties).sort()).toEqual(['$schema', ...Object.keys(CONFIG_FIELDS)].sort());
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties['perceive']).toMatchObject({ enum: ['correct', 'strict', 'observe'], default: 'correct', description: expect.stringContaining('observe') });
    expect(schema.properties['enforce']).not.toHaveProperty('default');
    expect(schema.properties['defaults']).toMatchObject({ type: 'object', additionalProperties: false, properties: { retries: { type: 'integer', minimum: 0, maximum: 10 } } });
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});

describe('the root of a project', () => {
  it('is where the nearest poet.config.json is, else the nearest package.json', () => {
    const root = makeFolder();
    mkdirSync(`${root}/packages/a/src`, { recursive: true });
    writeFileSync(`${root}/packages/a/package.json`, '{}');
    expect(findProjectRoot(`${root}/packages/a/src`)).toBe(`${root}/packages/a`);
    writeFileSync(`${root}/poet.config.json`, '{}');
    expect(findProjectRoot(`${root}/packages/a/src`)).toBe(root);
  });
});
