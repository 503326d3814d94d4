import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { LimitAssignment, LimitBlock, LimitPolicy, type LimitRule } from '#contracts';

const classes = { policy: LimitPolicy, assignment: LimitAssignment, block: LimitBlock };

/** A rule as it is kept beside its id. */
export function ruleText({ value }: LimitRule): string {
  return JSON.stringify(value);
}

/** Nothing for what no version of the suite has written: a rule that cannot be understood is none. */
export function parseRule(id: string, text: string): LimitRule | undefined {
  const [kind] = id.split(':', 1) as [LimitRule['kind']];
  if (!Object.hasOwn(classes, kind)) return undefined;
  try {
    const value = plainToInstance(classes[kind] as new () => object, JSON.parse(text) as object);
    if (validateSync(value, { whitelist: true }).length > 0) return undefined;
    return { id, kind, value } as LimitRule;
  } catch {
    return undefined;
  }
}
