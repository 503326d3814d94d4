import { readFileSync } from 'node:fs';

const algorithms = ['limit-state', 'limit-log', 'take-limits', 'change-limits']
  .map((name) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8'))
  .join('\n');

/** A script that may call `takeLimits`, `changeLimits` and `numbersText`: take-limits.lua and change-limits.lua tell how. */
export function limitScript(lua: string): string {
  return `${algorithms}\n${lua}`;
}
