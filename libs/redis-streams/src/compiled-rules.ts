import { getMetadataStorage, type ValidationArguments } from 'class-validator';
import { nestedClass, type MessageClass } from '#contracts';

type Check = (message: object, value: unknown) => boolean;

interface PropertyRules {
  readonly property: string;
  /** `@IsOptional()`, `@ValidateIf()`: all must hold, or the property is not looked at. */
  readonly conditions: readonly Check[];
  readonly checks: readonly Check[];
}

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** A member that is a message itself, or a list of them. */
export interface NestedMember {
  readonly property: string;
  readonly type: MessageClass<object>;
}

interface ClassRules {
  /** Null: only class-validator itself can tell. */
  readonly properties: readonly PropertyRules[] | null;
  readonly nested: readonly NestedMember[];
  readonly known: ReadonlySet<string>;
}

const compiled = new WeakMap<object, ClassRules>();

/**
 * Whether the message surely keeps all rules of its class. class-validator gathers the rules anew for each message, from
 * every class there is; here they are gathered once. False means "ask class-validator itself": for its report of the
 * faults, and for rules that need more (promises).
 */
export function surelyValid(type: MessageClass<object>, message: object): boolean {
  return rulesOf(type).properties?.every((rule) => holds(rule, message)) ?? false;
}

/** Members that must be given their class before they are checked. */
export function nestedMembers(type: MessageClass<object>): readonly NestedMember[] {
  return rulesOf(type).nested;
}

/** Names of the members that a class knows; none where it has members of members, or rules that only class-validator can tell. */
export function knownMembers(type: MessageClass<object>): ReadonlySet<string> {
  const { known, nested } = rulesOf(type);
  return nested.length > 0 ? new Set() : known;
}

function rulesOf(type: MessageClass<object>): ClassRules {
  let rules = compiled.get(type);
  if (rules === undefined) compiled.set(type, (rules = compile(type)));
  return rules;
}

function holds({ property, conditions, checks }: PropertyRules, message: object): boolean {
  const value: unknown = Reflect.get(message, property);
  for (const condition of conditions) if (!condition(message, value)) return true;
  for (const check of checks) if (!check(message, value)) return false;
  return true;
}

function compile(type: MessageClass<object>): ClassRules {
  const storage = getMetadataStorage();
  const metadatas = storage.getTargetValidationMetadatas(type, '', false, false);
  const nested = metadatas.filter(isNested).flatMap(({ propertyName: property }) => {
    const inner = nestedClass(type, property);
    return inner ? [{ property, type: inner }] : [];
  });
  const classes = new Map(nested.map((member) => [member.property, member.type]));
  const grouped = Object.entries(storage.groupByPropertyName(metadatas));
  const properties = grouped.map(([property, own]) => compileProperty(property, own, classes.get(property)));
  const known = new Set(grouped.map(([property]) => property));
  return { nested, known, properties: properties.every((rules) => rules !== null) ? properties : null };
}

const isNested = ({ type }: Metadata) => type === 'nestedValidation';

function compileProperty(property: string, own: Metadata[], inner: MessageClass<object> | undefined) {
  const conditions = own.filter(({ type }) => type === 'conditionalValidation').map(conditionOf);
  const others = own.filter(({ type }) => type !== 'conditionalValidation' && type !== 'whitelistValidation');
  const isKnown = (metadata: Metadata) => metadata.type === 'customValidation' || (isNested(metadata) && inner);
  if (others.some((metadata) => !isKnown(metadata) || metadata.validateIf)) return null;
  const checks = others.flatMap((metadata) =>
    isNested(metadata) && inner ? [nestedCheck(inner, metadata.each)] : checksOf(metadata),
  );
  return { property, conditions, checks };
}

function nestedCheck(type: MessageClass<object>, each: boolean): Check {
  const one = (value: unknown) => value instanceof type && surelyValid(type, value);
  return (_, value) => (each ? Array.isArray(value) && value.every(one) : one(value));
}

function conditionOf(metadata: Metadata): Check {
  const [condition] = metadata.constraints as [Check];
  return (message, value) => Boolean(condition(message, value));
}

/** Patterns are most of our rules; class-validator's way to them is long. */
function patternOf({ name, each, constraints }: Metadata): RegExp | undefined {
  if (name !== 'matches' || each || !Array.isArray(constraints)) return undefined;
  const [pattern, modifiers] = constraints as [unknown, unknown];
  // Others remember where they have stopped.
  const isStateless = pattern instanceof RegExp && !pattern.global && !pattern.sticky;
  return isStateless && modifiers === undefined ? pattern : undefined;
}

function checksOf(metadata: Metadata): Check[] {
  const pattern = patternOf(metadata);
  if (pattern) return [(_, value) => typeof value === 'string' && pattern.test(value)];
  const constraints = getMetadataStorage().getTargetValidatorConstraints(metadata.constraintCls);
  return constraints.map(({ instance }) => {
    const argumentsOf = (object: object, value: unknown): ValidationArguments => ({
      targetName: object.constructor.name,
      property: metadata.propertyName,
      object,
      value,
      constraints: metadata.constraints as unknown[],
    });
    // A promise is not true: such a rule is left to class-validator.
    const one: Check = (message, value) => instance.validate(value, argumentsOf(message, value)) === true;
    if (!metadata.each) return one;
    return (message, value) => (Array.isArray(value) ? value.every((item) => one(message, item)) : one(message, value));
  });
}
