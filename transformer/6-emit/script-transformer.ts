import type ts from 'typescript';
import type { Ts } from '../types.ts';
import type { Script, ScriptTarget } from './script.ts';

/**
 * Takes the targets of some files apart while the author's program emits them. Runs before all other transformers: it looks for the author's own nodes.
 * An identifier whose text is a placeholder is printed as it is, and nothing in the compiler asks what it means.
 */
export function makeScriptTransformer(ts: Ts, find: (file: ts.SourceFile) => Script | undefined): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const script = find(file);
    if (script === undefined) return file;
    const { factory } = context;
    const raw = (placeholder: string): ts.Statement => factory.createExpressionStatement(factory.createIdentifier(placeholder));
    const statements: ts.Statement[] = [];
    let head: ts.Statement | undefined = raw(script.head);
    for (const statement of file.statements) {
      // Directives stay first.
      if (head !== undefined && !(ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression))) { statements.push(head); head = undefined; }
      const apart = ts.isFunctionDeclaration(statement) ? takeFunction(statement) : ts.isVariableStatement(statement) ? takeVariables(statement) : undefined;
      statements.push(...(apart ?? [statement]));
    }
    if (head !== undefined) statements.push(head);
    return factory.updateSourceFile(file, factory.createNodeArray(statements));

    function takeFunction(node: ts.FunctionDeclaration): ts.Statement[] | undefined {
      const target = script!.targets.get(node);
      if (target === undefined) return undefined;
      const outer = factory.updateFunctionDeclaration(node, node.modifiers, node.asteriskToken, node.name, node.typeParameters, outerParameters(node, target), node.type, outerBody(target));
      return [outer, ...beside(node, target)];
    }

    function takeVariables(statement: ts.VariableStatement): ts.Statement[] | undefined {
      const after: ts.Statement[] = [];
      const declarations = statement.declarationList.declarations.map((declaration) => {
        const node = declaration.initializer;
        const target = node && script!.targets.get(node);
        if (node === undefined || target === undefined) return declaration;
        after.push(...beside(node as ts.ArrowFunction | ts.FunctionExpression, target));
        const outer = ts.isArrowFunction(node)
          ? factory.updateArrowFunction(node, node.modifiers, node.typeParameters, outerParameters(node, target), node.type, node.equalsGreaterThanToken, outerBody(target))
          : ts.isFunctionExpression(node)
            ? factory.updateFunctionExpression(node, node.modifiers, node.asteriskToken, node.name, node.typeParameters, outerParameters(node, target), node.type, outerBody(target))
            : node;
        return factory.updateVariableDeclaration(declaration, declaration.name, declaration.exclamationToken, declaration.type, outer);
      });
      if (after.length === 0) return undefined;
      return [factory.updateVariableStatement(statement, statement.modifiers, factory.updateVariableDeclarationList(statement.declarationList, declarations)), ...after];
    }

    /** Arguments before defaults: a default becomes `undefined`, which keeps `length`, and a pattern a name. */
    function outerParameters(node: ts.SignatureDeclaration, { outer }: ScriptTarget): ts.ParameterDeclaration[] {
      const isThis = (p: ts.ParameterDeclaration): boolean => ts.isIdentifier(p.name) && p.name.text === 'this';
      let index = 0;
      return node.parameters.map((p) => {
        if (isThis(p)) return p;
        const name = outer[index++]!;
        if (ts.isIdentifier(p.name) && p.name.text === name && p.initializer === undefined) return p;
        const plain = ts.isIdentifier(p.name) && p.name.text === name ? p.name : ts.setSourceMapRange(factory.createIdentifier(name), p.name);
        return factory.updateParameterDeclaration(p, p.modifiers, p.dotDotDotToken, plain, p.questionToken, p.type, p.initializer && factory.createIdentifier('undefined'));
      });
    }

    function outerBody({ dispatch }: ScriptTarget): ts.Block {
      return factory.createBlock([raw(dispatch)], true);
    }

    /** The author's function under its second name, and everything that is generated. */
    function beside(node: ts.FunctionDeclaration | ts.ArrowFunction | ts.FunctionExpression, target: ScriptTarget): ts.Statement[] {
      const body = ts.isBlock(node.body!) ? node.body : factory.createBlock([factory.createReturnStatement(node.body)], true);
      const modifiers = target.isAsync ? [factory.createModifier(ts.SyntaxKind.AsyncKeyword)] : undefined;
      const author = factory.createFunctionDeclaration(modifiers, undefined, target.original, undefined, node.parameters, undefined, body);
      return [target.selfCalls.size === 0 ? author : renameSelfCalls(author, target), raw(target.after)];
    }

    function renameSelfCalls(author: ts.FunctionDeclaration, { selfCalls, operate }: ScriptTarget): ts.FunctionDeclaration {
      const visit = (node: ts.Node): ts.Node =>
        (ts.isIdentifier(node) && node.pos >= 0 && selfCalls.has(node.getStart(file)) ? ts.setSourceMapRange(factory.createIdentifier(operate), node) : ts.visitEachChild(node, visit, context));
      return ts.visitEachChild(author, visit, context);
    }
  };
}
