import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createEmbedder, type EmbedderSettings } from '#embedding';
import { essenceOf } from '../../apps/cache/src/semantic/guards/analysis.js';
import { guardVeto } from '../../apps/cache/src/semantic/guards/guard-veto.js';
import { readLabelledPairs } from './labelled-pairs.js';
import { printReport } from './print-report.js';
import { judge, report } from './report.js';

/**
 * Prints the quality of semantic hits, run from the repository's root. Options: `--embedder lexical|openai|local` (may be
 * repeated), `--model`, `--url`, `--threshold` (repeatable; else around the embedder's own), `--data <folder>`, `--json`.
 * The key of an `openai` server comes from OPENAI_API_KEY.
 */
const { values } = parseArgs({
  options: {
    embedder: { type: 'string', multiple: true, default: ['lexical'] },
    model: { type: 'string', default: '' },
    url: { type: 'string', default: '' },
    threshold: { type: 'string', multiple: true },
    data: { type: 'string', default: 'test/data' },
    json: { type: 'boolean', default: false },
  },
});

function settingsOf(kind: string): EmbedderSettings {
  const { model, url } = values;
  if (kind === 'lexical') return { kind };
  if (model === '') throw new Error(`--embedder ${kind} needs --model`);
  if (kind === 'local') return { kind, model };
  if (kind === 'openai' && url !== '') return { kind, model, url, apiKey: process.env.OPENAI_API_KEY };
  throw new Error('--embedder is lexical, local (with --model) or openai (with --model and --url)');
}

const pairs = readLabelledPairs(pathToFileURL(`${resolve(values.data)}/`));
for (const kind of values.embedder) {
  const embedder = await createEmbedder(settingsOf(kind));
  try {
    const judged = await judge(pairs, embedder, { veto: (a, b) => guardVeto(a, b), essence: essenceOf });
    const found = report(judged, embedder, values.threshold?.map(Number));
    process.stdout.write(values.json ? `${JSON.stringify(found)}\n` : `${printReport(found)}\n`);
  } finally {
    await embedder.close?.();
  }
}
