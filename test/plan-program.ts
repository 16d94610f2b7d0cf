/** Small programs in memory, checked by the real compiler with its real library. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const ROOT = '/project';
const libraries = new Map<string, ts.SourceFile>();

export interface SmallProgram {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  file(name: string): ts.SourceFile;
  /** The function declared under a name: a declaration, a constant, or a method as `Class.method`. */
  fn(name: string, file?: string): ts.FunctionDeclaration | ts.MethodDeclaration | ts.ArrowFunction | ts.FunctionExpression;
}

/** @param files text by path relative to the root, e.g. `src/a.ts` */
export function makeProgram(files: Record<string, string>, options: ts.CompilerOptions = {}): SmallProgram {
  const all: ts.CompilerOptions = {
    strict: true, target: ts.ScriptTarget.ES2022, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'], module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler, types: [], jsx: ts.JsxEmit.Preserve, allowImportingTsExtensions: true, noEmit: true, ...options,
  };
  const paths = new Map(Object.entries(files).map(([name, text]) => [`${ROOT}/${name}`, text]));
  const host = ts.createCompilerHost(all, true);
  const readLibrary = (name: string): ts.SourceFile => {
    let file = libraries.get(name);
    if (!file) libraries.set(name, (file = ts.createSourceFile(name, readFileSync(name, 'utf8'), ts.ScriptTarget.ES2022, true)));
    return file;
  };
  host.getCurrentDirectory = () => ROOT;
  host.fileExists = (name) => paths.has(name) || (!name.startsWith(ROOT) && ts.sys.fileExists(name));
  host.directoryExists = (name) => [...paths.keys()].some((path) => path.startsWith(`${name}/`)) || name === ROOT;
  host.readFile = (name) => paths.get(name) ?? ts.sys.readFile(name);
  host.getSourceFile = (name) => {
    const text = paths.get(name);
    return text === undefined ? readLibrary(name) : ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  };
  const program = ts.createProgram([...paths.keys()].filter((path) => !path.includes('node_modules')), all, host);
  const checker = program.getTypeChecker();
  const file = (name: string): ts.SourceFile => {
    const found = program.getSourceFile(`${ROOT}/${name}`);
    if (!found) throw new Error(`no file ${name}`);
    return found;
  };
  return { program, checker, file, fn: (name, path) => findFunction(path === undefined ? [...paths.keys()].map((p) => file(p.slice(ROOT.length + 1))) : [file(path)], name) };
}

export const PROJECT_ROOT = ROOT;

function findFunction(files: readonly ts.SourceFile[], name: string): ReturnType<SmallProgram['fn']> {
  const matches = (node: ts.Node): ReturnType<SmallProgram['fn']> | undefined => {
    if (ts.isFunctionDeclaration(node) && node.body && (node.name?.text ?? 'default') === name) return node;
    if (ts.isMethodDeclaration(node) && node.body) {
      const owner = ts.isClassLike(node.parent) ? node.parent.name?.text ?? 'default'
        : ts.isVariableDeclaration(node.parent.parent) ? node.parent.parent.name.getText() : '';
      if (`${owner}.${node.name.getText()}` === name) return node;
    }
    if (ts.isVariableDeclaration(node) && node.name.getText() === name && node.initializer) {
      let inner = node.initializer;
      if (ts.isCallExpression(inner)) inner = inner.arguments[inner.arguments.length - 1] ?? inner;
      while (ts.isParenthesizedExpression(inner) || ts.isAsExpression(inner)) inner = inner.expression;
      if (ts.isArrowFunction(inner) || ts.isFunctionExpression(inner)) return inner;
    }
    return ts.forEachChild(node, matches);
  };
  for (const file of files) {
    const found = matches(file);
    if (found) return found;
  }
  throw new Error(`no function ${name}`);
}
