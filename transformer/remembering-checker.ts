import type ts from 'typescript';

/** The same program for an analysis, with a checker that remembers its answers. */
export function rememberAnswers(program: ts.Program): ts.Program {
  const checker = makeRememberingChecker(program.getTypeChecker());
  const remembering = Object.create(program) as ts.Program;
  remembering.getTypeChecker = () => checker;
  return remembering;
}

/**
 * The same checker, which answers the same question about a node once: it keeps no answer of its own for most expressions, and
 * checks them again each time. The analysis of effects walks a body until nothing changes, and those who come after it ask about the same names.
 */
function makeRememberingChecker(checker: ts.TypeChecker): ts.TypeChecker {
  const types = new Map<ts.Node, ts.Type>();
  const symbols = new Map<ts.Node, ts.Symbol | undefined>();
  const remembering = Object.create(checker) as ts.TypeChecker;
  remembering.getTypeAtLocation = (node) => {
    let type = types.get(node);
    if (type === undefined) types.set(node, (type = checker.getTypeAtLocation(node)));
    return type;
  };
  remembering.getSymbolAtLocation = (node) => {
    const known = symbols.get(node);
    if (known !== undefined || symbols.has(node)) return known;
    const symbol = checker.getSymbolAtLocation(node);
    symbols.set(node, symbol);
    return symbol;
  };
  return remembering;
}
