import type { QualityReport, ReportRow } from './report.js';
import { wilson } from '../../apps/cache/src/thresholds/wilson.js';

/** The report as text: first the thresholds, then the kinds at the default one, then what each guard did. */
export function printReport(report: QualityReport): string {
  const lines = [`Embedder ${report.embedder}, default threshold ${report.defaultThreshold} (similarity)`];
  for (const [half, title] of halves) {
    const rows = report.rows.filter((row) => row.half === half);
    lines.push('', title, heading);
    lines.push(...rows.map((row) => thresholdLine(row, report.defaultThreshold)));
    lines.push('', `  by kind at ${report.defaultThreshold}`, ...kindLines(rows, report.defaultThreshold));
    lines.push('', '  vetoes by guard        needless  right');
    for (const { guard, needless, right } of report.vetoes.filter((veto) => veto.half === half)) {
      lines.push(`    ${guard.padEnd(20)} ${String(needless).padStart(8)} ${String(right).padStart(6)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const halves = [
  ['held-out', 'held-out half'],
  ['fresh', 'fresh part of the held-out half (written when the guards were made; see docs/quality.md)'],
  ['tune', 'tune half (guards and thresholds were made on it)'],
] as const;

const heading = '  threshold  guards  hits          precision (95 %)            recall (95 %)               wrong hits';

function thresholdLine(row: ReportRow, usual: number): string {
  const { threshold, withGuards, rightHits, rightPairs, wrongHits, wrongPairs } = row;
  const hits = rightHits + wrongHits;
  return [
    `  ${threshold.toFixed(3)}${threshold === usual ? ' *' : '  '}`,
    `  ${withGuards ? 'with' : 'without'}`.padEnd(10),
    `${hits} of ${rightPairs + wrongPairs}`.padEnd(14),
    share(rightHits, hits).padEnd(28),
    share(rightHits, rightPairs).padEnd(28),
    `${wrongHits} of ${wrongPairs}`,
  ].join('');
}

/** Hits by kind, with guards and without: right ones of pairs that are the same, wrong ones of the others. */
function kindLines(rows: readonly ReportRow[], threshold: number): string[] {
  const [guarded, bare] = [true, false].map((withGuards) =>
    rows.find((row) => row.threshold === threshold && row.withGuards === withGuards),
  );
  return (guarded?.kinds ?? []).map(({ kind, same, pairs, hits }) => {
    const without = bare?.kinds.find((other) => other.kind === kind && other.same === same)?.hits ?? 0;
    const name = `${same ? 'same ' : 'other'} ${kind}`.padEnd(24);
    return `    ${name} ${same ? 'hits ' : 'wrong'} ${share(hits, pairs).padEnd(25)} without guards ${without} of ${pairs}`;
  });
}

function share(part: number, whole: number): string {
  if (whole === 0) return 'none';
  const [low, high] = wilson(part, whole);
  return `${(part / whole).toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)}) n=${whole}`;
}
