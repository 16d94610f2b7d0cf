import fc from 'fast-check';
import { render, type Edit } from '../transformer/6-emit/fragment.ts';
import { findOrigin } from '../transformer/rewrite.ts';

const text = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Non-overlapping edits over `text`: replacements and insertions with written text. */
const flatEdits = fc.array(fc.tuple(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 4 })), { maxLength: 8 }).map((list) => {
  const edits: Edit[] = [];
  let at = 0;
  for (const [start, width, written] of list.sort((a, b) => a[0] - b[0])) {
    if (start < at || start + width > text.length) continue;
    edits.push({ start, end: start + width, with: [{ kind: 'written', text: written }] });
    at = start + width + 1;
  }
  return edits;
});

describe('render', () => {
  it('equals a plain splice for edits side by side', () => {
    fc.assert(fc.property(flatEdits, (edits) => {
      let expected = '';
      let at = 0;
      for (const edit of edits) {
        expected += text.slice(at, edit.start) + edit.with.map((f) => (f.kind === 'written' ? f.text : '')).join('');
        at = edit.end;
      }
      expect(render(text, edits).text).toBe(expected + text.slice(at));
    }));
  });

  it('leaves spans without gaps, and every copied character where it came from', () => {
    fc.assert(fc.property(flatEdits, (edits) => {
      const out = render(text, edits);
      let at = 0;
      for (const span of out.spans) {
        expect(span.start).toBe(at);
        at = span.end;
      }
      expect(at).toBe(out.text.length);
      for (let i = 0; i < out.text.length; i++) {
        const origin = findOrigin(out.spans, i);
        if (origin) expect(text[origin.offset]).toBe(out.text[i]);
      }
    }));
  });

  it('applies inner edits to a live copy and not to a raw one', () => {
    const inner: Edit = { start: 3, end: 4, with: [{ kind: 'written', text: 'D!' }] };
    const live: Edit = { start: 2, end: 6, with: [{ kind: 'written', text: '<' }, { kind: 'author', start: 2, end: 6, live: true }, { kind: 'written', text: '>' }] };
    const raw: Edit = { start: 2, end: 6, with: [{ kind: 'author', start: 2, end: 6, live: false }] };
    expect(render('abcdefgh', [inner, live]).text).toBe('ab<cD!ef>gh');
    expect(render('abcdefgh', [inner, raw]).text).toBe('abcdefgh');
  });

  it('moves a body elsewhere with its edits', () => {
    const body: Edit = { start: 2, end: 6, with: [{ kind: 'written', text: '{}' }] };
    const after: Edit = { start: 8, end: 8, with: [{ kind: 'author', start: 2, end: 6, live: true }] };
    const inner: Edit = { start: 3, end: 4, with: [{ kind: 'written', text: 'X' }] };
    expect(render('abcdefgh', [body, after, inner]).text).toBe('ab{}ghcXef');
  });

  it('keeps the order of insertions at one place', () => {
    const insert = (s: string): Edit => ({ start: 1, end: 1, with: [{ kind: 'written', text: s }] });
    expect(render('ab', [insert('1'), insert('2')]).text).toBe('a12b');
  });

  it('refuses edits that overlap', () => {
    const edit = (start: number, end: number): Edit => ({ start, end, with: [] });
    expect(() => render(text, [edit(1, 4), edit(3, 6)])).toThrow('overlapping edits');
  });
});
