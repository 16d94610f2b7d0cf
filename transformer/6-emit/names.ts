/** Hands out identifiers that occur nowhere in one file, whatever their scope: no analysis of shadowing is needed. */
export interface NamePool {
  /** The wanted name, or the nearest free one; not handed out again. */
  take(wanted: string): string;
  /** The same name each time: for locals of generated functions, which may shadow one another. */
  share(wanted: string): string;
}

export function makeNamePool(text: string): NamePool {
  const used = new Set<string>(text.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
  const shared = new Map<string, string>();
  const take = (wanted: string): string => {
    let name = wanted;
    for (let n = 2; used.has(name); n++) name = `${wanted}$${n}`;
    used.add(name);
    return name;
  };
  return {
    take,
    share(wanted) {
      let name = shared.get(wanted);
      if (name === undefined) shared.set(wanted, (name = take(wanted)));
      return name;
    },
  };
}

/** Makes a readable identifier part of any name: `Class.#m~2` → `Class_m_2`. */
export function makeIdentifierPart(name: string): string {
  const part = name.replace(/[^\p{ID_Continue}$]+/gu, '_').replace(/^_+|_+$/g, '');
  return part === '' || !/^[\p{ID_Start}$_]/u.test(part) ? `_${part}` : part;
}
