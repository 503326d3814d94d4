const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const month = String.raw`(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)`;
const day = String.raw`(\d{1,2})(?:st|nd|rd|th)?`;
const year = String.raw`(?:,? (\d{4}))?`;
const iso = /\b(\d{4})-(\d{2})-(\d{2})\b/gu;
const monthFirst = new RegExp(String.raw`\b${month}\.? ${day}\b${year}`, 'giu');
const dayFirst = new RegExp(String.raw`\b${day} (?:of )?${month}\b\.?${year}`, 'giu');
const dayMs = 86_400_000;

/** Days (UTC) between now and the nearest date that a text names; infinite when it names none. */
export function daysToNearestDate(text: string, nowMs: number): number {
  const days = [...text.matchAll(iso)].map(([, y, m, d]) => distance(Number(y), Number(m) - 1, Number(d), nowMs));
  for (const [, m = '', d, y] of text.matchAll(monthFirst)) days.push(around(y, m, Number(d), nowMs));
  for (const [, d, m = '', y] of text.matchAll(dayFirst)) days.push(around(y, m, Number(d), nowMs));
  return Math.min(Infinity, ...days);
}

/** The years that a text names, 1900 to 2199. */
export function yearsIn(text: string): number[] {
  return [...text.matchAll(/(?<![\d.,$€£-])(?:19|20|21)\d{2}(?![\d%]|[.,]\d)/gu)].map(([found]) => Number(found));
}

/** A date without a year is the nearest one of that name. */
function around(written: string | undefined, name: string, date: number, nowMs: number): number {
  const index = months.indexOf(name.slice(0, 3).toLowerCase());
  if (written !== undefined) return distance(Number(written), index, date, nowMs);
  const thisYear = new Date(nowMs).getUTCFullYear();
  return Math.min(...[-1, 0, 1].map((offset) => distance(thisYear + offset, index, date, nowMs)));
}

function distance(fullYear: number, monthIndex: number, date: number, nowMs: number): number {
  const today = Math.floor(nowMs / dayMs);
  return Math.abs(Math.floor(Date.UTC(fullYear, monthIndex, date) / dayMs) - today);
}
