const quoted =
  /"([^"\n]{1,500})"|(?<![\p{L}\p{N}])'([^'\n]{1,500}(?:'[^'\n]{1,100})??)'(?![\p{L}\p{N}])|```([^]{1,4000}?)```|`([^`\n]{1,500})`/gu;

/** What stands between quotation marks or backticks, in order. */
export function readQuotations(text: string): string[] {
  return [...text.matchAll(quoted)].map((match) => tidy(match.slice(1).find((part) => part !== undefined) ?? ''));
}

export function withoutQuotations(text: string): string {
  return text.replace(quoted, ' ');
}

function tidy(text: string): string {
  return text
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(/[.,!?]$/u, '')
    .toLowerCase();
}
