/** Factors by model; applied to costs in whole thousandths, so that 0.1 + 0.2 is 0.3. */
export interface ModelWeights {
  apply(cost: number, model: string | undefined): number;
}

const unweighted: ModelWeights = { apply: (cost) => cost };

/** `{ 'gpt-4*': 10 }`: the first glob that fits counts, 1 for the others, and for a model that nobody named. */
export function modelWeights(weights: Readonly<Record<string, number>> | undefined): ModelWeights {
  const entries = Object.entries(weights ?? {});
  if (entries.length === 0) return unweighted;
  const rules = entries.map(([glob, factor]) => ({ fits: globMatcher(glob), thousandths: Math.round(factor * 1_000) }));
  return {
    apply(cost, model = '') {
      const rule = rules.find(({ fits }) => fits(model));
      return rule ? Math.ceil((cost * rule.thousandths) / 1_000) : cost;
    },
  };
}

/** Piece by piece from the left: unlike an expression with many `.*`, never slow, whatever a model is called. */
function globMatcher(glob: string): (model: string) => boolean {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  if (last === undefined) return (model) => model === glob;
  return (model) => {
    if (!model.startsWith(first)) return false;
    let at = first.length;
    for (const piece of rest) {
      const found = model.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return model.length - last.length >= at && model.endsWith(last);
  };
}
