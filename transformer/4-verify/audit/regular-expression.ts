/**
 * Tells whether a backtracking engine can take exponential time on a regular expression.
 *
 * The expression becomes a nondeterministic automaton over sets of characters. It is exponential when some state can be left and
 * reached again by two different paths over the same text ("exponential ambiguity": Weber and Seidl, On the degree of ambiguity of
 * finite automata, 1991): then each repetition doubles the ways in which the engine can fail.
 *
 * Quadratic expressions such as `\s+$` pass. Lookarounds are looked at by themselves; a back-reference counts as the empty text.
 */

/** Ascending, disjoint, both ends included. */
type CharSet = readonly (readonly [number, number])[];

interface State { readonly epsilon: number[]; readonly edges: { readonly set: CharSet; readonly to: number }[] }

/** Beyond this an expression is not looked at, and refused. */
const MAX_STATES = 400;
const MAX_CHAR = 0x10ffff;
/** More repetitions than this are as good as unbounded: `(a|a){50}` is as hopeless as `(a|a)*`. */
const MAX_COPIES = 12;

export type RegExpVerdict = 'fine' | 'exponential' | 'too large' | 'not understood';

export function judgeRegExp(source: string, flags: string): RegExpVerdict {
  try {
    // What is not a regular expression throws when it runs, too.
    void new RegExp(source, flags);
  } catch {
    return 'not understood';
  }
  try {
    return new Judge(source, flags).judge();
  } catch (error) {
    if (error instanceof Ambiguous) return 'exponential';
    if (error instanceof TooLarge) return 'too large';
    if (error instanceof NotUnderstood) return 'not understood';
    throw error;
  }
}

class Ambiguous extends Error {}
class TooLarge extends Error {}
class NotUnderstood extends Error {}

/** Parses straight into an automaton (Thompson's construction). */
class Judge {
  private at = 0;
  private states: State[] = [];
  /** Automata of lookarounds: start states. */
  private readonly starts: number[] = [];

  constructor(private readonly source: string, private readonly flags: string) {}

  judge(): RegExpVerdict {
    const main = this.alternatives();
    if (this.at < this.source.length) throw new NotUnderstood();
    this.starts.push(main.start);
    return hasTwinLoops(withoutEpsilons(this.states)) ? 'exponential' : 'fine';
  }

  private state(): number {
    if (this.states.length >= MAX_STATES) throw new TooLarge();
    return this.states.push({ epsilon: [], edges: [] }) - 1;
  }

  private link(from: number, to: number): void { this.states[from]!.epsilon.push(to); }

  private peek(text: string): boolean { return this.source.startsWith(text, this.at); }

  private eat(text: string): boolean {
    if (!this.peek(text)) return false;
    this.at += text.length;
    return true;
  }

  private alternatives(): Part {
    const start = this.state();
    const end = this.state();
    do {
      const part = this.sequence();
      this.link(start, part.start);
      this.link(part.end, end);
    } while (this.eat('|'));
    return { start, end };
  }

  private sequence(): Part {
    const start = this.state();
    let end = start;
    while (this.at < this.source.length && !this.peek('|') && !this.peek(')')) {
      const part = this.quantified();
      this.link(end, part.start);
      end = part.end;
    }
    return { start, end };
  }

  private mayBeEmpty({ start, end }: Part): boolean {
    const seen = new Set([start]);
    for (const at of seen) for (const to of this.states[at]!.epsilon) seen.add(to);
    return seen.has(end);
  }

  private quantified(): Part {
    const from = this.at;
    const before = this.states.length;
    const part = this.atom();
    const upTo = this.at;
    const quantifier = this.quantifier();
    if (quantifier === undefined) return part;
    const { min, max } = quantifier;
    const resume = this.at;
    // `(a?){30}`: any of the copies may be the empty one.
    if (max !== Infinity && max >= MAX_COPIES && this.mayBeEmpty(part)) throw new Ambiguous();
    // The first copy has been built; the others are parsed again from the same text.
    const copy = (): Part => {
      this.at = from;
      const again = this.atom();
      if (this.at !== upTo) throw new NotUnderstood();
      return again;
    };
    const start = this.state();
    let end = start;
    const copies = Math.min(max === Infinity ? Math.max(min, 1) : max, MAX_COPIES);
    const loops = max === Infinity || max > MAX_COPIES;
    void before;
    for (let i = 0; i < copies; i++) {
      const next = i === 0 ? part : copy();
      this.link(end, next.start);
      const after = this.state();
      this.link(next.end, after);
      if (i >= min || (i === 0 && min === 0)) this.link(end, after);
      if (loops && i === copies - 1) this.link(next.end, next.start);
      end = after;
    }
    if (copies === 0) end = start;
    this.at = resume;
    return { start, end };
  }

  private quantifier(): { min: number; max: number } | undefined {
    let found: { min: number; max: number } | undefined;
    if (this.eat('*')) found = { min: 0, max: Infinity };
    else if (this.eat('+')) found = { min: 1, max: Infinity };
    else if (this.eat('?')) found = { min: 0, max: 1 };
    else {
      const match = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.source.slice(this.at));
      if (match === null) return undefined;
      this.at += match[0].length;
      const min = Number(match[1]);
      found = { min, max: match[2] === undefined ? min : match[3] === '' || match[3] === undefined ? Infinity : Number(match[3]) };
    }
    this.eat('?');
    return found;
  }

  private atom(): Part {
    if (this.eat('(')) return this.group();
    if (this.eat('[')) return this.edge(this.characterClass());
    if (this.eat('^') || this.eat('$')) return this.empty();
    if (this.eat('.')) return this.edge(this.flags.includes('s') ? ALL : complement(LINE_ENDS));
    if (this.eat('\\')) return this.escape();
    const code = this.source.codePointAt(this.at)!;
    this.at += code > 0xffff ? 2 : 1;
    return this.edge([[code, code]]);
  }

  private group(): Part {
    const look = /^\?(?:<?[=!])/.exec(this.source.slice(this.at));
    if (look !== null) {
      this.at += look[0].length;
      this.starts.push(this.alternatives().start);
      if (!this.eat(')')) throw new NotUnderstood();
      return this.empty();
    }
    const head = /^\?(?::|<[^>]*>|[a-z-]*:)/.exec(this.source.slice(this.at));
    if (head !== null) this.at += head[0].length;
    const part = this.alternatives();
    if (!this.eat(')')) throw new NotUnderstood();
    return part;
  }

  private empty(): Part {
    const start = this.state();
    return { start, end: start };
  }

  private edge(set: CharSet): Part {
    const start = this.state();
    const end = this.state();
    this.states[start]!.edges.push({ set: this.flags.includes('i') ? foldCase(set) : set, to: end });
    return { start, end };
  }

  private escape(): Part {
    const rest = this.source.slice(this.at);
    if (/^[bB]/.test(rest)) { this.at++; return this.empty(); }
    const reference = /^(?:[1-9]\d*|k<[^>]*>)/.exec(rest);
    if (reference !== null) { this.at += reference[0].length; return this.empty(); }
    return this.edge(this.escapedSet());
  }

  /** After the backslash. */
  private escapedSet(): CharSet {
    const rest = this.source.slice(this.at);
    const take = (length: number, set: CharSet): CharSet => { this.at += length; return set; };
    const property = /^[pP]\{[^}]*\}/.exec(rest);
    // Which letters a property names is not looked up: everything beyond ASCII, and all letters.
    if (property !== null) return take(property[0].length, union(WORD, [[0x80, MAX_CHAR]]));
    const code = /^(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|u\{([\da-fA-F]+)\}|c([A-Za-z]))/.exec(rest);
    if (code !== null) {
      const value = code[4] === undefined ? Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '0', 16) : code[4].charCodeAt(0) % 32;
      return take(code[0].length, [[value, value]]);
    }
    const letter = rest[0];
    if (letter === undefined) throw new NotUnderstood();
    const known = CLASSES[letter];
    if (known !== undefined) return take(1, known);
    const point = rest.codePointAt(0)!;
    return take(point > 0xffff ? 2 : 1, [[point, point]]);
  }

  /** After the `[`. */
  private characterClass(): CharSet {
    const negated = this.eat('^');
    let set: CharSet = [];
    while (!this.eat(']')) {
      if (this.at >= this.source.length) throw new NotUnderstood();
      // Nested classes and set operations of the `v` flag.
      if (this.flags.includes('v') && (this.peek('[') || this.peek('--') || this.peek('&&'))) throw new NotUnderstood();
      const low = this.classAtom();
      const isRange = this.peek('-') && this.source[this.at + 1] !== ']' && low.length === 1 && low[0]![0] === low[0]![1];
      if (!isRange) { set = union(set, low); continue; }
      this.at++;
      const high = this.classAtom();
      set = union(set, high.length === 1 && high[0]![0] === high[0]![1] ? [[low[0]![0], high[0]![0]]] : union(union(low, high), [[45, 45]]));
    }
    return negated ? complement(set) : set;
  }

  private classAtom(): CharSet {
    if (this.eat('\\')) return this.eat('b') ? [[8, 8]] : this.escapedSet();
    const code = this.source.codePointAt(this.at)!;
    this.at += code > 0xffff ? 2 : 1;
    return [[code, code]];
  }
}

interface Part { readonly start: number; readonly end: number }

const ALL: CharSet = [[0, MAX_CHAR]];
const LINE_ENDS: CharSet = [[10, 10], [13, 13], [0x2028, 0x2029]];
const DIGIT: CharSet = [[48, 57]];
const WORD: CharSet = [[48, 57], [65, 90], [95, 95], [97, 122]];
const SPACE: CharSet = [[9, 13], [32, 32], [160, 160], [0x1680, 0x1680], [0x2000, 0x200a], [0x2028, 0x2029], [0x202f, 0x202f], [0x205f, 0x205f], [0x3000, 0x3000], [0xfeff, 0xfeff]];
const CLASSES: Readonly<Record<string, CharSet>> = {
  d: DIGIT, D: complement(DIGIT), w: WORD, W: complement(WORD), s: SPACE, S: complement(SPACE),
  n: [[10, 10]], r: [[13, 13]], t: [[9, 9]], v: [[11, 11]], f: [[12, 12]], 0: [[0, 0]],
};

function union(a: CharSet, b: CharSet): CharSet {
  const all = [...a, ...b].sort((x, y) => x[0] - y[0]);
  const out: [number, number][] = [];
  for (const [low, high] of all) {
    const last = out.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else out.push([low, high]);
  }
  return out;
}

function complement(set: CharSet): CharSet {
  const out: [number, number][] = [];
  let from = 0;
  for (const [low, high] of set) {
    if (low > from) out.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= MAX_CHAR) out.push([from, MAX_CHAR]);
  return out;
}

/** ASCII letters; beyond them both cases are usually in the same class already. */
function foldCase(set: CharSet): CharSet {
  let out = set;
  for (const [low, high] of set) {
    const upper: [number, number] = [Math.max(low, 65), Math.min(high, 90)];
    const lower: [number, number] = [Math.max(low, 97), Math.min(high, 122)];
    if (upper[0] <= upper[1]) out = union(out, [[upper[0] + 32, upper[1] + 32]]);
    if (lower[0] <= lower[1]) out = union(out, [[lower[0] - 32, lower[1] - 32]]);
  }
  return out;
}

function meet(a: CharSet, b: CharSet): boolean {
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i]![1] < b[j]![0]) i++;
    else if (b[j]![1] < a[i]![0]) j++;
    else return true;
  }
  return false;
}

interface Edge { readonly set: CharSet; readonly to: number; /** How many different ways lead along this edge. */ readonly ways: number }

/**
 * Edges after following empty steps; two different empty paths to the same edge are two ways to read one character.
 * Empty loops are left out: engines stop at an iteration that reads nothing.
 */
function withoutEpsilons(states: readonly State[]): Edge[][] {
  return states.map((_, from) => {
    const ways = new Map<number, number>();
    const visit = (state: number, path: ReadonlySet<number>): void => {
      const count = (ways.get(state) ?? 0) + 1;
      if (count > 2) return;
      ways.set(state, count);
      for (const next of states[state]!.epsilon) if (!path.has(next)) visit(next, new Set([...path, next]));
    };
    visit(from, new Set([from]));
    return [...ways].flatMap(([state, count]) => states[state]!.edges.map((edge) => ({ set: edge.set, to: edge.to, ways: count })));
  });
}

/**
 * Whether some state has two different loops over one text: in the graph of pairs of states, a pair of different states lies on
 * a cycle through a pair of equal ones; or an edge that can be taken in two ways lies on a cycle.
 */
function hasTwinLoops(edges: readonly Edge[][]): boolean {
  const count = edges.length;
  const next: number[][] = [];
  const reached = new Map<number, number>();
  const order: [number, number][] = [];
  const idOf = (p: number, q: number): number => {
    const key = p * count + q;
    let id = reached.get(key);
    if (id === undefined) {
      reached.set(key, (id = order.length));
      order.push([p, q]);
    }
    return id;
  };
  for (let state = 0; state < count; state++) if (edges[state]!.length > 0) idOf(state, state);
  for (let id = 0; id < order.length; id++) {
    const [p, q] = order[id]!;
    const out: number[] = [];
    for (const a of edges[p]!) for (const b of edges[q]!) if (meet(a.set, b.set)) out.push(idOf(a.to, b.to));
    next.push(out);
    if (order.length > 60_000) throw new TooLarge();
  }
  const component = components(next);
  const hasEqual = new Set<number>();
  order.forEach(([p, q], id) => { if (p === q) hasEqual.add(component[id]!); });
  const sizes = new Map<number, number>();
  for (const c of component) sizes.set(c, (sizes.get(c) ?? 0) + 1);
  for (const [id, [p, q]] of order.entries()) {
    const here = component[id]!;
    if (p !== q && hasEqual.has(here) && (sizes.get(here) ?? 0) > 1) return true;
    if (p === q) {
      for (const edge of edges[p]!) {
        const to = reached.get(edge.to * count + edge.to);
        if (edge.ways > 1 && to !== undefined && component[to] === here && ((sizes.get(here) ?? 0) > 1 || to === id)) return true;
      }
    }
  }
  return false;
}

/** Strongly connected components, by Tarjan's algorithm with a stack of its own. */
function components(next: readonly (readonly number[])[]): Int32Array {
  const component = new Int32Array(next.length).fill(-1);
  const index = new Int32Array(next.length).fill(-1);
  const low = new Int32Array(next.length);
  const stack: number[] = [];
  let counter = 0;
  let found = 0;
  for (let root = 0; root < next.length; root++) {
    if (index[root] !== -1) continue;
    const work: [number, number][] = [[root, 0]];
    while (work.length > 0) {
      const frame = work[work.length - 1]!;
      const [node, at] = frame;
      if (at === 0) { index[node] = low[node] = counter++; stack.push(node); }
      const to = next[node]![at];
      if (to !== undefined) {
        frame[1]++;
        if (index[to] === -1) work.push([to, 0]);
        else if (component[to] === -1) low[node] = Math.min(low[node]!, index[to]!);
        continue;
      }
      work.pop();
      const parent = work[work.length - 1];
      if (parent !== undefined) low[parent[0]] = Math.min(low[parent[0]]!, low[node]!);
      if (low[node] === index[node]) {
        for (let member = stack.pop()!; ; member = stack.pop()!) {
          component[member] = found;
          if (member === node) break;
        }
        found++;
      }
    }
  }
  return component;
}
