/** A process that speaks the Messages API and chat completions, and answers as a scenario says. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Reply {
  /** What the model writes. */
  readonly code?: string;
  /** Plain text in place of the structured answer. */
  readonly text?: string;
  readonly status?: number;
  readonly retryAfter?: string;
  readonly stop?: 'max_tokens' | 'refusal';
  /** A body as it is. */
  readonly raw?: string;
  /** The connection breaks in the middle of the answer. */
  readonly reset?: true;
  /** Nothing comes; or the beginning, and then nothing for ten seconds at a time. */
  readonly slow?: 'start' | 'drip';
  /** Of the answer, in place of what it should be. */
  readonly contentType?: string;
}

export interface ModelServer {
  readonly url: string;
  /** One reply a request, in order; the last one stays. Forgets the requests so far. */
  script(...replies: readonly Reply[]): void;
  /** Replies by the name of the function that is asked for, each in order; the last one stays. */
  scriptEach(replies: Readonly<Record<string, readonly Reply[]>>): void;
  /** Connections since the last script. */
  connections(): number;
  requests(): readonly { readonly path: string; readonly key: string; readonly system: string; readonly user: string; readonly stream: boolean }[];
  close(): void;
}

const SERVER = `
const http = require('node:http'), fs = require('node:fs');
const [, , folder] = process.argv;
let at = 0, stamp = '', counts = {};
const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    const text = fs.readFileSync(folder + '/scenario.json', 'utf8');
    if (text !== stamp) { stamp = text; at = 0; counts = {}; }
    const { replies, each } = JSON.parse(text);
    const asked = JSON.parse(body);
    const isMessages = request.url.endsWith('/messages');
    const system = isMessages ? asked.system[0].text : asked.messages[0].content;
    const user = isMessages ? asked.messages[0].content : asked.messages[1].content;
    const name = /^===== [0-9a-f]+ function_name\\n(.*)\\n/m.exec(user)[1];
    const own = each ? each[name] : replies;
    const n = each ? (counts[name] = (counts[name] ?? -1) + 1) : at++;
    const reply = own[Math.min(n, own.length - 1)];
    fs.appendFileSync(folder + '/requests.ndjson', JSON.stringify({ path: request.url, key: request.headers['x-api-key'] ?? request.headers.authorization ?? '', system, user, stream: asked.stream === true }) + '\\n');
    if (reply.slow === 'start') return;
    // Settings that today's models refuse.
    const refused = isMessages && (asked.tool_choice ? 'tool_choice' : ['temperature', 'top_p', 'top_k', 'thinking'].find((name) => name in asked) ?? (asked.output_config?.format?.type === 'json_schema' ? undefined : 'output_config'));
    if (refused) {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message: refused + ' is not supported on this model' } }));
      return;
    }
    if (reply.status) {
      response.writeHead(reply.status, { 'content-type': 'application/json', ...(reply.retryAfter && { 'retry-after': reply.retryAfter }) });
      response.end(JSON.stringify(isMessages ? { type: 'error', error: { type: 'api_error', message: 'the server says ' + reply.status } } : { error: { message: 'the server says ' + reply.status } }));
      return;
    }
    if (reply.raw !== undefined) { response.writeHead(200, { 'content-type': reply.contentType ?? (isMessages ? 'text/event-stream' : 'application/json') }); response.end(reply.raw); return; }
    const output = reply.text ?? JSON.stringify({ code: reply.code ?? '' });
    if (!isMessages) {
      const whole = JSON.stringify({ model: 'fake-1', choices: [{ finish_reason: reply.stop === 'max_tokens' ? 'length' : reply.stop === 'refusal' ? 'content_filter' : 'stop', message: { role: 'assistant', content: output } }], usage: { prompt_tokens: 1000, completion_tokens: 200 } });
      response.writeHead(200, { 'content-type': 'application/json' });
      if (reply.reset) { response.write(whole.slice(0, 40)); setImmediate(() => request.socket.destroy()); return; }
      if (reply.slow === 'drip') { response.write(whole.slice(0, 1)); const timer = setInterval(() => response.write(' '), 10_000); response.on('close', () => clearInterval(timer)); return; }
      response.end(whole);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (type, data) => response.write('event: ' + type + '\\ndata: ' + JSON.stringify({ type, ...data }) + '\\n\\n');
    send('message_start', { message: { id: 'm', type: 'message', role: 'assistant', model: 'fake-1', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 900, cache_read_input_tokens: 100, cache_creation_input_tokens: 0, output_tokens: 1 } } });
    // It thinks first: what it thinks is empty unless asked for, and signed.
    send('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } });
    send('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: 'c2lnbmVk' } });
    send('content_block_stop', { index: 0 });
    send('content_block_start', { index: 1, content_block: { type: 'text', text: '' } });
    for (let i = 0; i < output.length; i += 50) send('content_block_delta', { index: 1, delta: { type: 'text_delta', text: output.slice(i, i + 50) } });
    if (reply.reset) { setImmediate(() => request.socket.destroy()); return; }
    if (reply.slow === 'drip') { const timer = setInterval(() => response.write(':'), 10_000); response.on('close', () => clearInterval(timer)); return; }
    send('content_block_stop', { index: 1 });
    send('message_delta', { delta: { stop_reason: reply.stop ?? 'end_turn', stop_sequence: null }, usage: { output_tokens: 200 } });
    send('message_stop', {});
    response.end();
  });
});
server.on('connection', () => fs.appendFileSync(folder + '/connections', '.'));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + '\\n'));
`;

export async function startModelServer(): Promise<ModelServer> {
  const folder = mkdtempSync(join(tmpdir(), 'poetc-model-'));
  writeFileSync(join(folder, 'server.cjs'), SERVER);
  const child: ChildProcess = spawn(process.execPath, [join(folder, 'server.cjs'), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<string>((resolve) => { child.stdout!.once('data', (data: Buffer) => resolve(data.toString().trim())); });
  let scenario = 0;
  const requests = join(folder, 'requests.ndjson');
  const put = (what: object): void => {
    writeFileSync(join(folder, 'scenario.json'), JSON.stringify({ scenario: scenario++, ...what }));
    writeFileSync(requests, '');
    writeFileSync(join(folder, 'connections'), '');
  };
  return {
    url: `http://127.0.0.1:${port}`,
    script: (...replies) => put({ replies }),
    scriptEach: (each) => put({ each }),
    connections: () => readFileSync(join(folder, 'connections'), 'utf8').length,
    requests: () => readFileSync(requests, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as ReturnType<ModelServer['requests']>[number]),
    close() { child.kill(); rmSync(folder, { recursive: true, force: true }); },
  };
}
