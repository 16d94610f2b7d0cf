/** laws.ts and builtin.ts: self-contained, of the right types, and as good as their worked example. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type ts from 'typescript';
import type { TemplateExample } from '../../templates/format.ts';
import { show, type LawResult } from '../../templates/run-laws.ts';
import { readBuildAnswer } from '../build-answer.ts';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { compileModule, makeBuiltinModule, makeTrialModule, type RunTemplateModule } from '../template-module.ts';
import type { Ts } from '../types.ts';

export interface ModulesInput {
  readonly ts: Ts;
  /** Of the version. Absolute. */
  readonly folder: string;
  /** As messages show it: `acme/v1`. */
  readonly shown: string;
  /** poetc's templates, with the types and the judge of laws beside them. */
  readonly templatesFolder: string;
  /** Where the modules may run; undefined: nowhere, and they are type-checked only. */
  readonly run: RunTemplateModule | undefined;
}

export function checkTemplateModules(input: ModulesInput): PoetDiagnostic[] {
  const files = ['laws.ts', 'builtin.ts'].filter((name) => existsSync(join(input.folder, name)));
  if (files.length === 0) return [];
  const faults = [...files.flatMap((name) => checkImports(input, name)), ...checkTypes(input, files)];
  // What does not type-check says more about itself than its run would.
  if (faults.length > 0 || files.length < 2) return faults;
  if (input.run === undefined) return [makeDiagnostic('POET2113', { template: input.shown }, { file: join(input.folder, 'builtin.ts') })];
  return checkExamples(input, input.run);
}

function checkImports({ ts, folder, shown }: ModulesInput, name: string): PoetDiagnostic[] {
  const path = join(folder, name);
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const problems: PoetDiagnostic[] = [];
  const complain = (node: ts.Node): void => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    problems.push(makeDiagnostic('POET2115', { path: `${shown}/${name}`, message: `expected no imports but types from poetc/templates, found ${node.getText(file).slice(0, 80)}` }, { file: path, line: line + 1 }));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const isTypes = node.importClause?.isTypeOnly === true && ts.isStringLiteral(node.moduleSpecifier) && node.moduleSpecifier.text === 'poetc/templates';
      if (!isTypes) complain(node);
    } else if ((ts.isExportDeclaration(node) && node.moduleSpecifier) || ts.isImportEqualsDeclaration(node)) complain(node);
    else if (ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(node.expression) && node.expression.text === 'require'))) complain(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return problems;
}

const EXPECTED: Readonly<Record<string, string>> = {
  'laws.ts': "import { laws } from './laws.ts';\nimport type { Law } from 'poetc/templates';\nexport const checkedLaws: readonly Law[] = laws;\n",
  'builtin.ts': "import { build, examples } from './builtin.ts';\nimport type { BuildAnswer, BuildRequest, TemplateExample } from 'poetc/templates';\n"
    + 'export const checkedBuild: (request: BuildRequest) => BuildAnswer = build;\nexport const checkedExamples: readonly TemplateExample[] = examples;\n',
};

function checkTypes({ ts, folder, shown, templatesFolder }: ModulesInput, files: readonly string[]): PoetDiagnostic[] {
  const options: ts.CompilerOptions = {
    strict: true, noEmit: true, skipLibCheck: true, types: [], allowImportingTsExtensions: true, noUncheckedIndexedAccess: true,
    target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'], module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
    paths: { 'poetc/templates': [join(templatesFolder, 'format.ts').replaceAll('\\', '/')] },
  };
  const posix = folder.replaceAll('\\', '/');
  const checks = new Map(files.map((name) => [`${posix}/check-${name}`, { name, text: EXPECTED[name] ?? '' }]));
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => checks.has(path) || fileExists.call(host, path);
  host.readFile = (path) => checks.get(path)?.text ?? readFile.call(host, path);
  host.getSourceFile = (path, ...rest) => {
    const check = checks.get(path);
    return check ? ts.createSourceFile(path, check.text, ...rest.slice(0, 1) as [ts.ScriptTarget], true) : getSourceFile.call(host, path, ...rest);
  };
  const program = ts.createProgram([...files.map((name) => `${posix}/${name}`), ...checks.keys()], options, host);
  const found = program.getSourceFiles().filter((file) => file.fileName.startsWith(`${posix}/`))
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
  const seen = new Set<string>();
  return found.flatMap((diagnostic) => {
    const file = diagnostic.file!;
    const check = checks.get(file.fileName);
    const name = check?.name ?? file.fileName.slice(posix.length + 1);
    // Of what is exported wrongly or not at all there is no better place than the file.
    const line = check ? 1 : file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line + 1;
    const message = `TS${diagnostic.code}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`.replace(/"[^"]*\/(laws|builtin)\.ts"/g, '"$1.ts"');
    const key = `${name} ${line} ${message}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [makeDiagnostic('POET2115', { path: `${shown}/${name}`, message }, { file: join(folder, name), line })];
  });
}

const RUNS = 100;

function checkExamples({ ts, folder, shown, templatesFolder }: ModulesInput, run: RunTemplateModule): PoetDiagnostic[] {
  const texts = Object.fromEntries(['builtin.ts', 'laws.ts'].map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const builtin = makeBuiltinModule(ts, texts['builtin.ts'] ?? '');
  const file = join(folder, 'builtin.ts');
  const problems: PoetDiagnostic[] = [];
  const complain = (expected: string, found: string): void => { problems.push(makeDiagnostic('POET2117', { path: `${shown}/builtin.ts`, expected, found }, { file, line: 1 })); };
  try {
    const scripts = { laws: compileModule(ts, texts['laws.ts'] ?? ''), driver: compileModule(ts, readFileSync(join(templatesFolder, 'run-laws.ts'), 'utf8')) };
    const examples = run(builtin, 'readExamples', []) as readonly TemplateExample[];
    if (examples.length === 0) complain('examples: a worked example at least', 'none');
    for (const { fn, options, calls } of examples) {
      const answer = readBuildAnswer(run(builtin, 'build', [{ fn, options: options ?? { perceive: 'correct' }, effects: 'pure', stub: true }]));
      if (!answer.body) { complain(`an implementation of the example ${fn.name}`, answer.unrecognised ?? 'none'); continue; }
      const trial = makeTrialModule(ts, scripts, answer.body, fn.parameters.map(({ name }) => name));
      const results = run(trial, 'checkLaws', [fn, 1, RUNS]) as readonly LawResult[];
      if (results.length === 0) complain(`a law that speaks of the example ${fn.name}`, 'none');
      for (const { law, broken } of results) if (broken !== undefined) complain(`the law "${law}" to hold for the example ${fn.name}`, broken);
      const found = run(trial, 'runCalls', [calls.map(({ args }) => args)]) as readonly string[];
      calls.forEach(({ args, result }, i) => {
        if (found[i] !== show(result)) complain(`${fn.name}(${args.map(show).join(', ')}) to return ${show(result)}`, found[i] ?? 'nothing');
      });
    }
  } catch (error) {
    const message = String((error as { message?: unknown } | null)?.message ?? error);
    problems.push(makeDiagnostic('POET2120', { template: shown, file: 'builtin.ts or laws.ts', message }, { file }));
  }
  return problems;
}
